"""A GPU gives what the processor gives: eagerly, in bfloat16, compiled, and replayed from a CUDA graph."""

import copy

import pytest
import torch

from surrogate.registry import MODELS

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    pytest.mark.parametrize("name", MODELS.names()),
]


@pytest.fixture
def pair(name, problem, build):
    """Return a model on the processor, its copy on the GPU, and a batch for each."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    model = build(name, problem((32, 32), inputs=2, outputs=1))
    fields = torch.randn(4, 2, 32, 32)
    return model, copy.deepcopy(model).cuda(), fields, fields.cuda()


def distance(actual, expected):
    """Return the largest difference relative to the largest value."""
    return (
        (actual.detach().float().cpu() - expected.detach().cpu()).abs().max() / expected.detach().abs().max()
    ).item()


def test_a_model_answers_on_a_gpu_as_on_the_processor(pair):
    model, on_gpu, fields, fields_on_gpu = pair
    assert distance(on_gpu(fields_on_gpu), model(fields)) < 1e-4


def test_gradients_on_a_gpu_are_those_of_the_processor(pair):
    model, on_gpu, fields, fields_on_gpu = pair
    model(fields).square().mean().backward()
    on_gpu(fields_on_gpu).square().mean().backward()
    gradients = zip(model.named_parameters(), on_gpu.parameters(), strict=True)
    far = {key: distance(there.grad, here.grad) for (key, here), there in gradients if here.grad.any()}
    assert max(far.values()) < 1e-3, far


def test_bfloat16_changes_an_answer_by_rounding_alone(pair):
    model, on_gpu, fields, fields_on_gpu = pair
    with torch.autocast("cuda", torch.bfloat16):
        rounded = on_gpu(fields_on_gpu)
    assert distance(rounded, model(fields)) < 5e-2


def test_a_compiled_model_answers_and_learns_as_before(name, pair):
    if name not in ("fno", "mgno"):
        pytest.skip("to compile takes half a minute; two stand for all")
    _, on_gpu, _, fields = pair
    compiled = torch.compile(copy.deepcopy(on_gpu))
    on_gpu(fields).square().mean().backward()
    answer = compiled(fields)
    answer.square().mean().backward()
    assert distance(answer, on_gpu(fields).cpu()) < 1e-4
    gradients = zip(on_gpu.parameters(), compiled.parameters(), strict=True)
    assert max(distance(there.grad, here.grad.cpu()) for here, there in gradients if here.grad.any()) < 1e-3


def test_a_training_step_replayed_from_a_graph_is_the_step_itself(pair):
    _, on_gpu, _, fields = pair
    eager, captured = copy.deepcopy(on_gpu), copy.deepcopy(on_gpu)

    def loss(model, batch):
        value = model(batch).square().mean()
        value.backward()
        return value

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            captured.zero_grad(set_to_none=True)
            loss(captured, fields)
    torch.cuda.current_stream().wait_stream(stream)
    captured.zero_grad(set_to_none=True)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = loss(captured, fields)
    fields.copy_(torch.randn_like(fields))
    for parameter in captured.parameters():
        parameter.grad.zero_()
    graph.replay()
    expected = loss(eager, fields)
    assert distance(value, expected.cpu()) < 1e-5
    gradients = zip(eager.parameters(), captured.parameters(), strict=True)
    assert max(distance(there.grad, here.grad.cpu()) for here, there in gradients if here.grad.any()) < 1e-4
