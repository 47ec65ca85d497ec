"""The last step of making a data set: read every part back, then write statistics, certificate, card and manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from surrogate.datasets import layout
from surrogate.datasets.card import card
from surrogate.datasets.certificate import Certificate
from surrogate.datasets.certification import certify
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.evidence import Evidence, chosen_samples
from surrogate.datasets.generation_settings import CertificateConfig
from surrogate.datasets.manifest import Entry, Manifest
from surrogate.datasets.plan import Plan
from surrogate.datasets.proof import Solved
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.datasets.sample_survey import Survey
from surrogate.datasets.statistics import Statistics
from surrogate.datasets.store import Header, Part, decode
from surrogate.errors import InputError, Stopped
from surrogate.files import publish_text, remove_unfinished
from surrogate.integrity import Digest, publish_record
from surrogate.reading import read_bytes
from surrogate.spaces import SPLITS, Split


def seal(
    folder: Path,
    plan: Plan,
    header: Header,
    indices: Mapping[Split, NDArray[np.int64]],
    should_stop: Callable[[], bool] = lambda: False,
    solved: Solved | None = None,
) -> Dataset:
    """Return the finished data set, after every part that ``plan`` names was read back and some were solved again.

    The manifest is written last: a folder that has one is finished. Everything written here follows from the parts
    and the plan alone, so a data set that was interrupted ends with the same files.

    Args:
        folder: where the parts are.
        plan: what they must be.
        header: what every part must say of itself, but for its split.
        indices: the numbers of the samples of each split, in order; those in quarantine are in no part.
        should_stop: asked between two solves of the certificate.
        solved: what was solved for the certificate before.

    Raises:
        InputError: a part is damaged or belongs to another data set.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so; the parts are kept.
    """
    source = next(split for split in SPLITS if plan.count[split])
    lost = {split: sorted(missing) for split, missing in layout.left_out(folder).items()}
    statistics, evidence, entries = Statistics(header.spec), evidence_of(plan, header), []
    # Of what a recipe of ours made, the certificate says more.
    seen = Survey(header.spec) if plan.command == "data convert" else None
    for piece in plan.pieces():
        own = header.model_copy(update={"split": piece.split})
        planned = indices[piece.split][piece.first : piece.stop]
        kept = planned[~np.isin(planned, lost[piece.split])]
        if not kept.size:
            continue
        part, entry = _read_back(folder, piece, own, kept)
        entries.append(entry)
        evidence.add(part)
        if seen is not None:
            seen.add(part)
        if piece.split == source:
            statistics.add(part)
    manifest = Manifest(
        schema_version=1,
        name=header.name,
        about=plan.about,
        spec=header.spec,
        seed=header.seed,
        recipe=header.recipe,
        parts=tuple(entries),
    )
    certificate = _certificate(plan, header, evidence, should_stop, solved)
    lacking = sum(len(missing) for missing in lost.values())
    certificate = certificate.model_copy(update={"quarantined": lacking, "data": manifest.hash})
    table = {"split": source, **statistics.table()}
    publish_record(folder / layout.CERTIFICATE, certificate)
    quality = None if seen is None else seen.quality(manifest.hash)
    if quality is not None:
        publish_record(folder / layout.QUALITY, quality)
    texts = {
        layout.STATISTICS: yaml.safe_dump(table, sort_keys=False),
        layout.CARD: card(manifest, certificate, table, quality),
    }
    for name, text in texts.items():
        publish_text(folder / name, text)
    for place in (folder, *folder.glob("data/*"), folder / layout.QUARANTINE):
        remove_unfinished(place)
    files = {name: Digest.of(text.encode()) for name, text in texts.items()}
    publish_record(folder / layout.MANIFEST, manifest.model_copy(update={"files": files}))
    return open_dataset(folder)


def evidence_of(plan: Plan, header: Header) -> Evidence:
    """Return where the evidence for the certificate of ``plan`` is gathered."""
    if plan.certificate is None:
        return Evidence(header.spec, None)
    equation = recorded_equation(plan.settings)
    wanted = chosen_samples(header.seed, plan.count, plan.certificate["samples"])
    return Evidence(header.spec, equation, wanted, given="inputs" in plan.settings)


def _read_back(folder: Path, piece: layout.Piece, header: Header, indices: NDArray[np.int64]) -> tuple[Part, Entry]:
    path = folder / piece.path
    try:
        data = read_bytes(path)
        part = decode(data, header, str(path))
    except InputError as error:
        raise InputError(f"{error}; remove it and give the same command again") from error
    if not np.array_equal(part.indices, indices):
        raise InputError(f"{path}: holds other samples than planned; remove it and give the same command again")
    entry = Entry(
        path=piece.path,
        split=piece.split,
        samples=len(part.indices),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return part, entry


def _certificate(
    plan: Plan, header: Header, evidence: Evidence, should_stop: Callable[[], bool], solved: Solved | None
) -> Certificate:
    """Return what the data have shown; foreign data, whose solver nobody of ours has seen, show nothing."""
    if plan.certificate is None:
        reason = "foreign data" if plan.command != "generate" else "planned before certificates"
        return Certificate(status="none", reason=reason, settings=plan.settings)
    promised = CertificateConfig.model_validate_json(json.dumps(plan.certificate))

    def ask() -> None:
        if should_stop():
            raise Stopped("stopped before the certificate; the same command goes on from there")

    equation = recorded_equation(plan.settings).bound(header.spec)
    certificate = certify(equation, promised, evidence, ask, solved)
    return certificate.model_copy(update={"settings": plan.settings, "software": plan.software})
