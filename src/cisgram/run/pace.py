"""Plain log lines that say how far a long piece of work is, its rate, and the time left."""

import logging
import time
from collections.abc import Callable


def logged_pace(logger: logging.Logger, what: str, *, every_s: float = 10.0) -> Callable[[int, int], None]:
    """Make a function ``progress(n_done, n_total)`` that logs a line every so often.

    Parameters
    ----------
    logger
        Where to.
    what
        What is counted, e.g. ``windows``.
    every_s
        Seconds between lines.
    """
    began = spoken = time.monotonic()

    def progress(n_done: int, n_total: int) -> None:
        nonlocal spoken
        now = time.monotonic()
        if now - spoken < every_s and n_done < n_total:
            return
        spoken = now
        rate = n_done / max(now - began, 1e-9)
        left = (n_total - n_done) / max(rate, 1e-9)
        logger.info("%d of %d %s, %.1f per second, %.0f s left", n_done, n_total, what, rate, left)

    return progress
