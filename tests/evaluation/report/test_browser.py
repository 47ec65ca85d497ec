"""Pages in a real browser, headless: no complaint, no request, tables that sort, a roll-out that plays.

The browser is driven over its DevTools pipe: no driver package, no port, a fresh profile each time.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.evaluation.compare.comparison import compare
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.report.comparison_page import write_report as write_comparison
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.report.sections import Section, Table

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


# The protocol's pipes are the descriptors 3 and 4 of the browser; the copies do not tread on each other.
_LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for place, end in enumerate(ends, start=3):
    os.dup2(end, place)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def find() -> str | None:
    """Return the browser that CHROMIUM names, or the first of those known that is installed."""
    named = os.environ.get("CHROMIUM")
    return named or next((program for name in NAMES if (program := shutil.which(name))), None)


class Browser:
    """One browser with one tab; ``events`` are all that it reported, in order."""

    def __init__(self, program: str, profile: Path) -> None:
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        call = [sys.executable, "-c", _LAUNCH, str(commands), str(answers), program, *_FLAGS]
        call += [f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            call, pass_fds=(commands, answers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(commands)
        os.close(answers)
        self._rest, self._number, self._session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        tab = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return what the browser answers to a command of the protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def open(self, path: Path) -> float:
        """Load a file, wait until its load event, and return the seconds that took."""
        self.events.clear()
        started = time.perf_counter()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())
        return time.perf_counter() - started

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        reply = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def complaints(self) -> list[str]:
        """Return what the page wrote to the console, exceptions and reports of the policy included."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(event["params"]) for event in self.events if event["method"] in kinds]

    def requests(self) -> list[str]:
        """Return the first letters of every address that was asked for."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [parameters["request"]["url"][:200] for parameters in sent]

    def close(self) -> None:
        """End the browser and wait for it."""
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._to)
            os.close(self._from)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._from], [], [], 60)[0], "the browser says nothing for a minute"
            received = os.read(self._from, 1 << 20)
            assert received, "the browser has ended"
            self._rest += received
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


ROWS = (("b", "900 ms", "2 %"), ("a", "1.2 s", "10 %"), ("c", "", "0.5 %"), ("d", "4 min 2 s", "not finite"))
TABLE = 'document.querySelector("#suite-0 table")'


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = find()
    if program is None:
        pytest.skip("no Chromium is installed; CHROMIUM names one")
    opened = Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def written(specify, dataset, make_run, settings):
    """Give the report of a roll-out with a table whose order is known."""
    spec = specify((16, 16), task="step", times=tuple(0.1 * k for k in range(9)), condition="periodic")
    evaluation = evaluate(settings(make_run(dataset(spec))))
    return write_report(evaluation, (Section("A suite", "", (Table("", ("name", "time", "error"), ROWS),)),))


@pytest.fixture(scope="module")
def compared(specify, dataset, make_run, tmp_path_factory):
    """Give the report of a comparison of two runs of different size."""
    data = dataset(specify((16,), task="step", times=(0.0, 0.1, 0.2)))
    tree = compose_tree("compare", [])
    runs = [make_run(data), make_run(data, "model=fno", "model.hidden_channels=6", "model.n_modes=2")]
    config = read(CompareConfig, tree | {"runs": [str(run) for run in runs], "device": "cpu"})
    return write_comparison(compare(config), tmp_path_factory.mktemp("compare"))


def cells(browser, column=0):
    return browser.run(f"[...{TABLE}.tBodies[0].rows].map((row) => row.cells[{column}].textContent)")


def click(browser, column):
    browser.run(f"{TABLE}.tHead.rows[0].cells[{column}].querySelector('button').click()")


def test_a_report_opens_in_less_than_two_seconds_without_a_complaint_or_a_request(browser, written):
    # The machine may have other work; one quiet moment is enough to show how long the page takes.
    assert any(browser.open(written) < 2 for _ in range(5))
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith("data:image/")] == [written.as_uri()]


def test_a_comparison_opens_without_a_complaint_or_a_request(browser, compared):
    browser.open(compared)
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith("data:image/")] == [compared.as_uri()]
    setting = "document.querySelector('#settings tbody').textContent"
    assert "model.hidden_channels" in browser.run(setting)


def test_the_policy_stops_what_is_not_ours(browser, written, tmp_path):
    planted = tmp_path / "planted.html"
    text = written.read_text(encoding="utf-8")
    evil = '<script>document.title = "owned"</script><img src="http://127.0.0.1:9/x.png" onerror="document.title=1">'
    planted.write_text(text.replace("<main>", f"<main>{evil}"), encoding="utf-8")
    browser.open(planted)
    assert "owned" not in browser.run("document.title")
    assert len(browser.complaints()) >= 2


def test_a_click_on_a_heading_sorts_the_rows_and_a_second_one_turns_them_round(browser, written):
    browser.open(written)
    assert cells(browser) == ["b", "a", "c", "d"]
    click(browser, 1)
    assert cells(browser) == ["b", "a", "d", "c"]  # 0.9 s, 1.2 s, 242 s, and nothing
    click(browser, 1)
    assert cells(browser) == ["d", "a", "b", "c"]
    click(browser, 2)
    assert cells(browser) == ["c", "b", "a", "d"]
    click(browser, 0)
    assert cells(browser) == ["a", "b", "c", "d"]
    assert browser.run(f"{TABLE}.querySelectorAll('[aria-sort]').length") == 1


def test_sorting_any_table_by_any_column_permutes_its_rows(browser, written):
    browser.open(written)
    kept = browser.run(
        """[...document.querySelectorAll("table.sortable")].every((table) => {
             const rows = () => [...table.tBodies[0].rows].map((row) => row.textContent).sort().join("|");
             const before = rows();
             return [...table.tHead.rows[0].cells].every((heading) => {
               heading.querySelector("button")?.click();
               return rows() === before;
             });
           })"""
    )
    assert kept is True


def test_a_roll_out_shows_one_frame_at_a_time_and_follows_its_slider(browser, written):
    reduced = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.call("Emulation.setEmulatedMedia", features=reduced)
    browser.open(written)
    seen = "[...document.querySelectorAll('.frames')].map((f) => [...f.children].map((i) => i.offsetWidth > 0))"
    assert browser.run("document.querySelector('.controls button').textContent") == "Play"
    browser.run(
        "(s => { s.value = 3; s.dispatchEvent(new Event('input')) })(document.querySelector('.controls input'))"
    )
    assert browser.run(seen) == [[k == 3 for k in range(8)]] * 3
    browser.call("Emulation.setEmulatedMedia", media="print")
    printed = browser.run(seen)
    assert [sum(frames) for frames in printed] == [6] * 3
    browser.call("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-reduced-motion", "value": ""}])
    browser.open(written)
    assert browser.run("document.querySelector('.controls button').textContent") == "Pause"


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_wider_than_the_screen(browser, written, width):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.open(written)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_without_a_script_everything_is_there(browser, written):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(written)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert np.array(browser.run("[...document.querySelectorAll('.frames img')].map((i) => i.offsetWidth > 0)")).all()
    assert json.loads(browser.run("JSON.stringify(document.querySelector('.controls').hidden)")) is True
    assert cells(browser) == ["b", "a", "c", "d"]
