"""A data set becomes a surrogate."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.datasets.reading_settings import READING_KEYS
from surrogate.errors import SettingsError, UsageError
from surrogate.interface.foreign_data import shown_by, standing_for
from surrogate.interface.inherited_settings import inherited
from surrogate.interface.opened_run import OpenedRun
from surrogate.interface.readable import size
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.interface.resumed_settings import resumed
from surrogate.interface.typed_settings import train_settings
from surrogate.kinds import RUN, expect
from surrogate.predictors.runs import RunRecord, read_record
from surrogate.registry import metric_label
from surrogate.training.history import Epoch
from surrogate.training.train import train as epochs
from surrogate.training.training_settings import TrainConfig


def train(
    data: str | os.PathLike[str] | None = None, *, reporter: Reporter | None = None, **settings: Any
) -> OpenedRun:
    """Return the run of a surrogate learned from a data set.

    The settings are those of ``surrogate train``, with their defaults: ``model="mgno"``, ``epochs=60`` (for
    ``trainer.epochs``; ``batch_size``, ``device``, ``samples`` and ``lr`` likewise), ``loss``, ``optimizer``, ``seed``,
    ``out``, and of a model ``model={"name": "mgno", "levels": 4}`` or ``**{"model.levels": 4}``. The same call on the
    same ``out`` goes on where a run stopped (after Ctrl-C: from its last epoch), and opens what is finished. The same
    words on the command line give the same run. ``train(data, init=run)`` begins with the weights of another;
    ``train(resume=run, epochs=200)`` lets one go on, further than it was begun for.

    Args:
        data: a data set, or its folder; or a foreign file or folder, which is converted to one in ``data/``, as
            :func:`surrogate.read` does with its settings, and not twice; None where ``resume`` names a run.
        reporter: told how far it is; None: nobody in a script.
        settings: of the surrogate and of its training.

    Raises:
        UsageError, SettingsError: a name or a value that cannot be, with the nearest that can; or the numbers diverged.
        InputError: there is no such data set, or it is damaged.
        StorageError: the disk refused.
    """
    teller = reporter_for(reporter)
    if (run := settings.pop("resume", None)) is not None:
        if data is not None:
            raise UsageError("resume=RUN: goes on with the data of the run; expected no other")
        expect(Path(run), RUN)
        config, lines = resumed(Path(run).absolute(), words_of("train", settings))
        for line in lines:
            teller.note(line)
    elif data is None:
        raise UsageError("data: needed; give a data set or its folder, or resume=RUN")
    else:
        own = {key: settings.pop(key) for key in READING_KEYS & settings.keys()}
        place = Path(data).expanduser().absolute()
        stands = standing_for(place, words_of("convert", own), shown_by(teller), teller.note)
        config = train_settings(compose_tree("train", inherited(words_of("train", {"data": stands} | settings))))
    if config.trainer.profile:
        raise SettingsError("trainer.profile=true: profiles and trains nothing; it belongs to 'surrogate train'")
    trained(config, teller)
    return OpenedRun(config.out)


def trained(config: TrainConfig, reporter: Reporter, after: Callable[[Epoch], None] = lambda epoch: None) -> RunRecord:
    """Return the record of a run of typed settings, which is trained where it is not finished.

    ``after`` is called when an epoch is done and safe on the disk. Raises as :func:`train` does.
    """
    label = f"train {config.model.name}"
    with reporter.stoppable() as should_stop, reporter.progress(label, config.trainer.epochs) as advance:
        for epoch in epochs(config, should_stop, reporter.note):
            valid = "  ".join(f"{metric_label(name)} {value:.4g}" for name, value in epoch.valid.items())
            mark = " *" if epoch.best else ""
            speed = f"lr {epoch.learning_rate:.2g}  {epoch.samples_per_second:.0f} samples/s"
            speed += f"  {epoch.seconds_per_step:.2g} s/step  {size(epoch.peak_bytes)}"
            advance(epoch.number, f"train {epoch.train_loss:.4g}  valid {valid}{mark}  {speed}")
            after(epoch)
    return read_record(config.out)
