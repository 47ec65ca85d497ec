"""Whether a checkout still computes what another one did: data, trained models, gradients and old files, bit for bit.

    PYTHONPATH=/path/to/old python benchmarks/same_numbers.py --write /tmp/old.json
    PYTHONPATH=/path/to/new python benchmarks/same_numbers.py --against /tmp/old.json [--only KIND ...] [NAME ...]

Everything goes through the command line of the package that Python finds, one thread; NAME keeps the cases whose name
begins so, ``--list`` names them. Beside FILE.json lies FILE/ with the arrays, data sets, runs and exported files.

* ``recipes``: every recipe on few points: SHA-256 of each part and of each array in it, statistics and certificate.
* ``models``, ``steps``: each model (losses, optimizers, ways of training in time, ...) trained three steps on few
  samples. *old* is an old run that predicts and is evaluated: same weights, same answer. *on* is an old run, stopped
  after one step, that goes on: same weights, so its predictions afterwards differ where a gradient does. *anew* is
  trained from the seed, and may differ in all where the order of initial draws does; *on* is the test of gradients.
* ``files``: old exported files (onnx, torch.export), the frozen runs of tests/frozen, all as predictors.

``same`` is bit for bit, ``near`` within a relative 1e-6; anything else is told with the largest difference relative to
the largest value, and the exit code is 1. Two exceptions: ``redrawn`` is an *anew* that differs though its *on* does
not, and ``certificate differs`` bits of data that stayed while a check of them, such as the second method, changed.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import inspect
import json
import os
import pkgutil
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import h5py
import numpy as np
import yaml

NEAR = 1e-6
KINDS = ("recipes", "models", "steps", "files")
COUNTS = "count.train=1 count.valid=1 count.test=1 part_size=2 pilot=false"

# As few points as the equations of the first edition hold on; evolutions are cut to three frames.
POINTS = {12: "darcy_3d", 24: "euler_kelvin_helmholtz euler_quadrants", 50: "antiderivative pendulum", 65: "helmholtz"}
POINTS |= {256: "korteweg_de_vries allen_cahn allen_cahn_walls"}
POINTS |= {64: "inviscid_burgers wave_1d plucked_string advection dam_break_1d euler_blast euler_shu_osher euler_sod"}
POINTS |= {128: "fisher reaction_diffusion_pdebench cahn_hilliard kuramoto_sivashinsky nonlinear_schroedinger"}
POINTS |= {32: "acoustic_waves allen_cahn_2d cahn_hilliard_2d decaying_turbulence fitzhugh_nagumo gray_scott"}
POINTS[32] += " heat_conduction wave_2d shallow_water_radial swift_hohenberg advection_diffusion"
SMALLEST = {name: points for points, names in POINTS.items() for name in names.split()}
EXTRA = {"heat_conduction": "equation.resolution=32"}

# Data that models learn from: name, recipe and words.
DATA = {
    "circle": "recipe=burgers grid=32 equation.frames=5",
    "square": "recipe=darcy_rough grid=16 equation.resolution=32",
    "open": "recipe=poisson_neumann grid=16",
    "torus": "recipe=navier_stokes grid=16 equation.frames=6 equation.horizon=5",
    "cube": "recipe=heat_3d grid=8",
    "walls": "recipe=allen_cahn_walls grid=64 equation.frames=5",
    "interval": "recipe=antiderivative grid=50",
}

TINY_FNO = "model=fno model.hidden_channels=8 model.n_layers=2"
TINY_MGNO = "model=mgno model.hidden_channels=6 model.n_layers=2"
TINY_NET = "model.branch_channels=[4,8] model.branch_layers=[16] model.n_basis=8"
TINY_ONET = f"model=deeponet {TINY_NET} model.trunk_layers=[16,16]"

# name: (data, words); the first letters name the model.
MODELS = {
    "fno-circle": ("circle", TINY_FNO),
    "fno-square": ("square", TINY_FNO),
    "fno-cube": ("cube", TINY_FNO),
    "fno-torus": ("torus", TINY_FNO),
    "fno-boundary": ("square", f"{TINY_FNO} model.basis=boundary"),
    "fno-boundary-walls": ("walls", f"{TINY_FNO} model.basis=boundary"),
    "fno-boundary-open": ("open", f"{TINY_FNO} model.basis=boundary"),
    "fno-cosine": ("square", f"{TINY_FNO} model.basis=cosine"),
    "fno-cosine-walls": ("walls", f"{TINY_FNO} model.basis=cosine"),
    "fno-mixing": ("square", f"{TINY_FNO} model.channel_mlp_expansion=null"),
    "fno-plain": ("square", f"{TINY_FNO} model.positional_embedding=false model.domain_padding=0"),
    "fno-modes": ("square", f"{TINY_FNO} model.n_modes=[4,3]"),
    "fno-dirichlet-3d-modes": ("cube", f"{TINY_FNO} model.n_modes=[3,3,2] model.domain_padding=0"),
    "mgno-circle": ("circle", TINY_MGNO),
    "mgno-square": ("square", TINY_MGNO),
    "mgno-open": ("open", TINY_MGNO),
    "mgno-cube": ("cube", TINY_MGNO),
    "mgno-torus": ("torus", TINY_MGNO),
    "mgno-shared": ("square", "model=mgno model.hidden_channels=6 model.n_layers=3 model.shared=true"),
    "mgno-residual": ("square", f"{TINY_MGNO} model.residual=true"),
    "mgno-modes": ("square", f"{TINY_MGNO} model.n_modes=4"),
    "mgno-levels": ("square", f"{TINY_MGNO} model.levels=3 model.pre_smoothing=[1,1,1] model.post_smoothing=[1,1,0]"),
    "mgno-zeros": ("open", f"{TINY_MGNO} model.padding=zeros"),
    "mgno-learned": ("square", f"{TINY_MGNO} model.restrict=residual model.coarse_init=zero model.pointwise=false"),
    "mgno-position": ("square", f"{TINY_MGNO} model.positional_embedding=true"),
    "deeponet-interval": ("interval", TINY_ONET),
    "deeponet-square": ("square", TINY_ONET),
    "deeponet-hard": ("square", f"{TINY_ONET} model.hard_dirichlet=true"),
    "deeponet-fully": ("interval", f"{TINY_ONET} model.branch=mlp"),
    "pod_deeponet-interval": ("interval", f"model=pod_deeponet {TINY_NET}"),
    "pod_deeponet-square": ("square", f"model=pod_deeponet {TINY_NET}"),
    "unet-circle": ("circle", "model=unet model.hidden_channels=4"),
    "unet-square": ("square", "model=unet model.hidden_channels=4"),
    "unet-cube": ("cube", "model=unet model.hidden_channels=4"),
    "stable_fno-circle": ("circle", "model=stable_fno model.hidden_channels=8 model.n_layers=2"),
    "stable_fno-square": ("square", "model=stable_fno model.hidden_channels=8 model.n_layers=2"),
    "stable_fno-torus": ("torus", "model=stable_fno model.hidden_channels=8 model.n_layers=2 model.oversampling=2"),
}
STEPS = {
    "loss-mse": ("square", f"{TINY_FNO} loss=mse"),
    "loss-h1_fd": ("square", f"{TINY_FNO} loss=h1_fd"),
    "loss-h1_fd-torus": ("torus", f"{TINY_FNO} loss=h1_fd"),
    "loss-h1_mgno": ("torus", f"{TINY_FNO} loss=h1_mgno"),
    "optimizer-adamw": ("square", f"{TINY_FNO} optimizer=adamw schedule=cosine"),
    "optimizer-soap": ("square", f"{TINY_FNO} optimizer=soap schedule=constant"),
    "schedule-step": ("square", f"{TINY_FNO} schedule=step trainer.ema=0.9 trainer.grad_clip=0.1"),
    "normaliser-none": ("square", f"{TINY_FNO} normaliser.inputs=none normaliser.outputs=scalar"),
    "normaliser-pointwise": ("square", f"{TINY_FNO} normaliser.inputs=pointwise normaliser.outputs=pointwise"),
    "residual": ("torus", f"{TINY_FNO} residual=true"),
    "history": ("torus", f"{TINY_FNO} time.history=2 time.noise=0.1"),
    "unrolled": ("torus", f"{TINY_FNO} time=unrolled time.steps=2"),
    "push_forward": ("torus", f"{TINY_FNO} time=push_forward"),
    "all_pairs": ("torus", f"{TINY_FNO} time=all_pairs time.steps=3"),
    "step-circle": ("circle", f"{TINY_FNO} task=step"),
    "accumulate": ("square", f"{TINY_FNO} trainer.accumulate=2 trainer.recompute=true trainer.augment=false"),
    "float64": ("square", f"{TINY_FNO} trainer.precision=float64"),
    "bfloat16": ("square", f"{TINY_MGNO} trainer.precision=bfloat16"),
    "physics": ("square", f"{TINY_FNO} physics=residual"),
    "physics-only": ("torus", f"{TINY_FNO} physics=only"),
    "off_grid-refine": ("square", f"{TINY_MGNO} off_grid=refine"),
}
# Evaluated with everything that eval measures; the others predict only.
EVALUATED = ("fno-square", "mgno-square", "deeponet-square", "unet-circle", "stable_fno-torus", "residual", "fno-cube")
EXPORTED = {"onnx": ("fno-square", "mgno-square", "mgno-torus", "deeponet-square", "unet-circle", "stable_fno-torus")}
EXPORTED |= {"pt2": ("fno-square", "mgno-square")}
EXPORTERS = {"onnx": "onnx", "pt2": "torch"}

TRAIN = "train data={data} {words} trainer.epochs=1 trainer.batch_size=4 trainer.device=cpu seed=0 out={out}"
TRAIN += " allow_uncertified=true"
SOON = "trainer.max_seconds=0.000001"

Values = dict[str, Any]  # named arrays, hashes and numbers


@dataclass(frozen=True)
class Places:
    """``old`` lies beside the reference, ``new`` takes what is made now; the same folder when the reference is made."""

    old: Path
    new: Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--against", type=Path, metavar="FILE")
    parser.add_argument("--only", action="append", choices=KINDS, help="this kind alone; may be given again")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="tell every array that differs")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_intermixed_args()
    package = Path(importlib.util.find_spec("surrogate").origin).parents[1]
    chosen = [case for case in cases(package) if case[0] in (options.only or KINDS)]
    chosen = [case for case in chosen if not options.names or case[1].startswith(tuple(options.names))]
    if options.list:
        print(*(f"{kind:<8} {name}" for kind, name in chosen), sep="\n")
        return
    print(f"{len(chosen)} cases of {package}", flush=True)
    load(package)
    sys.exit(written(options.write, chosen) if options.write else compared(options.against, chosen, options.verbose))


def load(package: Path) -> None:
    """Load the whole package once: every command is a fork of this process."""
    import surrogate

    for module in pkgutil.walk_packages(surrogate.__path__, "surrogate."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    if Path(surrogate.__file__).parents[1] != package:
        raise SystemExit(f"{surrogate.__file__} is not of {package}")


def cases(package: Path) -> list[tuple[str, str]]:
    """Return the kind and the name of every case."""
    recipes = sorted(path.stem for path in (package / "data_recipes").glob("*.yaml"))
    files = [f"{kind}-{name}" for kind, names in EXPORTED.items() for name in names]
    frozen = sorted(folder.name for folder in (package / "tests" / "frozen").iterdir())
    names = {"recipes": recipes, "models": MODELS, "steps": STEPS, "files": [*files, *frozen]}
    return [(kind, name) for kind in KINDS for name in names[kind]]


def written(file: Path, chosen: list[tuple[str, str]]) -> int:
    """Make the reference: the cases that it does not have yet."""
    folder = file.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    reference = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    make_data(folder)
    for kind, name in chosen:
        if name in reference.get(kind, {}):
            continue
        start = time.perf_counter()
        values = of_case(kind, name, Places(folder, folder))
        arrays = {key: value for key, value in values.items() if isinstance(value, np.ndarray)}
        (folder / "arrays").mkdir(exist_ok=True)
        np.savez_compressed(folder / "arrays" / f"{kind}-{name}.npz", **arrays)
        hashes = {key: digest(value) if key in arrays else value for key, value in values.items()}
        reference.setdefault(kind, {})[name] = hashes
        file.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
        failed = {key: value for key, value in values.items() if key.endswith("exit") and value != "0"}
        took = f"{len(values):4} values {time.perf_counter() - start:6.1f} s"
        print(f"{kind:<8} {name:<28} {took} {failed or ''}", flush=True)
    return 0


def compared(file: Path, chosen: list[tuple[str, str]], verbose: bool) -> int:
    """Do everything again and tell what differs; 1 where something does."""
    reference, folder = json.loads(file.read_text(encoding="utf-8")), file.with_suffix("")
    worst: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="same_numbers-") as place:
        for kind, name in chosen:
            expected = reference.get(kind, {}).get(name)
            if expected is None:
                print(f"{kind:<8} {name:<28} not in the reference", flush=True)
                continue
            start = time.perf_counter()
            values = of_case(kind, name, Places(folder, Path(place)))
            with np.load(folder / "arrays" / f"{kind}-{name}.npz") as arrays:
                word, lines = judged(expected, dict(arrays), values)
            worst[word] = worst.get(word, 0) + 1
            print(f"{kind:<8} {name:<28} {word} ({time.perf_counter() - start:.1f} s)", flush=True)
            for line in lines if verbose else lines[:6]:
                print(f"    {line}", flush=True)
    print(", ".join(f"{count} {word}" for word, count in worst.items()))
    return int("DIFFERS" in worst)


def judged(expected: Values, arrays: Values, values: Values) -> tuple[str, list[str]]:
    """Return a word for the case, and a line for each value that is not the same."""
    apart = {key: difference(expected.get(key), arrays.get(key), values.get(key)) for key in expected | values}
    apart = {key: value for key, value in apart.items() if value and (value != "new" or key.endswith("predictions"))}
    lines = [f"{key}: {in_words(value, expected.get(key), values.get(key))}" for key, value in apart.items()]
    far = {key for key, value in apart.items() if isinstance(value, str) or not value <= NEAR}
    if not apart:
        return "same", []
    if not far:
        return "near", lines
    if all(key.startswith("certificate.") for key in far):
        return "certificate differs", lines
    steady = not any(key.startswith(("on ", "old")) for key in far) and any(key.startswith("on ") for key in expected)
    return "redrawn" if steady else "DIFFERS", lines


def in_words(apart: float | str, expected: Any, values: Any) -> str:
    """Return the difference, with both numbers where they are single ones."""
    if isinstance(apart, str):
        return apart
    return f"{apart:.2e}" + (f" ({values:.6g}, was {expected:.6g})" if isinstance(values, float) else "")


def difference(expected: Any, array: Any, values: Any) -> float | str | None:
    """Return None where both are the same, the largest relative difference of numbers, or words."""
    if expected is None or values is None:
        return f"{'new' if expected is None else 'gone'}"
    if isinstance(values, np.ndarray):
        if digest(values) == expected:
            return None
        if array is None or array.shape != values.shape or array.dtype != values.dtype:
            return f"{values.dtype} {values.shape}, was {'absent' if array is None else f'{array.dtype} {array.shape}'}"
        one, two = array.astype(float), values.astype(float)
        if not np.array_equal(np.isfinite(one), np.isfinite(two)):
            return "not finite in other places"
        one, two = np.nan_to_num(one), np.nan_to_num(two)
        return float(np.abs(one - two).max() / max(np.abs(one).max(), np.finfo(float).tiny))
    if isinstance(values, float) and isinstance(expected, float):
        same = values == expected or (values != values and expected != expected)
        return None if same else abs(values - expected) / max(abs(expected), np.finfo(float).tiny)
    return None if values == expected else f"{str(values)[:60]}, was {str(expected)[:60]}"


def of_case(kind: str, name: str, places: Places) -> Values:
    """Return everything that a case gives."""
    if kind == "recipes":
        return of_recipe(name, places.new / "recipes" / name)
    if kind == "files":
        return of_file(name, places)
    data, words = (MODELS | STEPS)[name]
    return of_model(name, data, words, places)


def of_recipe(name: str, out: Path) -> Values:
    """Return hashes and arrays of the data set, its statistics, and the figures of its certificate."""
    words = f"{recipe_words(name)} certificate.samples=1 out={out}"
    code = command(f"generate {words}")
    values: Values = {"exit": code.split()[0] if code[0] in "01" else code}
    for path in sorted(out.glob("data/*/*.hdf5")):
        part = f"{path.parent.name}/{path.stem}"
        values[f"{part} file"] = hashlib.sha256(path.read_bytes()).hexdigest()
        values |= {f"{part} {key}": array for key, array in arrays_of(path).items()}
    for path in (out / "stats.yaml", out / "certificate.json"):
        if path.exists():
            values |= numbers(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
    return {key: np.asarray(value) if isinstance(value, np.generic) else value for key, value in values.items()}


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an HDF5 file by their paths."""
    kept: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(lambda key, item: kept.update({key: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return kept


def recipe_words(name: str) -> str:
    """Return the words of the smallest data set of a recipe."""
    import surrogate

    recipe = Path(surrogate.__file__).parents[1] / "data_recipes" / f"{name}.yaml"
    tree = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    words = [f"recipe={name}", f"grid={SMALLEST.get(name, 16)}", COUNTS, EXTRA.get(name, "")]
    equation = tree["equation"]
    if "frames" in equation:
        words += ["equation.frames=3", f"equation.horizon={2 * equation['horizon'] / (equation['frames'] - 1)!r}"]
    return " ".join(words)


def make_data(folder: Path) -> None:
    """Make the data sets that models learn from."""
    for name, words in DATA.items():
        if not (folder / "data" / name).exists():
            counts = "count.train=12 count.valid=2 count.test=3 pilot=false certificate.samples=0"
            code = command(f"generate {words} {counts} out={folder / 'data' / name}")
            if code != "0":
                raise SystemExit(f"{name}: {code}")


def of_model(name: str, data: str, words: str, places: Places) -> Values:
    """Return what a training from the seed, an old run, and an old run that goes on predict."""
    folder = places.new / "runs"
    shutil.rmtree(places.new / "copies" / name, ignore_errors=True)
    dataset = shutil.copytree(places.old / "data" / data, places.new / "copies" / name)
    anew, stopped, goes_on = (folder / f"{name}{suffix}" for suffix in ("", "-stopped", "-on"))
    line = TRAIN.format(data=dataset, words=words, out=anew)
    values: Values = {"anew train exit": command(line)} | answers("anew", anew, dataset, places.new)
    if places.old == places.new:
        command(f"{TRAIN.format(data=dataset, words=words, out=stopped)} {SOON}")
    else:
        shutil.copytree(places.old / "runs" / f"{name}-stopped", stopped)
    shutil.copytree(stopped, goes_on, dirs_exist_ok=True)
    values["on train exit"] = command(f"{TRAIN.format(data=dataset, words=words, out=goes_on)} trainer.max_seconds=1e6")
    values |= answers("on", goes_on, dataset, places.new)
    return values | answers("old", places.old / "runs" / name, dataset, places.new, name in EVALUATED)


def of_file(name: str, places: Places) -> Values:
    """Return what an old exported file, or a frozen run, gives."""
    kind, _, run = name.partition("-")
    if kind == "version":
        import surrogate

        frozen = Path(surrogate.__file__).parents[1] / "tests" / "frozen" / name
        return predicted("old", frozen, examples(frozen), places.new / name)
    data = (MODELS | STEPS)[run][0]
    file = places.old / "files" / f"{run}.{kind}"
    if places.old == places.new:
        file.parent.mkdir(exist_ok=True)
        command(f"export run={places.old / 'runs' / run} format={EXPORTERS[kind]} out={file}")
    return measured("old", f"artefact={file}", file, places.old / "data" / data, places.new / f"{name}-eval")


def answers(label: str, run: Path, dataset: Path, place: Path, evaluated: bool = False) -> Values:
    """Return the predictions of a run for its own examples, its record's figures, and what eval measures."""
    place = place / "answers" / f"{run.name}-{label}"
    values = predicted(label, run, examples(run), place)
    if (run / "run.json").exists():
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
        values |= {f"{label} {key}": value for key, value in numbers("record", record.get("metrics", {})).items()}
        values[f"{label} parameters"] = str(record.get("parameters"))
    if evaluated:
        values |= measured(label, f"run={run}", None, dataset, place.with_name(f"{place.name}-eval"))
    return values


def measured(label: str, predictor: str, file: Path | None, dataset: Path, out: Path) -> Values:
    """Return the numbers of an evaluation."""
    trust = ""
    if file is not None and file.suffix == ".pt2" and file.exists():
        trust = f"trust=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    shutil.rmtree(out, ignore_errors=True)
    code = command(f"eval {predictor} {trust} data={dataset} device=cpu solver_seconds=0 out={out}")
    values: Values = {f"{label} eval exit": code}
    if (out / "metrics.json").exists():
        tree = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        values |= {f"{label} {key}": value for key, value in numbers("eval", tree).items()}
    return values


def predicted(label: str, run: Path, inputs: np.ndarray | None, place: Path) -> Values:
    """Return what ``surrogate predict`` writes for ``inputs`` and, of an old run, for them on twice the points."""
    if inputs is None:
        return {f"{label} examples": "none"}
    given = {"": inputs}
    if label == "old":
        given[" finer"] = inputs
        for axis in range(2, inputs.ndim):
            given[" finer"] = given[" finer"].repeat(2, axis)
    values: Values = {}
    place.mkdir(parents=True, exist_ok=True)
    for grid, fields in given.items():
        np.save(place / "in.npy", fields)
        (place / "out.npy").unlink(missing_ok=True)
        code = command(f"predict run={run} input={place / 'in.npy'} out={place / 'out.npy'} device=cpu overwrite=true")
        values[f"{label}{grid} predict exit"] = code if not grid else code.split()[0]
        if (place / "out.npy").exists():
            values[f"{label}{grid} predictions"] = np.load(place / "out.npy")
    return values


def examples(run: Path) -> np.ndarray | None:
    """Return the inputs that a run keeps."""
    from safetensors.numpy import load_file

    if not (run / "examples.safetensors").exists():
        return None
    tensors = load_file(run / "examples.safetensors")
    return tensors["inputs"]


# Figures that time, place or version decide.
UNSTEADY = ("seconds", "timing", "speed", "latency", "version", "bytes", "environment")


def numbers(name: str, tree: Any) -> Values:
    """Return the numbers of a document by their path, without those that differ from call to call."""
    if any(word in name.rsplit(".", 1)[-1] for word in UNSTEADY):
        return {}
    if isinstance(tree, dict):
        return {key: value for each in tree for key, value in numbers(f"{name}.{each}", tree[each]).items()}
    if isinstance(tree, list):
        named = [(each.get("name", n) if isinstance(each, dict) else n, each) for n, each in enumerate(tree)]
        return {key: value for n, each in named for key, value in numbers(f"{name}.{n}", each).items()}
    return {name: float(tree)} if isinstance(tree, (int, float)) and not isinstance(tree, bool) else {}


def digest(array: np.ndarray) -> str:
    """Return a hash of the values, the shape and the type."""
    head = f"{array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def command(line: str) -> str:
    """Run one command of the package in a fork of this process; return "0", or the exit code and its last words."""
    sys.stdout.flush()
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            os._exit(in_child(line, output))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = [text.strip() for text in output.read().splitlines() if text.strip()]
    return "0" if not code else " ".join([str(code), *lines[-3:]])


class Forked(subprocess.Popen):  # type: ignore[type-arg]
    """A process that runs a module of the package, such as a worker: it too is a fork, and loads nothing again."""

    def _execute_child(self, args: Any, *rest: Any) -> None:
        given = inspect.signature(super()._execute_child).bind(args, *rest).arguments
        if args[:3] != [sys.executable, "-P", "-m"]:
            return super()._execute_child(args, *rest)
        self.pid = os.fork()
        if not self.pid:
            for end, place in (("p2cread", 0), ("c2pwrite", 1), ("errwrite", 2)):
                if given[end] != -1:
                    os.dup2(given[end], place)
            os.closerange(3, 1024)
            os.environ |= given["env"] or {}
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, signal.SIG_DFL)
            sys.argv = args[3:]
            os._exit(exit_code(lambda: runpy.run_module(args[3], run_name="__main__", alter_sys=True)))
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(given[end] for end in pipes))
        return None


def in_child(line: str, output: Any) -> int:
    """Run the command with its output to ``output`` and return its exit code."""
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    os.chdir(tempfile.gettempdir())
    subprocess.Popen = Forked  # type: ignore[misc]
    sys.argv = ["surrogate", *shlex.split(line)]
    return exit_code(importlib.import_module("surrogate.cli.app").main)


def exit_code(job: Callable[[], object]) -> int:
    """Run the job and return the code with which its process would end."""
    try:
        job()
    except SystemExit as end:
        code = 0 if end.code is None else end.code if isinstance(end.code, int) else 70
    except BaseException:
        traceback.print_exc()
        code = 70
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
