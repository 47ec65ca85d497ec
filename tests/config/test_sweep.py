"""A sweep and one training read the same words and the same folder of a user's own."""

from pathlib import Path

import pytest

from surrogate.config.compose import compose_tree, launch, points
from surrogate.config.words import prepared


@pytest.mark.parametrize("absolute", [True, False])
def test_a_sweep_finds_what_a_folder_of_ones_own_adds(tmp_path, monkeypatch, absolute):
    name = "it's mine (1), x=2"
    group = tmp_path / name / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("defaults: [fno]\nhidden_channels: 48\n")
    monkeypatch.chdir(tmp_path)
    folder = group.parent if absolute else Path(name)
    words = prepared(["data=here", "model=wide,fno", "out=there"])
    trees = []
    launch("train", words, lambda tree, number: trees.append(tree), tmp_path / "there", folder)
    expected = [compose_tree("train", point.words, folder) for point in points(words)]
    assert trees == expected
    assert trees[0]["model"]["hidden_channels"] == 48
