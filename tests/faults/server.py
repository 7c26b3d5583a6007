"""A process that has everything imported and forks one process per command, so that a command starts at once.

Reads one JSON object per line and answers with one:

* ``{"do": "start", "arguments": [...], "order": {...}, "says": path}`` gives ``{"process": id}``;
* ``{"do": "wait", "process": id, "seconds": s}`` gives ``{"code": n}``, or ``{"code": null}`` where it still works;
* ``{"do": "look", ...}`` gives ``{"is_over": ...}`` and leaves the exit code to be asked for;
* ``{"do": "kill", "process": id}`` ends it and all that it started.
"""

import io
import json
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults.disturb import Disturber

_MODULES = (
    "tests.faults.known",
    "modiscolite",
    "cisgram.run",
    "cisgram.report.page",
    "cisgram.cli.main",
    "cisgram.run.demo",
    "cisgram.run.variants.score",
)


def serve() -> None:
    """Answer until standard input ends."""
    for name in _MODULES:
        import_module(name)
    _answer({"is_ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "start":
            _answer({"process": _start(asked)})
        elif asked["do"] == "wait":
            _answer({"code": _wait(asked["process"], asked["seconds"])})
        elif asked["do"] == "look":
            _answer({"is_over": _look(asked["process"], asked["seconds"])})
        elif asked["do"] == "kill":
            with suppress(ProcessLookupError):
                os.killpg(asked["process"], signal.SIGKILL)
            _answer({"code": _wait(asked["process"], 60)})


def _answer(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def _start(asked: dict[str, Any]) -> int:
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        os.setsid()
        _redirect(Path(asked["says"]))
        code = _command(asked)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(says: Path) -> None:
    """Standard output and standard error into files of their own."""
    for number, suffix in ((1, ".out"), (2, ".err")):
        handle = os.open(says.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _command(asked: dict[str, Any]) -> int:
    """Run ``cisgram`` with these arguments as the shell would; returns its exit code."""
    main = import_module("cisgram.cli.main").main

    os.environ.update(asked["environment"])
    if asked["is_blank"]:
        _leave_out_pictures()
    if asked["known"]:
        import_module("tests.faults.known").take_known(asked["known"], Path(asked["kept"]), asked["digests"])
    disturber = Disturber(asked["order"])
    sys.argv = ["cisgram", *asked["arguments"]]
    held = (io.StringIO(), io.StringIO()) if asked["order"]["kind"] == "limit" else ()
    if held:  # what it says must not count as a file
        sys.stdout, sys.stderr = held
    disturber.install()
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        disturber.write_counts()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        for text, stream in zip(held, (sys.stdout, sys.stderr), strict=False):
            stream.write(text.getvalue())
    return 0


def _leave_out_pictures() -> None:
    """Every picture is one dot: drawing takes half the time of a small run, and opens no file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    def print_png(self: FigureCanvasAgg, target: Any, **_: Any) -> None:
        Image.new("L", (1, 1)).save(target, format="png")

    FigureCanvasAgg.print_png = print_png  # pyright: ignore[reportAttributeAccessIssue]


def _wait(process: int, seconds: float) -> int | None:
    """Exit code, negative for a signal; None where it is not over in time."""
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            return None
        time.sleep(0.01)


def _look(process: int, seconds: float) -> bool:
    """Whether it is over, after so many seconds at most."""
    end = time.monotonic() + seconds
    while True:
        is_over = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        if is_over or time.monotonic() >= end:
            return is_over
        time.sleep(0.01)


if __name__ == "__main__":
    serve()
