"""Laws of tables: every point lands in its sample, with its coordinates and an equal weight."""

import numpy as np
import pytest

from surrogate.datasets.formats.table import read
from surrogate.datasets.recognition import recognised
from surrogate.errors import InputError

RANDOM = np.random.default_rng(0)
SAMPLE = RANDOM.permutation(np.repeat(np.arange(6), [3, 5, 4, 5, 2, 5]))
X, Y, A, U = RANDOM.normal(size=(4, len(SAMPLE)))
TABLE = {"sample": SAMPLE, "x": X, "y": Y, "a": A, "u": U}


def text(path, between=",", **columns):
    np.savetxt(path, np.stack(list(columns.values()), 1), delimiter=between, header=between.join(columns), comments="")
    return path


def parquet(path, **columns):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    writer.write_table(pyarrow.table(columns), path)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet"])
def test_points_come_back_in_their_samples(tmp_path, name):
    if name.endswith("parquet"):
        parquet(tmp_path / name, **TABLE)
    else:
        text(tmp_path / name, "\t" if name.endswith("tsv") else ",", **TABLE)
    read = recognised(tmp_path / name)
    assert read.format == "table"
    constants, states = read.foreign.read(np.array([4, 1]))
    for row, sample in enumerate((4, 1)):
        own, count = sample == SAMPLE, (sample == SAMPLE).sum()
        np.testing.assert_allclose(constants[row, :, :count], [X[own], Y[own], np.full(count, 1 / count), A[own]], 1e-6)
        np.testing.assert_allclose(states[row, 0, 0, :count], U[own], 1e-6)
        assert not constants[row, 2, count:].any()


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"sample": SAMPLE, "y": Y, "u": U}, "expected coordinates x, y, z"),
        ({"x": X, "t": Y, "u": U}, "'t' is a column of times"),
        ({"x": X, "p": Y, "q": U}, "which is given, and which is to be found"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_a_line(tmp_path, columns, line):
    with pytest.raises(InputError, match=line):
        read(text(tmp_path / "a.csv", **columns))


def test_a_table_of_words_is_refused_in_a_line(tmp_path):
    (tmp_path / "a.csv").write_text("x,u\n1,two\n")
    with pytest.raises(InputError, match="not a table of numbers below one line of names"):
        read(tmp_path / "a.csv")
