"""What every model owes the rest of the toolkit, whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.bounded import fold
from surrogate.operators.spectral import use_dft
from surrogate.registry import MODELS
from surrogate.spaces import Boundary, Condition, FieldSpec, Grid, Placement, Problem
from surrogate.testing.contract import Contract, default_settings

_PLACEMENTS: dict[Condition, Placement] = {"periodic": "left", "dirichlet": "nodes", "neumann": "cells"}
CASES: list[tuple[tuple[int, ...], Condition]] = [
    ((32,), "periodic"),
    ((21,), "dirichlet"),
    ((16, 16), "periodic"),
    ((16, 17), "dirichlet"),
    ((15, 22), "neumann"),
    ((8, 9, 10), "neumann"),
    ((8, 8, 8), "periodic"),
]


def box_problem(
    points: tuple[int, ...], condition: Condition = "dirichlet", inputs: int = 1, outputs: int = 1
) -> Problem:
    """Return a problem on a box with one condition on all sides, of so many input and output channels."""
    return Problem.on_grid(
        inputs=tuple(FieldSpec(name=f"a{i}", unit="1", role="constant") for i in range(inputs)),
        outputs=tuple(FieldSpec(name=f"u{i}", unit="1", role="state") for i in range(outputs)),
        grid=Grid.box(points, _PLACEMENTS[condition]),
        boundary=Boundary.uniform(condition, len(points)),
        task="map",
    )


def build_model(name: str, problem: Problem, **changes: Any) -> NeuralOperator:
    """Return the model called ``name`` with its default settings, changed by keywords, ready for a forward pass."""
    module = MODELS.module(name)
    settings = module.Settings.model_validate_json(json.dumps(default_settings("model", name) | changes))
    model: NeuralOperator = module.Model(settings, problem)
    if model.capabilities.prepared_from:
        points = problem.grid.points
        outputs = torch.randn(200, len(problem.target.fields), *points)
        model.prepare(torch.randn(200, len(problem.channels), *points), outputs)
    return model


class ModelContract(Contract):
    """A model maps fields on any box, learns, keeps samples apart, declares what it can do, and can be exported."""

    @pytest.fixture(autouse=True)
    def _seeded(self) -> None:
        torch.manual_seed(0)

    @pytest.fixture
    def model(self, name: str) -> NeuralOperator:
        return build_model(name, box_problem((16, 16), inputs=2, outputs=3))

    def test_the_yaml_gives_exactly_the_settings_of_the_model(self, name: str) -> None:
        """Every setting has a default in the YAML beside the module, and nothing else stands there."""
        defaults = default_settings("model", name)
        assert set(defaults) == set(MODELS.module(name).Settings.model_fields)
        assert defaults["name"] == name

    @pytest.mark.parametrize(("points", "condition"), CASES)
    def test_fields_on_any_box_are_mapped_to_fields_on_it(
        self, name: str, points: tuple[int, ...], condition: Condition
    ) -> None:
        """The model takes one, two and three dimensions, odd and even numbers of points, and each kind of boundary."""
        model = build_model(name, box_problem(points, condition, inputs=2, outputs=3))
        result = model(torch.randn(2, 2, *points))
        assert result.shape == (2, 3, *points)
        assert result.isfinite().all()

    def test_every_parameter_gets_a_gradient(
        self, model: NeuralOperator, record_property: Callable[[str, object], None]
    ) -> None:
        """Nothing is stored that training cannot change."""
        model(torch.randn(4, 2, 16, 16)).square().sum().backward()
        idle = [key for key, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        record_property("figure", f"{sum(p.numel() for p in model.parameters()):,} parameters")
        assert idle == []

    def test_samples_of_a_batch_do_not_see_each_other(self, model: NeuralOperator) -> None:
        """A prediction is the same alone and in a batch."""
        fields = torch.randn(3, 2, 16, 16)
        alone = torch.cat([model(field[None]) for field in fields])
        torch.testing.assert_close(model(fields), alone, rtol=1e-4, atol=1e-5)

    def test_a_finer_grid_is_taken_exactly_by_models_that_say_so(self, model: NeuralOperator) -> None:
        """What the model declares of other grids is true: it takes them, or a ValueError names the grid."""
        fields = torch.randn(2, 2, 32, 32)
        if model.capabilities.any_grid:
            assert model(fields).shape == (2, 3, 32, 32)
        else:
            with pytest.raises(ValueError, match=r"\(32, 32\)"):
                model(fields)

    def test_a_model_says_whether_it_is_the_same_map_on_a_finer_grid(
        self, name: str, record_property: Callable[[str, object], None]
    ) -> None:
        """What the model declares of finer grids is true: its answers agree there, or it does not claim so."""
        model = build_model(name, box_problem((32, 32), "periodic", inputs=1)).eval()
        if not model.capabilities.any_grid:
            pytest.skip("tied to its grid")

        def wave(points: int) -> Tensor:
            x = torch.arange(points) / points
            return torch.sin(2 * torch.pi * x)[:, None].expand(points, points)[None, None]

        coarse, fine = model(wave(32)), model(wave(64))[..., ::2, ::2]
        difference = ((fine - coarse).norm() / (coarse - coarse.mean()).norm()).item()
        record_property("figure", f"differs by {difference:.1e}")
        assert (difference < 0.01) == model.capabilities.same_on_any_grid, difference

    def test_the_state_is_real_and_restores_the_model(self, name: str, model: NeuralOperator) -> None:
        """Weights that are stored and loaded again give the same answers, bit for bit."""
        state = {key: value.clone() for key, value in model.state_dict().items()}
        assert not any(value.is_complex() for value in state.values())
        other = build_model(name, box_problem((16, 16), inputs=2, outputs=3))
        fields = torch.randn(2, 2, 16, 16)
        assert not torch.equal(other(fields), model(fields))
        other.load_state_dict(state)
        assert torch.equal(other(fields), model(fields))

    def test_the_output_depends_on_the_input(self, model: NeuralOperator) -> None:
        """Every input channel of every sample has a say in the answer."""
        fields = torch.randn(2, 2, 16, 16, requires_grad=True)
        model(fields).sum().backward()
        assert fields.grad is not None
        assert (fields.grad != 0).any(dim=(0, 2, 3)).all()

    @pytest.mark.parametrize(("points", "condition"), [((16, 17), "dirichlet"), ((16,), "periodic")])
    def test_torch_export_keeps_the_function_for_every_batch(
        self, name: str, points: tuple[int, ...], condition: Condition
    ) -> None:
        """The model can be exported as a graph that takes any number of samples."""
        model = build_model(name, box_problem(points, condition, inputs=2)).eval()
        use_dft(model)
        fold(model)
        batch = torch.export.Dim("batch", min=1)
        program = torch.export.export(model, (torch.randn(3, 2, *points),), dynamic_shapes=({0: batch},))
        for n in (1, 7):
            fields = torch.randn(n, 2, *points)
            torch.testing.assert_close(program.module()(fields), model(fields), rtol=1e-5, atol=1e-6)

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore::FutureWarning:copyreg", "ignore::DeprecationWarning")
    @pytest.mark.parametrize(("points", "condition"), CASES[1:6:2] + CASES[4:5])
    def test_onnx_runtime_computes_the_same_function(
        self, name: str, points: tuple[int, ...], condition: Condition, tmp_path: Path
    ) -> None:
        """The model can be exported to ONNX, and answers the same there."""
        onnxruntime = pytest.importorskip("onnxruntime")
        model = build_model(name, box_problem(points, condition, inputs=2)).eval()
        use_dft(model)
        fold(model)
        path = tmp_path / "model.onnx"
        torch.onnx.export(
            model,
            (torch.randn(3, 2, *points),),
            path,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            input_names=["input"],
            output_names=["output"],
            verbose=False,
        )
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        for n in (1, 7):
            fields = torch.randn(n, 2, *points)
            (result,) = session.run(["output"], {"input": fields.numpy()})
            with torch.no_grad():
                expected = model(fields)
            error = torch.linalg.vector_norm(torch.from_numpy(result) - expected)
            assert error <= 1e-5 * torch.linalg.vector_norm(expected)
