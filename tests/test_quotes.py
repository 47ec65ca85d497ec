"""What the pages quote from the code is in the code."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A block whose first line names a file of ours is what stands in that file, moved to the margin.
QUOTE = re.compile(r"^```python\n# (surrogate/\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTES = [
    (page.relative_to(ROOT), *quote)
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for quote in QUOTE.findall(page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("page", "file", "text"), QUOTES, ids=lambda value: str(value) if len(str(value)) < 50 else "")
def test_a_quoted_piece_of_code_stands_in_its_file(page, file, text):
    lines, wanted = (ROOT / file).read_text(encoding="utf-8").splitlines(), text.splitlines()
    pieces = (textwrap.dedent("\n".join(lines[start : start + len(wanted)])) for start in range(len(lines)))
    assert text.rstrip("\n") in pieces, f"{page} quotes {file} as it no longer is"


def test_pages_quote_the_hearts_of_two_models_and_an_equation():
    hearts = {"surrogate/models/fno.py", "surrogate/models/mgno.py", "surrogate/equations/allen_cahn.py"}
    assert hearts <= {file for _, file, _ in QUOTES}
