"""What a certificate sees, on a small Burgers data set made in this process."""

import shutil
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.card import card
from surrogate.datasets.certificate import Certificate, read_certificate, share
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.evidence import Chosen, chosen_samples
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.order import remaining
from surrogate.datasets.plan import begin
from surrogate.datasets.proof import Proof, distance
from surrogate.datasets.samples import Bench, header_of, plan_of
from surrogate.datasets.sealing import seal
from surrogate.datasets.verification import verify
from surrogate.datasets.worker import work
from surrogate.equations import burgers
from surrogate.errors import InputError
from surrogate.registry import EQUATIONS
from surrogate.solvers.etdrk4 import Clock

WORDS = [
    "recipe=burgers",
    "grid=32",
    "count={train:2,valid:1,test:1}",
    "equation.resolution=128",
    "equation.frames=3",
    "equation.steps=40",
    "equation.tolerance=1e-5",
    "equation.horizon=0.2",
    "certificate.samples=2",
    "certificate.error=1e-7",
]

# Shocks between the points of the grid.
THIN = ["grid=16", "equation.viscosity=0.003", "equation.resolution=256", "equation.horizon=0.4", "task=step"]
THIN += ["equation.tolerance=1e-3", "certificate.floor=1e-2", "certificate.second=0.1", "certificate.step=1e-2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the data set that a faulty solver (or the right one, None) makes, and the right one certifies."""

    def of(name, fault=None, words=()):
        folder = tmp_path_factory.mktemp(name) / "data"
        config = read(GenerateConfig, compose_tree("generate", [*WORDS, *words]) | {"out": str(folder)})
        plan, header = plan_of(config), header_of(config)
        begin(folder, plan)
        for split in plan.count:
            (folder / "data" / split).mkdir(parents=True)
        with mock.patch.object(burgers.Equation, "march", fault or burgers.Equation.march):
            work(folder, Bench())
        return seal(folder, plan, header, {split: np.arange(count) for split, count in plan.count.items()})

    return of


@pytest.fixture(scope="module")
def clean(made):
    return made("clean")


def failed(dataset):
    return {check.name for check in dataset.certificate.failures}


def test_right_labels_pass_with_their_two_figures(clean):
    certificate = clean.certificate
    assert certificate.status == "passed"
    assert 0 < certificate.label_error < 1e-7
    assert 0 < certificate.label_floor < 1e-6
    assert len(certificate.samples) == 2


def too_viscous(right):
    """Return the solver of a flow that is one percent more viscous than it says."""
    return lambda flow, *given: right(flow.model_copy(update={"viscosity": 1.01 * flow.viscosity}), *given)


def test_the_order_of_the_time_step_is_seen(clean):
    assert clean.certificate.order == pytest.approx(4, abs=0.5)


def test_a_viscosity_one_percent_off_is_caught(made):
    wrong = made("viscosity", too_viscous(burgers.Equation.march))
    assert {"error", "floor", "second"} <= failed(wrong)


def test_steps_in_float32_are_caught(made):
    right = burgers.Equation.march

    def rounded(flow, start, constants, grid, clock):
        frames, state, step = [start], start, Clock(1, clock.step, 1)
        for number in range(clock.frames * clock.steps):
            state = right(flow, state.float().double(), constants, grid, step)[:, 1]
            if (number + 1) % clock.steps == 0:
                frames.append(state)
        return torch.stack(frames, dim=1)

    assert "error" in failed(made("float32", rounded, ["equation.steps=1000"]))


def test_samples_that_repeat_are_caught(made):
    with mock.patch.object(burgers.Equation, "draw", return_value=np.sin(2 * np.pi * np.arange(32) / 32)[None, None]):
        dataset = made("repeated", words=["count={train:1,valid:1,test:1}"])
    assert failed(dataset) == {"duplicates"}


def test_a_frame_that_gains_momentum_is_caught(made):
    right = burgers.Equation.march

    def blown(*arguments):
        frames = right(*arguments)
        frames[:, -1] += 0.3
        return frames

    assert "drift of momentum" in failed(made("momentum", blown))


def test_verification_recomputes_the_certificate_from_the_files(clean):
    certificate, wrong = verify(clean)
    assert wrong == ()
    stored = clean.certificate
    assert certificate.model_copy(update={"settings": stored.settings, "software": stored.software}) == stored


def test_verification_finds_a_certificate_that_was_polished(made):
    wrong = made("polished", too_viscous(burgers.Equation.march))
    polished = wrong.certificate.model_copy(update={"status": "passed", "checks": (), "reason": "fine"})
    (wrong.path / "certificate.json").write_text(polished.model_dump_json())
    _, faults = verify(open_dataset(wrong.path))
    assert "error" in faults[0]
    assert "was promised" in faults[0]


def test_a_floor_is_no_less_than_the_distance_from_a_much_finer_solution(made):
    coarse = made("coarse", words=["equation.steps=4", "equation.tolerance=1e-2"])
    chosen = coarse.certificate.samples
    equation = EQUATIONS.read(coarse.recipe["equation"])
    fine = equation.bound(coarse.spec).refined(4, 32)
    apart = []
    for split, index in chosen:
        states = coarse.read(split)[1][index].astype(np.float64)
        start = torch.from_numpy(states[0])[None]
        apart.append(distance(states, fine.solve(start).states[0].numpy()))
    bound = next(check.value for check in coarse.certificate.checks if check.name == "floor")
    assert max(apart) <= bound <= 3 * max(apart)
    assert np.mean(apart) <= coarse.certificate.label_floor


def test_levels_that_approach_slowly_leave_more():
    assert remaining(1.0) == pytest.approx(2.0)
    assert remaining(0.5) == pytest.approx(3.41, abs=0.01)
    assert remaining(-1.0) == remaining(0.0) > 4


def test_the_worst_frame_is_no_better_than_all_of_them(clean):
    certificate = clean.certificate
    assert certificate.label_floor_worst >= certificate.label_floor_last > 0
    assert 1 <= certificate.worst_frame < len(clean.spec.times)
    assert f"in the worst frame, {certificate.worst_frame}" in certificate.line()


def test_frames_that_do_not_give_the_next_are_refused_as_steps(made):
    thin = made("thin", words=THIN)
    certificate = thin.certificate
    assert failed(thin) == {"step"}
    assert certificate.step_floor_worst >= certificate.step_floor > 100 * certificate.label_floor
    assert "time.history=2" in certificate.reason
    assert "a finer grid" in certificate.refusal("step")
    assert certificate.refusal("step", history=2) is None
    assert certificate.refusal("map") is None


def test_data_made_for_a_map_are_refused_as_steps_where_frames_do_not_give_the_next(made):
    thin = made("thin-map", words=[*THIN, "task=map"])
    assert thin.certificate.status == "passed"
    assert thin.certificate.refusal("map") is None
    assert "step floor" in thin.certificate.refusal("step")


@pytest.mark.slow
def test_turbulence_on_few_points_misses_its_next_frame_by_more_than_a_percent(recipe_of, tmp_path):
    config = recipe_of("decaying_turbulence", tmp_path, {"frames": 3, "horizon": 1.0}, grid=32)
    equation = config.equation.on((32, 32), "step")
    inputs = equation.draw(0, "train", [0]).astype(np.float32)
    states = equation.solve(torch.from_numpy(inputs.astype(np.float64))).states.numpy()
    chosen = Chosen("train", 0, inputs[0], states[0].astype(np.float32), 1)
    (steps,) = Proof(equation, [chosen]).steps()
    assert steps[0] < 1e-3  # the start is all that the solver had
    assert 1e-2 < steps[1] < 3e-2


def test_frames_that_give_the_next_pass_as_steps(made):
    certificate = made("steps", words=["task=step", "certificate.step=1e-3"]).certificate
    assert certificate.status == "passed"
    assert certificate.refusal("step") is None
    assert 0 < certificate.step_floor <= certificate.step_floor_worst < 1e-3
    assert "(step floor)" in certificate.line()


def test_a_certificate_of_other_data_is_refused(clean, made, tmp_path):
    other = made("other", words=["seed=1"])
    folder = tmp_path / "swapped"
    shutil.copytree(clean.path, folder)
    shutil.copy(other.path / "certificate.json", folder / "certificate.json")
    with pytest.raises(InputError, match="certifies other data"):
        open_dataset(folder)
    with pytest.raises(InputError, match="certifies other data"):
        _ = replace(clean, path=folder).certificate


def test_a_certificate_without_the_hash_of_its_data_is_read_and_says_so(clean, tmp_path):
    folder = tmp_path / "unnamed"
    shutil.copytree(clean.path, folder)
    unnamed = clean.certificate.model_copy(update={"data": None})
    (folder / "certificate.json").write_text(unnamed.model_dump_json(exclude={"data"}))
    line = open_dataset(folder).certificate.line()
    assert line.startswith("passed: ")
    assert line.endswith("made before certificates named their data by a hash")
    assert "hash" not in clean.certificate.line()


def test_labels_of_which_none_was_solved_again_have_no_certificate(made):
    dataset = made("unproved", words=["certificate.samples=0"])
    assert dataset.certificate.status == "none"
    assert dataset.certificate.line().startswith("none: no sample was solved again")
    assert "Not certified" in (dataset.path / "README.md").read_text()
    assert verify(dataset)[1] == ()


def test_a_certificate_that_passed_without_a_sample_is_read_as_none(made):
    dataset = made("old", words=["certificate.samples=0"])
    old = dataset.certificate.model_copy(update={"status": "passed", "reason": "every check within its limit"})
    (dataset.path / "certificate.json").write_text(old.model_dump_json())
    assert dataset.certificate.status == "none"


def test_a_certificate_survives_writing_and_reading(clean):
    assert Certificate.model_validate_json(clean.certificate.model_dump_json()) == clean.certificate


def test_a_certificate_of_the_first_version_is_read_as_none(tmp_path):
    (tmp_path / "certificate.json").write_text('{"certified": true, "solver": "darcy"}')
    assert read_certificate(tmp_path).status == "none"


def test_the_card_holds_every_check(clean):
    text = card(
        clean.manifest, clean.certificate, {"split": "train", "mean": {"velocity": 0.0}, "std": {"velocity": 1.0}}
    )
    assert "**Passed**" in text
    assert all(check.says in text for check in clean.certificate.checks)


def test_the_seed_chooses_samples_of_every_split():
    chosen = chosen_samples(0, {"train": 100, "valid": 10, "test": 10}, 6)
    assert sorted(split for split, _ in chosen) == ["test", "test", "train", "train", "valid", "valid"]
    assert chosen != chosen_samples(1, {"train": 100, "valid": 10, "test": 10}, 6)
    assert len(set(chosen_samples(0, {"train": 3, "valid": 0, "test": 1}, 10))) == 4


def test_a_distance_is_that_of_the_worst_field():
    truth = np.ones((2, 2, 4))
    values = truth.copy()
    values[:, 1] *= 1.1
    assert distance(values, truth) == pytest.approx(0.1)
    assert distance(np.full_like(truth, np.nan), truth) == np.inf


def test_an_error_is_said_as_a_person_would():
    assert share(0.00123) == "0.12 %"
    assert share(1.6e-8) == "1.6e-08"


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
