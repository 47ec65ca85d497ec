"""Laws of records that a few bytes make enormous: a line, before memory or time is taken."""

import json
import resource
import time
from pathlib import Path

import pytest

from surrogate.config.compose import compose_tree
from surrogate.errors import InputError, SettingsError, SurrogateError
from surrogate.model_size import require_room
from surrogate.predictors.runs import load_run
from surrogate.registry import MODELS
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid

FROZEN = Path(__file__).parent / "frozen" / "version-1"
FIELDS = (FieldSpec(name="a", unit="1", role="constant"), FieldSpec(name="u", unit="1", role="state"))


def problem(points):
    spec = DataSpec(
        equation="darcy",
        grid=Grid.box(points, "nodes"),
        boundary=Boundary.uniform("dirichlet", len(points)),
        fields=FIELDS,
        times=(0.0,),
        task="map",
    )
    return spec.problem()


def settings(model, **changed):
    tree = compose_tree("train", ["data=x", f"model={model}"])["model"]
    return MODELS.read(tree | changed)


@pytest.mark.parametrize("model", MODELS.names())
def test_the_default_settings_have_room_and_cost_nothing_to_look_at(model):
    given, wanted = settings(model), problem((64, 64))
    started = time.process_time()
    require_room(given, wanted)
    assert time.process_time() - started < 0.05


ENORMOUS = [
    ("fno", {"hidden_channels": 60_000, "n_layers": 100}),
    ("stable_fno", {"hidden_channels": 60_000, "n_layers": 100}),
    ("mgno", {"hidden_channels": 60_000, "n_layers": 100}),
    ("unet", {"hidden_channels": 60_000}),
    ("deeponet", {"branch": "mlp", "branch_layers": [60_000, 60_000, 60_000], "n_basis": 60_000}),
    ("pod_deeponet", {"branch": "mlp", "branch_layers": [60_000, 60_000, 60_000], "n_basis": 60_000}),
]


@pytest.mark.parametrize(("model", "changed"), ENORMOUS, ids=[name for name, _ in ENORMOUS])
def test_a_model_larger_than_the_memory_is_refused_before_it_is_built(model, changed):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SettingsError, match=r"needs about .* GB of memory"):
        require_room(settings(model, **changed), problem((64, 64)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


@pytest.mark.parametrize(
    ("model", "changed"),
    [
        ("fno", {"n_layers": 10**9}),
        ("fno", {"hidden_channels": 10**30}),
        ("mgno", {"levels": 10**9}),
        ("unet", {"levels": 2000}),
        ("deeponet", {"trunk_layers": [8] * 2000}),
    ],
)
def test_a_setting_beyond_any_sane_model_is_refused_by_name(model, changed):
    with pytest.raises((SettingsError, ValueError), match=next(iter(changed))):
        settings(model, **changed)


@pytest.fixture
def run(tmp_path):
    """Return what makes a run whose record has a value put in at a dotted key."""

    def changed(key, value):
        record = json.loads((FROZEN / "run.json").read_text(encoding="utf-8"))
        *above, last = key.split(".")
        node = record
        for part in above:
            node = node[part]
        node[last] = value
        for file in FROZEN.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
        return tmp_path

    return changed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("settings.model.n_layers", 10**9),
        ("settings.model.hidden_channels", 10**9),
        ("settings.model.hidden_channels", 60_000),
        ("settings.model.n_layers", 1000),
        ("problem.grid.points", [2**23, 2**13]),
        ("problem.grid.points", [10**9, 10**9]),
        ("problem.grid.points", [2**16, 2**16]),
    ],
)
def test_a_record_of_a_run_that_stands_for_gigabytes_is_one_line(run, key, value):
    folder = run(key, value)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(SurrogateError) as caught:
        load_run(folder)
    assert "\n" not in str(caught.value)
    assert time.process_time() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


def test_a_grid_beyond_any_that_was_ever_solved_is_refused():
    with pytest.raises((InputError, ValueError), match="2\\^24 points"):
        Grid.box((2**25,), "nodes")
