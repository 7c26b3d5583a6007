"""The allocator's options, in a process of their own since they last."""

import platform
import subprocess
import sys

import pytest
import torch
from torch import nn

from cisgram.nn.memory import kept_for_gradient

COUNT_FAULTS = """
import resource, sys
import numpy as np
from cisgram.nn.memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
for _ in range(3):
    np.ones(10_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    np.ones(10_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")
def test_kept_memory_is_used_again_without_asking_the_system():
    def faults(how):
        ran = subprocess.run([sys.executable, "-c", COUNT_FAULTS, how], capture_output=True, text=True, check=True)
        return int(ran.stdout)

    assert faults("keep") * 10 < faults("default")


def test_what_a_step_keeps_is_what_its_layers_need_for_the_gradient():
    # Norm: its input, and mean and deviation of 3 channels. ReLU: its result, once, though the next layer keeps it too.
    model = nn.Sequential(nn.Conv1d(4, 3, 1), nn.BatchNorm1d(3), nn.ReLU(), nn.Conv1d(3, 2, 1))
    numbers = 4 * 10 + 3 * 10 + 2 * 3 + 3 * 10
    model.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert kept_for_gradient(model, torch.rand(1, 4, 10)) == 4 * numbers
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_twice_the_windows_keep_twice_as_much_and_half_the_precision_less():
    model = nn.Sequential(nn.Conv1d(4, 8, 3), nn.GELU(), nn.Conv1d(8, 8, 3), nn.GELU())
    one, two = (kept_for_gradient(model, torch.rand(n, 4, 100)) for n in (1, 2))
    assert two == 2 * one
    assert kept_for_gradient(model, torch.rand(1, 4, 100), bfloat16=True) < one
