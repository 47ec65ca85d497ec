"""Laws of given inputs: what a recipe drew, given back, has the same labels; what cannot be an input is refused."""

import json

import numpy as np
import pytest

from surrogate.config.open_settings import left_open
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.given_inputs import as_inputs, given_inputs, names_of_inputs
from surrogate.datasets.layout import INPUTS, Piece
from surrogate.datasets.plan import begin
from surrogate.datasets.samples import Bench, config_of, header_of, plan_of, solve_part
from surrogate.datasets.verification import verify
from surrogate.errors import InputError, SettingsError, SolverError, Stopped

COUNTS = {"train": 2, "valid": 1, "test": 3}
EASY = {"refine": 1, "resolution": 1}


def refuse(failure):
    raise SolverError(failure.reason)


def solved(config, split, count):
    """Return the first samples of a split, solved here."""
    header = header_of(config)
    return solve_part(config, header, Piece(split, 0, 0, count), Bench(), refuse)


def inputs_of(part):
    start = part.states[:, 0] if len(part.header.spec.times) > 1 else part.states[:, 0, :0]
    return np.concatenate((part.constants, start), axis=1)


def given(config, path, **counts):
    """Return the recipe for the inputs in a file."""
    record, values = given_inputs(path, config.equation.on(config.grid, config.task))
    count = {"train": 0, "valid": 0, "test": len(values)} | counts
    return config.model_copy(update={"inputs": record, "count": config.count.model_copy(update=count)})


@pytest.mark.parametrize(
    ("name", "equation"),
    [
        ("darcy_rough", EASY),
        ("burgers", {"resolution": 16, "tolerance": 0.5}),
        ("acoustic_waves", {"resolution": 16, "frames": 3, "horizon": 0.1, "tolerance": 0.5}),
        ("shallow_water_radial", {"refine": 1, "frames": 2, "horizon": 0.02, "tolerance": 0.9}),
    ],
)
def test_what_a_recipe_drew_and_is_given_back_has_the_same_labels_bit_for_bit(recipe_of, tmp_path, name, equation):
    config = recipe_of(name, tmp_path / "out", equation)
    drawn = solved(config, "valid", 3)
    np.save(tmp_path / "mine.npy", inputs_of(drawn))
    again = solved(given(config, tmp_path / "mine.npy"), "test", 3)
    assert np.array_equal(again.constants, drawn.constants)
    assert np.array_equal(again.states, drawn.states)


def test_rows_are_dealt_in_order_through_train_valid_and_test(recipe_of, tmp_path):
    config = recipe_of("darcy_rough", tmp_path / "out", EASY)
    rows = config.equation.on((16,), "map").draw(0, "train", range(6)).astype(np.float32)
    np.savez(tmp_path / "mine.npz", permeability=rows[:, 0])
    held = given(config, tmp_path / "mine.npz", **COUNTS)
    parts = [solved(held, split, count) for split, count in COUNTS.items()]
    assert np.array_equal(np.concatenate([part.constants for part in parts]), rows)


def test_a_plan_of_drawn_inputs_does_not_speak_of_given_ones(recipe, tmp_path):
    assert "inputs" not in plan_of(recipe(tmp_path / "out")).settings


@pytest.mark.slow
def test_a_stopped_generation_goes_on_without_the_file_and_is_the_same_as_an_unbroken_one(recipe, tmp_path, hashes):
    """The second has two workers; both are sound, and name the hash of the file."""
    path = tmp_path / "mine.npy"
    rows = recipe(tmp_path).equation.on((16,), "map").draw(5, "test", range(6))
    np.save(path, np.concatenate((rows, rows[:1])))  # asked twice, which is no leak
    one = given(recipe(tmp_path / "one"), path)
    for _ in generate(one, lambda: False):
        pass
    two = given(recipe(tmp_path / "two", workers=2), path)
    with pytest.raises(Stopped):
        list(generate(two.model_copy(update={"pilot": False}), lambda: True))
    assert (two.out / INPUTS).exists()
    path.write_bytes(b"gone")
    for _ in generate(two, lambda: False):
        pass
    assert hashes(two.out) == hashes(one.out)
    data = open_dataset(two.out)
    assert verify(data)[1] == ()
    assert data.given == one.inputs.sha256
    assert data.given in (two.out / "README.md").read_text()


