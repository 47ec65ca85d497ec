"""What results are turned into: JSON without what is not finite, data frames, pieces of a notebook."""

from __future__ import annotations

import json
import math
import sys

import pytest

from surrogate.errors import SettingsError
from surrogate.evaluation.documents import finite, frame
from surrogate.evaluation.gate.verdict import Checked, GateRow

CHECKED = Checked("<script>fno</script>", (GateRow("quality", "rmse", "pass", 1.0, 1.1, 0.1),), ("one & two",), True)


def test_what_is_not_finite_is_null_wherever_it_stands():
    tree = {"a": (1.0, math.nan), "b": [{"c": math.inf}], "d": "nan"}
    assert finite(tree) == {"a": [1.0, None], "b": [{"c": None}], "d": "nan"}


def test_a_result_is_json_as_it_is():
    row = json.loads(json.dumps(CHECKED.to_dict()))["rows"][0]
    assert (row["name"], row["now"], row["low"]) == ("rmse", 1.1, None)


def test_a_notebook_shows_the_tables_and_obeys_no_name():
    shown = CHECKED._repr_html_()
    assert "RMSE" in shown
    assert "one &amp; two" in shown
    assert "<script" not in shown


def test_a_data_frame_without_pandas_is_refused_in_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="pip install pandas"):
        frame([{"a": 1}])
