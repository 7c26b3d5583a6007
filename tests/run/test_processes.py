"""Tasks in several processes: in order, with their errors and warnings, and gone with the process that started them."""

import math
import os
import signal
import subprocess
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import pytest

from cisgram.errors import ConfigError, FormatError, LostProcessError
from cisgram.io.files import require_file
from cisgram.run.processes import in_processes

# What other processes do must be found by name there, so that it is what libraries have: partial(partial, f) opens f.


def opened(function, **options):
    return partial(partial, function, **options)


def test_results_come_in_the_order_of_the_tasks():
    found = in_processes(opened(math.factorial), range(6), processes=2, what="test")
    assert list(found) == [1, 1, 2, 6, 24, 120]


def test_one_process_and_one_task_stay_here():
    assert list(in_processes(lambda: lambda _: os.getpid(), [1], processes=5, what="test")) == [os.getpid()]
    assert list(in_processes(lambda: pytest.fail("opened for nothing"), [], processes=3, what="test")) == []


def test_at_least_one_process_must_work():
    with pytest.raises(ConfigError, match="at least 1; got 0"):
        list(in_processes(opened(math.sqrt), [1], processes=0, what="test"))


@pytest.mark.slow
def test_the_first_error_is_raised_as_it_was_and_what_came_before_it_is_handed_on(tmp_path):
    whole, empty = tmp_path / "whole", tmp_path / "empty"
    whole.write_text("x")
    empty.touch()
    found = in_processes(opened(require_file, what="a test"), [whole, empty, whole], processes=2, what="test")
    assert next(found) == whole
    with pytest.raises(FormatError, match="empty") as raised:
        next(found)
    assert raised.value.path == str(empty)


@pytest.mark.slow
def test_warnings_of_others_are_given_here_in_order():
    found = in_processes(opened(warnings.warn, category=UserWarning), ["first", "second"], processes=2, what="test")
    with pytest.warns(UserWarning, match="first|second") as seen:
        list(found)
    assert [str(one.message) for one in seen] == ["first", "second"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no such signals here")
def test_a_process_that_is_killed_is_missed_and_said_so():
    with pytest.raises(LostProcessError, match="test: one of 2 processes was ended from outside"):
        list(in_processes(opened(signal.raise_signal), [signal.SIGKILL, signal.SIGKILL], processes=2, what="test"))


SLEEPERS = """
import sys, time
from functools import partial
from cisgram.run.processes import in_processes
if __name__ == "__main__":
    found = in_processes(partial(partial, time.sleep), [0, 0, 600, 600], processes=2, what="test")
    next(found), next(found)
    print("asleep", flush=True)
    next(found)
"""


def children_of(pid):
    """Processes that another has started and that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(words[1]) == pid and words[0] != "Z":
            found.append(int(status.parent.name))
    return found


def is_running(pid):
    """Whether it is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_the_others_end_with_the_process_that_started_them_however_it_ends(name, tmp_path):
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"asleep"
        others = children_of(process.pid)
        assert len(others) >= 2
        process.send_signal(getattr(signal, name))
        assert process.wait(20) != 0
    until = time.monotonic() + 10
    while any(map(is_running, others)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [one for one in others if is_running(one)]
