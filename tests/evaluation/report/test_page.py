"""A page that a browser opens by itself: sorting, policy, no request, and what is said without any script."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.report.page import Block, order, page
from surrogate.evaluation.report.sections import Section, Table

VOID = {"meta", "img", "input", "br", "wbr", "hr", "link"}
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


class Nesting(HTMLParser):
    """Every element that is opened is closed in its turn; ``ids`` and ``links`` are those met."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(specify, dataset, make_run, settings):
    """Give the report of a step task whose fields have a hostile name."""
    spec = specify((8, 8), task="step", times=(0.0, 0.1, 0.2), names=("force", HOSTILE))
    evaluation = evaluate(settings(make_run(dataset(spec))))
    return write_report(evaluation)


def test_every_element_is_closed_and_every_entry_of_the_contents_leads_somewhere(written):
    parser = Nesting()
    parser.feed(written.read_text(encoding="utf-8"))
    assert parser.open == []
    assert len(set(parser.ids)) == len(parser.ids)
    assert [link.removeprefix("#") for link in parser.links] == parser.ids


def test_the_policy_knows_the_one_script_by_its_hash_and_allows_no_request(written):
    text = written.read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "img-src data:;" in policy


def test_what_came_with_the_data_is_text(written):
    text = written.read_text(encoding="utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "<img src=x" not in text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.38 %", 1.38),
        ("-2e-05 to 3.1e-05", -2e-5),
        ("4 076 385", 4076385),
        ("24 ms", 0.024),
        ("1.5 µs", 1.5e-6),
        ("4 min 10 s", 250),
        ("2 h 3 min", 7380),
        ("83 ms (80 ms to 94 ms), eager", 0.083),
        ("64 x 64", 64),
        ("0.12 m", 0.12),
        ("not finite", np.inf),
    ],
)
def test_cells_are_ordered_by_what_they_mean(text, number):
    assert float(order(text).replace("Infinity", "inf")) == pytest.approx(number)


def test_words_have_no_number():
    assert [order(text) for text in ("", "none", "relative L2", "e5")] == [None] * 4


def test_a_short_text_makes_a_short_page():
    table = Table("", ("name", "value"), (("a", "1"), ("b", "2")))
    text = page(
        "kind", "title", {"headline": "", "facts": {}}, [Block("t", "T", "section", Section("T", "", (table,)))]
    )
    assert len(text) < 20_000
