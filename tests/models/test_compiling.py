"""What a compiler makes of the models: one graph each."""

import pytest
import torch
from torch import _dynamo as dynamo

from surrogate.registry import MODELS

# Settings that put into a model what its defaults leave out.
MORE = {"mgno": {"positional_embedding": True, "n_modes": 2}, "fno": {"domain_padding": 0.25}}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # torch's own, while it reads the model
@pytest.mark.parametrize("name", MODELS.names())
def test_a_compiled_model_is_one_graph_for_batches_of_any_size(build, problem, name):
    model = build(name, problem((16, 16)), **MORE.get(name, {}))
    fields = torch.randn(3, 1, 16, 16)
    dynamo.reset()
    dynamo.mark_dynamic(fields, 0)
    explained = dynamo.explain(model)(fields)
    assert (explained.graph_count, [str(reason) for reason in explained.break_reasons]) == (1, [])
