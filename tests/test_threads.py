import subprocess
import sys

import numba
import pytest

from cisgram.threads import threads_for

PROGRAM = """
import numba, numpy as np, torch
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.scanning.best_scores import best_scores
from cisgram.genomics.motif import Motif
torch.set_num_threads(1)
sequences = SequenceSet.from_codes([np.zeros(500, np.uint8)] * 1000)
best_scores(Motif.from_consensus("m", "TTACCC"), sequences)
assert numba.threading_layer()  # a parallel kernel has run
print(torch.get_num_threads())
"""


def test_parallel_kernels_leave_the_threads_of_torch_alone():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_small_work_gets_one_thread_and_the_callers_number_comes_back():
    before = numba.get_num_threads()
    with threads_for(10):
        assert numba.get_num_threads() == 1
    with threads_for(10**9):
        assert numba.get_num_threads() == before
    with pytest.raises(ZeroDivisionError), threads_for(10):
        raise ZeroDivisionError
    assert numba.get_num_threads() == before
