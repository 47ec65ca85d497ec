"""Verification: everything a data set claims, recomputed from its files alone."""

from __future__ import annotations

import json
from collections.abc import Callable

from surrogate.datasets import layout
from surrogate.datasets.certificate import Certificate
from surrogate.datasets.certification import certify
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.evidence import Evidence, chosen_samples
from surrogate.datasets.generation_settings import CertificateConfig
from surrogate.datasets.manifest import read_part
from surrogate.datasets.plan import read_plan
from surrogate.datasets.quarantine import unexplained
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.errors import InputError
from surrogate.integrity import Digest, check
from surrogate.reading import read_bytes
from surrogate.spaces import SPLITS, Split


def verify(
    dataset: Dataset, should_stop: Callable[[], None] = lambda: None
) -> tuple[Certificate | None, tuple[str, ...]]:
    """Return the certificate as the files earn it now, and one line for each thing wrong; none when sound.

    Every byte is compared with the manifest, every number must be finite, every sample that was planned stored or in
    quarantine, and the chosen ones are solved again with the equation of the recipe. The certificate is None where
    there is no recipe to hold the data against.

    Args:
        dataset: the data set.
        should_stop: called between two solves; raises to end the verification.

    Raises:
        InputError: the certificate in the folder cannot be read.
        SettingsError: the recipe in the files is none of this version.
    """
    stored, manifest = dataset.certificate, dataset.manifest
    again = manifest.recipe is not None and stored.thresholds is not None
    promised = CertificateConfig.model_validate_json(json.dumps(stored.thresholds)) if again else None
    equation = recorded_equation(manifest.recipe).bound(dataset.spec) if again and manifest.recipe else None
    planned = read_plan(dataset.path).count if manifest.recipe else dataset.counts
    wanted = chosen_samples(manifest.seed, planned, promised.samples) if promised else ()
    evidence = Evidence(dataset.spec, equation, wanted, given=dataset.given is not None)
    wrong: list[str] = []
    there: dict[Split, set[int]] = {split: set() for split in SPLITS}
    for entry in manifest.parts:
        try:
            part = read_part(dataset.path, entry, manifest.header(entry.split))
        except InputError as error:
            wrong.append(str(error))
            continue
        bad = part.first_bad_sample()
        if bad is not None:
            wrong.append(f"{dataset.path / entry.path}: sample {bad} is not finite")
        there[entry.split].update(part.indices.tolist())
        evidence.add(part)
        should_stop()
    for name, known in (manifest.files or {}).items():
        try:
            path = dataset.path / name
            check(path, Digest.of(read_bytes(path)), {name: known}, layout.MANIFEST)
        except InputError as error:
            wrong.append(str(error))
    if manifest.recipe and not wrong:
        wrong += unexplained(dataset.path, planned, there)
    if equation is None or promised is None or wrong:
        return None, tuple(wrong)
    certificate = certify(equation, promised, evidence, should_stop).model_copy(update={"data": dataset.hash})
    if certificate.status == "failed":
        wrong.append(f"{dataset.path}: {certificate.reason}")
    elif stored.status != certificate.status:
        wrong.append(f"{dataset.path}: its certificate says '{stored.status}', its files say '{certificate.status}'")
    return certificate, tuple(wrong)
