"""Whoever reads, stops reading or hangs up: the work goes on, or stops so that it can go on, and says so."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surrogate.cli import console

SURROGATE = (sys.executable, "-m", "surrogate")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
ENVIRONMENT |= {"OMP_NUM_THREADS": "1"}
COUNTS = ("count.train=8", "count.valid=4", "count.test=4", "certificate.samples=0")
# The data have no certificate, which is not what is tried here.
TRAIN = ("train", "data=data/tiny", "model=fno", "allow_uncertified=true")


@contextlib.contextmanager
def unread():
    """Give the end for writing of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def deaf(*words, cwd):
    """Return the exit code of `surrogate` when the reader of all that it prints has gone."""
    with unread() as pipe:
        return subprocess.run([*SURROGATE, *words], cwd=cwd, env=ENVIRONMENT, stdout=pipe, stderr=pipe).returncode


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a folder with a tiny data set, made while nobody read what was printed."""
    folder = tmp_path_factory.mktemp("place")
    assert deaf("generate", "recipe=darcy_rough", "grid=16", *COUNTS, "out=data/tiny", cwd=folder) == 0
    return folder


def status(run):
    return json.loads((run / "run.json").read_text())["status"]


def test_a_training_goes_on_when_its_reader_leaves_and_is_finished(place):
    assert deaf(*TRAIN, "trainer.epochs=2", "out=runs/unread", cwd=place) == 0
    assert status(place / "runs/unread") == "finished"


@pytest.mark.slow
def test_every_point_of_a_sweep_in_processes_of_its_own_goes_on_when_the_reader_leaves(place):
    words = ("-m", "seed=0,1", "trainer.epochs=1", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert deaf(*TRAIN, *words, "out=runs/sweep", cwd=place) == 0
    assert [status(place / "runs/sweep" / name) for name in ("seed0", "seed1")] == ["finished", "finished"]


@pytest.mark.parametrize(
    ("words", "code"), [(("list", "recipes"), 0), (("--help",), 0), (("list", "x"), 2), (("info", "x"), 65)]
)
def test_a_command_that_nobody_listens_to_has_its_own_exit_code(tmp_path, words, code):
    assert deaf(*words, cwd=tmp_path) == code


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed_from_the_start(tmp_path, closed):
    command = f"{sys.executable} -m surrogate list models {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (">&-" in closed.replace("2>&-", "")) == (done.stdout == "")


def test_no_file_that_is_opened_takes_the_place_of_a_closed_stream(tmp_path):
    """What is printed would go into it."""
    opens = "print(open('file', 'w').fileno() > 2, file=open('out', 'w'))"
    code = f"from surrogate.cli import streams; streams.prepare(); {opens}"
    command = f'{sys.executable} -c "{code}" <&- >&- 2>&-'
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, check=True)
    assert (tmp_path / "out").read_text() == "True\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_disk_that_takes_no_output_is_told(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*SURROGATE, "list", "models"], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 74
    assert done.stderr.decode().startswith("error: standard output: No space left on device")


@pytest.fixture
def attended():
    """Hangups are not ignored, as they are where the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("attended")
def test_a_hangup_stops_a_training_so_that_it_goes_on_by_the_same_command(place):
    words = (*TRAIN, "trainer.epochs=60", "out=runs/hung")
    process = subprocess.Popen([*SURROGATE, *words], cwd=place, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    history = place / "runs/hung/history.jsonl"
    while process.poll() is None and not (history.is_file() and history.stat().st_size):
        time.sleep(0.05)
    for _ in range(2):  # a terminal that closes may say it twice
        process.send_signal(signal.SIGHUP)
    errors = process.communicate()[1]
    assert process.returncode == 75, errors
    assert "the same command goes on from there" in errors
    assert status(place / "runs/hung") == "running"


@pytest.mark.usefixtures("attended")
def test_the_first_hangup_asks_to_stop_and_no_further_one_interrupts(capsys):
    with console.stoppable() as should_stop:
        assert not should_stop()
        for _ in range(3):
            signal.raise_signal(signal.SIGHUP)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_a_hangup_that_is_ignored_from_the_start_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with console.stoppable() as should_stop:
            signal.raise_signal(signal.SIGHUP)
            assert not should_stop()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_without_a_safe_point_ends_with_a_word_and_code_75(capsys, number):
    with pytest.raises(console.typer.Exit) as ended:
        console.guarded(lambda: signal.raise_signal(number))()
    assert ended.value.exit_code == 75
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(number) is signal.SIG_DFL


def on_terminal(*command, **environment):
    """Return what a command prints on a terminal of the kind that the environment names."""
    ours, its = pty.openpty()
    process = subprocess.Popen(command, env=ENVIRONMENT | environment, stdout=its, stderr=its)
    os.close(its)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the other side has closed
        while block := os.read(ours, 65536):
            shown += block
    os.close(ours)
    assert process.wait() == 0, shown.decode()
    return shown.decode()


SHOWING = """
from surrogate.cli import console
with console.progress("train", 1) as show:
    show(1, "done")
"""


def test_a_terminal_that_knows_no_codes_gets_none_and_still_sees_progress():
    assert on_terminal(sys.executable, "-c", SHOWING, TERM="dumb") == "train 1/1  done\r\n"
    assert "\x1b" in on_terminal(sys.executable, "-c", SHOWING, TERM="xterm")


def test_no_color_means_no_colours():
    coloured = re.compile(r"\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[0-9;]*m")
    assert coloured.search(on_terminal(*SURROGATE, "--help", TERM="xterm-256color"))
    assert not coloured.search(on_terminal(*SURROGATE, "--help", TERM="xterm-256color", NO_COLOR="1"))
