"""surrogate preview: samples of a recipe or of a data set, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import completion, console, paths, places
from surrogate.cli.options import ConfigDir, Words
from surrogate.errors import UsageError
from surrogate.outputs import OTHERS, Inputs, place

if TYPE_CHECKING:
    from surrogate.datasets.preview import Preview

EXAMPLES = (
    "surrogate preview darcy_rough",
    "surrogate preview burgers seed=3 equation.viscosity=0.01 -n 5",
    "surrogate preview navier_stokes --out stirred.png",
    "surrogate preview data/rough64 --split test",
)

Number = Annotated[int, typer.Option("--samples", "-n", min=1, max=12, help="How many samples.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="The picture; the animation lies beside it as .gif.", autocompletion=completion.anything
    ),
]
SplitName = Annotated[str | None, typer.Option("--split", help="Which samples of data=FOLDER: train, valid or test.")]
Still = Annotated[bool, typer.Option("--still", help="No animation.")]

# Settings of a data set that its first samples do not depend on.
_UNUSED = ("count", "workers", "part_size", "certificate", "cluster")


@console.guarded
def preview(
    words: Words = None,
    samples: Number = 3,
    out: Out = None,
    split: SplitName = None,
    still: Still = False,
    config_dir: ConfigDir = None,
) -> None:
    from surrogate.config.nouns import spoken
    from surrogate.config.words import absolute, given

    pairs = spoken(words or [], "preview")
    named, overwrite = given(pairs, "out"), given(pairs, "overwrite") == "true"
    if named is not None and out is not None:
        raise UsageError(f"--out {out}, out={named}: the picture goes to one place; give one of them")
    own = (f"out={named}", "overwrite=true", "overwrite=false")
    name, drawn = _samples([word for word in pairs if word not in own], samples, split, config_dir)
    from surrogate.datasets.pictures import animation, picture
    from surrogate.files import make_folder, publish_bytes

    target = Path(absolute(str(named or out or f"preview-{name}.png")))
    if target.suffix != ".png":
        raise UsageError(f"out={named or out}: expected a name that ends in .png")
    film = None if still else animation(drawn)
    content = {".png": picture(drawn)} | ({} if film is None else {".gif": film})
    if named is None and out is None and not overwrite:
        target = _free(target, content)
    read = given(pairs, "data")
    inputs = {"data": None if read is None else Path(absolute(read))}
    for path, data in _placed(target, content, inputs, overwrite).items():
        make_folder(path.parent)
        publish_bytes(path, data)
    for suffix in content:
        console.out.print(places.shown(target.with_suffix(suffix)), markup=False)


def _free(target: Path, content: dict[str, bytes]) -> Path:
    """Return a name that nobody gave, with a number behind it while other pictures are there."""
    stem, number = target.stem, 1
    while any(_judge(target.with_suffix(suffix), data) for suffix, data in content.items()):
        number += 1
        target = target.with_stem(f"{stem}-{number}")
    return target


def _placed(target: Path, content: dict[str, bytes], inputs: Inputs, overwrite: bool) -> dict[Path, bytes]:
    """Return where the pictures go: new names, or the very same pictures."""
    targets = {}
    for suffix, data in content.items():
        path = target.with_suffix(suffix)
        judge = partial(_judge, data=data)
        targets[place(path, "file", inputs=inputs, overwrite=overwrite, ours=judge)] = data
    return targets


def _judge(path: Path, data: bytes) -> str:
    """Return why the file at ``path`` may not be replaced by ``data``: it is another."""
    if not path.exists() or (path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data):
        return ""
    return OTHERS


def _samples(words: Sequence[str], number: int, split: str | None, config_dir: Path | None) -> tuple[str, Preview]:
    """Return a name for the picture, and the samples that the words name."""
    from surrogate.config.words import absolute, given, prepared, split_word

    folder = given(words, "data")
    if folder is not None:
        if len(words) > 1 or config_dir is not None:
            raise UsageError("preview: data=FOLDER takes --split, --samples, --out and --still, and no other settings")
        path = Path(absolute(folder))
        paths.data_set(path)
        return _of_dataset(path, split or "train", number)
    if split is not None:
        raise UsageError(f"--split {split}: says which samples of data=FOLDER; of a recipe the first ones are drawn")
    ready = prepared(words, "generate")
    for key in (split_word(word)[0].lstrip("+") for word in words):
        if key.partition(".")[0] in _UNUSED:
            raise UsageError(f"{key}: says how a data set is made, which a preview does not; --samples draws so many")
    from surrogate.config.compose import compose_tree

    tree = compose_tree("generate", ready, config_dir)
    from surrogate.interface.typed_settings import generate_settings

    config = generate_settings(tree | {"out": "preview"})
    from surrogate.datasets.preview import preview_of_recipe

    return config.name, preview_of_recipe(config, number)


def _of_dataset(folder: Path, split: str, number: int) -> tuple[str, Preview]:
    from surrogate.datasets.dataset import open_dataset
    from surrogate.datasets.preview import preview_of_dataset
    from surrogate.errors import nearest
    from surrogate.spaces import SPLITS

    for known in SPLITS:
        if known == split:
            return folder.name, preview_of_dataset(open_dataset(folder), known, number)
    raise UsageError(f"--split {split}: there is no such split{nearest(split, SPLITS)}")
