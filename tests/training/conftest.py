"""Makes the toy training, which is a program too, importable by the tests."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True, scope="module")
def one_thread_for_what_tests_share():
    """Trainings that several tests compare theirs with are made before the threads of a test are set."""
    with _one_thread():
        yield


@pytest.fixture(autouse=True)
def one_thread():
    """Results are compared bit by bit with those of programs on one thread; other libraries set another number."""
    with _one_thread():
        yield
