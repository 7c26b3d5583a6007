"""Stop a long computation at a good moment when the system (SIGTERM) or the user (Ctrl-C) asks for it."""

import os
import signal
import threading
from contextlib import AbstractContextManager
from multiprocessing import active_children
from types import FrameType, TracebackType

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class TrainingStopped(SystemExit):
    """A training was stopped by SIGTERM after its state was saved; left alone, it ends the program with code 143.

    Parameters
    ----------
    message
        What was saved where, and how to go on.
    """

    def __init__(self, message: str) -> None:
        super().__init__(128 + signal.SIGTERM)
        self.message = message

    def __str__(self) -> str:
        return self.message


class StopRequest(AbstractContextManager):
    """Note a stop signal during a ``with`` block instead of dying of it.

    The first signal is noted in :attr:`signal_name`. Python takes signals in its main thread only; in another
    nothing is changed.

    Parameters
    ----------
    second_acts
        A second signal does what it did before the block. Else it is passed over, as it must be where several
        processes stop together: a terminal sends Ctrl-C to all of them, and each may be told by another besides.
    forward
        Pass the signal on to the processes that this one started.

    Examples
    --------
    >>> with StopRequest() as stop:
    ...     signal.raise_signal(signal.SIGTERM)
    ...     stop.signal_name
    'SIGTERM'
    """

    def __init__(self, *, second_acts: bool = True, forward: bool = False) -> None:
        self.signal_name = ""
        self._second_acts, self._forward = second_acts, forward
        self._before: dict[int, object] = {}

    def __enter__(self) -> "StopRequest":
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNALS:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what Python calls it with
        self.signal_name = self.signal_name or signal.Signals(number).name
        if self._second_acts:
            self._restore()
        if self._forward:
            for child in active_children():
                if child.pid is not None:
                    os.kill(child.pid, number)

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
