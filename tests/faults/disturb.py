"""Inside the process that runs a command: count its file operations by step, and do the harm that was ordered."""

import errno
import json
import logging
import os
import re
import resource
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

_BEGINS = re.compile(r"^(\S+): begins")
_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
START = "start"
"""What comes before the first step."""


class Disturber:
    """Listens to the events that Python tells of (:func:`sys.addaudithook`), and acts on the one that it waits for.

    Parameters
    ----------
    order
        ``kind``, ``step``, ``at`` as a fault has them (kind ``""`` for none), ``folders`` whose changes count,
        ``inputs`` whose readings count too, ``victim`` and ``with`` for inputs that are lost or changed, ``log`` where
        the counts are written to.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self.order, self.step, self.is_over, self.is_busy = order, START, False, False
        self.kind, self.at = order["kind"], order["at"]
        self.counts: dict[str, Counter[str]] = {START: Counter()}
        self.folders = tuple(str(folder) for folder in order["folders"])
        self.sources = (*self.folders, *(str(folder) for folder in order["inputs"]))

    def install(self) -> None:
        """Begin to listen."""
        logging.getLogger("cisgram.run.pipeline").addFilter(self._note_step)
        if self.kind == "limit" and self.order["step"] == START:
            self._limit()
        sys.addaudithook(self._hear)

    def write_counts(self) -> None:
        """Leave what was counted for the harness, and lift a limit."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if self.order["log"]:
            self.is_busy = True
            Path(self.order["log"]).write_text(json.dumps(self.counts))

    def _note_step(self, record: logging.LogRecord) -> bool:
        if begins := _BEGINS.match(record.getMessage()):
            self.step = begins[1]
            self.counts[self.step] = Counter()
            if self.kind == "limit" and self.step == self.order["step"]:
                self._limit()
        return True

    def _limit(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(self.at), resource.RLIM_INFINITY))

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_busy or not (event == "open" or event in _CHANGES):
            return
        self.is_busy = True
        try:
            self._weigh(event, arguments)
        finally:
            self.is_busy = False

    def _weigh(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = str(Path(os.fsdecode(arguments[0])).absolute())
        is_writing = event != "open" or bool((arguments[2] or 0) & _WRITING)
        if is_writing and path.startswith(self.folders):
            self._count("operations", path)
            if event == "open":
                self._count("writes", path)
        elif event == "open" and path.startswith(self.sources) and not Path(path).is_dir():
            self._count("reads", path)

    def _count(self, what: str, path: str) -> None:
        own = self.counts[self.step]
        own[what] += 1
        is_after = self.is_over and self.kind == "full"
        if (self.step == self.order["step"] and own[what] >= self.at and not self.is_over) or is_after:
            awaited = {"full": "writes", "denied": "reads"}.get(self.kind, "operations")
            if what == awaited:
                self.is_over = True
                self._act(path)

    def _act(self, path: str) -> None:
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.kind == "term":
            os.kill(os.getpid(), signal.SIGTERM)
        elif self.kind in ("full", "eio", "denied"):
            _fail({"full": errno.ENOSPC, "eio": errno.EIO, "denied": errno.EACCES}[self.kind], path)
        elif self.kind == "input_lost":
            Path(self.order["victim"]).unlink()
        elif self.kind == "input_changed":
            shutil.copyfile(self.order["with"], self.order["victim"])


def _fail(number: int, path: str) -> NoReturn:
    raise OSError(number, os.strerror(number), path)
