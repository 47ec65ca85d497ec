"""The Typer app: one line per command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer._click.exceptions import UsageError

from surrogate import __version__
from surrogate.cli import (
    check,
    compare,
    completion,
    console,
    data,
    evaluate,
    export,
    gate,
    generate,
    help,
    info,
    listing,
    new,
    plugged,
    precondition,
    predict,
    preview,
    run,
    solve,
    streams,
    train,
    tune,
    unknown,
)
from surrogate.errors import StorageError

_ABOUT = "From a partial differential equation to a fast, trusted neural operator."
_TOUR = (
    "surrogate generate darcy_rough grid=64 workers=2 out=data/rough64",
    "surrogate train data/rough64 model=mgno out=runs/rough-mgno",
    "surrogate eval runs/rough-mgno",
    "surrogate export runs/rough-mgno format=onnx out=rough.onnx",
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=help.text(_ABOUT, _TOUR),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"surrogate {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    plugins: plugged.Folders = None,
) -> None:
    if plugins:
        console.guarded(plugged.open_folders)(plugins)


app.command("generate", help=help.text("Make a data set from a recipe.", generate.EXAMPLES, "generate"))(
    generate.generate
)
app.command("preview", help=help.text("Draw a few samples before you make many.", preview.EXAMPLES))(preview.preview)
app.command("train", help=help.text("Train a surrogate, or one per point of a sweep.", train.EXAMPLES, "train"))(
    train.train
)
app.command("tune", help=help.text("Search settings for the smallest validation error.", tune.EXAMPLES, "tune"))(
    tune.tune
)
app.command("eval", help=help.text("Say how good a run is, and write its report.", evaluate.EXAMPLES, "eval"))(
    evaluate.evaluate
)
app.command("compare", help=help.text("Say which of several runs is better.", compare.EXAMPLES, "compare"))(
    compare.compare
)
app.command("export", help=help.text("Write a run as ONNX or torch.export, checked.", export.EXAMPLES, "export"))(
    export.export
)
app.command("predict", help=help.text("Map an array of inputs to outputs.", predict.EXAMPLES, "predict"))(
    predict.predict
)
app.command("solve", help=help.text("Solve to a tolerance, sooner with a surrogate.", solve.EXAMPLES, "solve"))(
    solve.solve
)
app.command("precondition", help=help.text("Learn a preconditioner.", precondition.EXAMPLES, "precondition"))(
    precondition.precondition
)
app.command("run", help=help.text("Generate, train, eval and export in one.", run.EXAMPLES, "run"))(run.run)
app.command("new", help=help.text("Begin an equation, a model, ... of your own.", new.EXAMPLES, "new"))(new.new)
app.command("check", help=help.text("Hold a part, such as your equation, to its contract.", check.EXAMPLES, "check"))(
    check.check
)
app.command("list", help=help.text("List what can be named.", listing.EXAMPLES))(listing.listing)
app.command("info", help=help.text("Say what a data set or a run is.", info.EXAMPLES))(info.info)
app.add_typer(data.app, name="data")
app.add_typer(gate.app, name="gate")


def main() -> None:
    """Run the command line; what it cannot read is one line, as every error is."""
    streams.prepare()
    words = plugged.words(sys.argv[1:])
    if name := unknown.twice(words.rest):
        console.fail(f"{name}: given twice; give it once")
        sys.exit(UsageError.exit_code)
    try:
        command = typer.main.get_command(app)
        completion.prepare()
        code = command(words.ordered, prog_name="surrogate", standalone_mode=False)
    except OSError as error:  # of --install-completion: a command tells of its own
        console.fail(f"{error.filename}: {error.strerror}")
        code = StorageError.exit_code
    except UsageError as error:
        # Without a command the help was shown, and there is nothing to add.
        if error.format_message():
            console.fail(unknown.line(error))
        code = error.exit_code
    lost = streams.lost()
    if lost is not None and not code:
        console.fail(f"standard output: {lost.strerror}; the work is done, but not all that it printed has arrived")
        code = StorageError.exit_code
    sys.exit(code)
