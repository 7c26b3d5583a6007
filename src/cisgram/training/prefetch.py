"""Prepare the next batches in a thread of their own while the model computes."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


@contextmanager
def prefetched(items: Iterator[Item], *, depth: int = 2) -> Iterator[Iterator[Item]]:
    """Run an iterator in a background thread, a few items ahead.

    Items come in the same order; an exception of the iterator is raised where its item would have come. When
    the block ends, early or not, the thread has ended too and the iterator is closed.

    Parameters
    ----------
    items
        Where items come from; touched by nobody else from here on.
    depth
        Items that are ready, or in the making, at most.

    Examples
    --------
    >>> with prefetched(iter("abc")) as letters:
    ...     list(letters)
    ['a', 'b', 'c']
    """
    ready: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
    places = threading.Semaphore(depth)
    stopping = threading.Event()
    worker = threading.Thread(target=_produce, args=(items, ready, places, stopping), name="prefetch", daemon=True)
    worker.start()
    try:
        yield _consume(ready, places)
    finally:
        stopping.set()
        places.release()  # wakes the thread where it waits for a place
        worker.join()


def _produce(
    items: Iterator[Item], ready: "queue.SimpleQueue", places: threading.Semaphore, stopping: threading.Event
) -> None:
    """Put items in the queue until there are no more or nobody wants them."""
    try:
        while True:
            places.acquire()
            if stopping.is_set():
                break
            try:
                item = next(items)
            except StopIteration:
                break
            ready.put(("item", item))
    except BaseException as error:  # whatever it is, it belongs to the consumer
        ready.put(("error", error))
    else:
        ready.put(("end", None))
    finally:
        if (close := getattr(items, "close", None)) is not None:
            close()


def _consume(ready: "queue.SimpleQueue", places: threading.Semaphore) -> Iterator:
    """Take items from the queue, each making a place for the next."""
    while True:
        kind, value = ready.get()
        if kind == "end":
            return
        if kind == "error":
            raise value
        places.release()
        yield value
