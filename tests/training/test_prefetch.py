"""Batches prepared in the background come in order, fail in order, and stop cleanly."""

import threading
import time

import pytest

from cisgram.training.prefetch import prefetched


def n_threads():
    return sum(thread.name == "prefetch" for thread in threading.enumerate())


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
def test_items_come_all_and_in_order(n):
    with prefetched(iter(range(n))) as items:
        assert list(items) == list(range(n))
        assert list(items) == []


def test_the_work_is_done_by_another_thread():
    with prefetched(threading.get_ident() for _ in range(1)) as items:
        assert next(items) != threading.get_ident()


def test_an_exception_comes_where_its_item_would_have():
    def failing():
        yield 1
        yield 2
        raise ValueError("the third is broken")

    with prefetched(failing()) as items:
        assert [next(items), next(items)] == [1, 2]
        with pytest.raises(ValueError, match="the third is broken"):
            next(items)
    assert n_threads() == 0


def test_only_so_many_items_are_made_ahead():
    made = []

    def counting():
        for number in range(100):
            made.append(number)
            yield number

    with prefetched(counting(), depth=2) as items:
        for taken in range(1, 6):
            next(items)
            time.sleep(0.02)
            assert len(made) <= taken + 2
        assert len(made) == 7


def test_leaving_early_ends_the_thread_and_closes_the_iterator():
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    with prefetched(endless()) as items:
        next(items)
    assert n_threads() == 0
    assert closed == [True]


def test_leaving_by_an_exception_ends_the_thread_too():
    def leave(items):
        next(items)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"), prefetched(iter(range(10))) as items:
        leave(items)
    assert n_threads() == 0


def test_the_next_item_is_made_while_one_is_used():
    second_is_made = threading.Event()

    def telling():
        yield 1
        second_is_made.set()
        yield 2

    with prefetched(telling()) as items:
        assert next(items) == 1
        assert second_is_made.wait(timeout=10)