def test_the_same_folder_with_another_file_is_refused(recipe, tmp_path):
    for number in range(2):
        np.save(tmp_path / f"{number}.npy", np.full((2, 1, 16, 16), 3.0 + number))
    first, second = (plan_of(given(recipe(tmp_path), tmp_path / f"{number}.npy")) for number in range(2))
    begin(tmp_path / "out", first)
    with pytest.raises(SettingsError, match=r"inputs\.sha256 is"):
        begin(tmp_path / "out", second)


def test_a_worker_refuses_inputs_that_are_not_those_of_the_plan(recipe, tmp_path):
    np.save(tmp_path / "mine.npy", np.full((2, 1, 16, 16), 3.0))
    config = given(recipe(tmp_path / "out"), tmp_path / "mine.npy")
    plan = plan_of(config)
    np.save(tmp_path / INPUTS, np.full((2, 1, 16, 16), 4.0, np.float32))
    with pytest.raises(InputError, match="damaged"):
        solved(config_of(plan, tmp_path), "test", 2)


FLAT = np.full((3, 1, 16, 16), 2.0)


def changed(value, kind=np.float64):
    array = FLAT.astype(kind)
    array[1, 0, 4, 5] = value
    return array


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"": changed(np.nan)}, r"sample 1, permeability is nan at \[4, 5\]; expected a finite number"),
        ({"": changed(-0.5)}, r"sample 1, permeability is -0.5 at \[4, 5\]; expected a number above 0"),
        ({"": changed(0.0)}, "expected a number above 0"),
        ({"": changed(1e300)}, r"permeability is inf at \[4, 5\]"),
        ({"": changed(1e-300)}, "expected a number above 0"),
        ({"": FLAT[..., :8]}, r"shape \(3, 1, 16, 8\); expected \(sample, 1, 16, 16\): permeability on 16 x 16 points"),
        ({"": np.concatenate((FLAT, FLAT), axis=1)}, r"shape \(3, 2, 16, 16\); expected \(sample, 1, 16, 16\)"),
        ({"": FLAT[0, 0, 0]}, r"shape \(16,\)"),
        ({"": FLAT[:0]}, r"shape \(0, 1, 16, 16\)"),
        ({"": FLAT.astype(complex)}, "holds complex128, not real numbers"),
        ({"permeabilty": FLAT[:, 0], "u": FLAT[:, 0]}, "'permeabilty', which is no input here; did you mean"),
        ({"permeability": FLAT[:, 0], "u": FLAT[:, 0]}, "holds 'u', which is no input here"),
    ],
)
def test_what_cannot_be_an_input_is_refused_in_a_line(recipe, tmp_path, arrays, complaint):
    equation = recipe(tmp_path).equation.on((16,), "map")
    with pytest.raises(InputError, match=f"mine: .*{complaint}"):
        as_inputs(arrays, equation, "mine", np.float32)


def test_one_sample_and_samples_of_one_field_need_no_further_axes(recipe, tmp_path):
    equation = recipe(tmp_path).equation.on((16,), "map")
    for array in (FLAT[0, 0], FLAT[0], FLAT[:, 0], FLAT):
        assert as_inputs({"": array}, equation, "mine", np.float64).shape[1:] == (1, 16, 16)


def test_every_field_of_an_evolution_is_named(recipe_of, tmp_path):
    config = recipe_of("acoustic_waves", tmp_path, {})
    equation = config.equation.on(config.grid, "step")
    assert names_of_inputs(equation.spec) == ("speed", "displacement", "velocity")
    rows = equation.draw(0, "train", [0])
    named = {name: rows[:, number] for number, name in enumerate(names_of_inputs(equation.spec))}
    assert np.array_equal(as_inputs(named, equation, "mine", np.float64), rows)
    with pytest.raises(InputError, match="holds no 'velocity'"):
        as_inputs({key: named[key] for key in ("speed", "displacement")}, equation, "mine", np.float64)


def test_what_the_file_says_is_left_open_unless_the_user_says_it():
    assert left_open("generate", ["recipe=r"]) == ["recipe=r"]
    assert left_open("generate", ["inputs=a"]) == ["inputs=a", "count=null", "grid=null"]
    words = ["inputs=a", "grid=8", "count.train=3"]
    assert left_open("generate", words) == [*words, "count.valid=0", "count.test=0"]


def test_the_record_of_a_plan_holds_two_hashes_and_no_path(recipe, tmp_path):
    np.save(tmp_path / "mine.npy", FLAT)
    settings = plan_of(given(recipe(tmp_path / "out"), tmp_path / "mine.npy")).settings
    assert set(json.loads(json.dumps(settings["inputs"]))) == {"sha256", "values"}
