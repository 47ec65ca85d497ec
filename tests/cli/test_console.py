"""Laws of what is shown: names and titles of files are shown, and a terminal obeys none of them."""

import io
import json
import re

import pytest

from surrogate.cli import console
from surrogate.errors import InputError, visible
from surrogate.evaluation.report.cells import cell
from surrogate.evaluation.report.page import page

# A title that clears the screen, renames the window, copies, links, hides and turns text round, and feeds rich markup.
NASTY = (
    "\x1b[2J\x1b]0;gone\x07\x1b]52;c;eA==\x07\x9b31m\x7f\r\x08\u202etxt\u2066\u200b\u2028[red]:smile:[link=x]\udcff\n"
    "[/]\\[/dim] <b>é 日本"
)
ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(params=[False, True], ids=["file", "terminal"])
def written(request, monkeypatch):
    """Return what was written to both streams, but for the colours of our own on a terminal."""
    streams = []
    for name in ("out", "err"):
        text = io.StringIO()
        made = console.Plain(
            file=text, force_terminal=request.param, color_system="standard" if request.param else None,
            highlight=False, emoji=False, soft_wrap=True, width=300, _environ={},
        )  # fmt: skip
        monkeypatch.setattr(console, name, made)
        streams.append(text)
    return lambda: re.sub(r"\x1b\[[\d;]*m", "", "".join(text.getvalue() for text in streams))


SHOWN = {
    "table": lambda: console.table(NASTY, [NASTY, NASTY], [[NASTY, NASTY]]),
    "figures": lambda: console.figures(NASTY, {NASTY: NASTY}),
    "fail": lambda: console.fail(NASTY),
    "note": lambda: console.note(NASTY),
    "next": lambda: console.next_step(NASTY),
    "print": lambda: console.out.print(NASTY, markup=False),
    "yaml": lambda: console.yaml({"title": NASTY.replace("\udcff", "")}),
    "json": lambda: console.out.print_json(json.dumps({"title": NASTY})),
    "json without ASCII": lambda: console.out.print_json(data={"title": NASTY}),
}


@pytest.mark.parametrize("how", SHOWN)
def test_nothing_of_a_name_is_obeyed_by_a_terminal(written, how):
    SHOWN[how]()
    text = written()
    assert ESCAPES.search(text) is None
    assert "日本" in text or "\\u65e5" in text


@pytest.mark.parametrize("how", ["fail", "note", "next"])
def test_what_is_one_line_stays_one_line(written, how):
    SHOWN[how]()
    assert written().count("\n") == 1


def test_a_name_is_shown_as_it_is_not_as_markup(written):
    console.figures("x", {"[red]a[/]": ":smile: [link=y]"})
    assert "[red]a[/]" in written()
    assert ":smile: [link=y]" in written()


def test_progress_shows_names_without_obeying_them(written):
    with console.progress(NASTY, 2) as show:
        show(1, NASTY)
        show(2, NASTY)
    text = written()
    kept = re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\r|\x1b\[\?25[hl]", "", text)
    assert ESCAPES.search(kept) is None


def test_an_error_of_a_library_that_quotes_a_file_is_one_line_of_plain_text():
    line = str(InputError(f"a.h5: not ours ({NASTY})"))
    assert ESCAPES.search(line) is None
    assert "\n" not in line
    assert "\\x1b[2J" in line


def test_an_error_never_fills_the_screen():
    assert len(str(InputError("x" * 10**6))) == 1000


def test_json_stays_json(written):
    console.out.print_json(data={"title": "a\x7f\u202e"})
    assert json.loads(written()) == {"title": "a\x7f\u202e"}


def test_a_page_shows_what_would_turn_its_text_round():
    html = page("report", NASTY.replace("\udcff", ""), {"headline": NASTY.replace("\udcff", ""), "facts": {}}, [])
    assert "\\x1b[2J" in html
    assert ESCAPES.search(html.replace("\t", "")) is None


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-a", "@x", "a\x1bb"])
def test_a_name_in_a_table_of_numbers_is_no_formula(name):
    assert cell(name) in (f"'{name}", "a\\x1bb")


def test_letters_of_all_languages_stay():
    assert visible("é 日本 ا‌ب 👩‍🔬 ñ") == "é 日本 ا‌ب 👩‍🔬 ñ"
