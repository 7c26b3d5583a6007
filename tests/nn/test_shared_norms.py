"""Norms of two processes are those of one that has all examples."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).parent))
from norms_of_two import CASES, SHARES, passed_through

from cisgram.nn.shared_norms import sharing_norms
from cisgram.nn.wide import WideBatchNorm1d

PROGRAM = Path(__file__).parent / "norms_of_two.py"


@pytest.fixture(scope="module")
def of_two(tmp_path_factory):
    """What either process has left, by shares and case."""
    folder = tmp_path_factory.mktemp("two")
    started = [
        subprocess.Popen([sys.executable, "-W", "error", PROGRAM, folder, str(rank)], stderr=subprocess.PIPE, text=True)
        for rank in (0, 1)
    ]
    said = [program.communicate(timeout=300)[1] for program in started]
    assert [program.returncode for program in started] == [0, 0], said
    return [torch.load(folder / f"process{rank}.pt") for rank in (0, 1)]


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("case", CASES)
def test_two_processes_norm_as_one_does(of_two, shares, case):
    one = passed_through(case, slice(None), is_shared=False)
    first, second = (found[shares, case] for found in of_two)
    close = {"rtol": 2e-2, "atol": 2e-2} if case == "bfloat16" else {"rtol": 1e-4, "atol": 1e-5}
    for name in ("outputs", "of inputs"):
        torch.testing.assert_close(torch.cat([first[name], second[name]], dim=1), one[name], **close)
    assert first["gradients"].keys() == one["gradients"].keys()
    for name, gradient in one["gradients"].items():
        torch.testing.assert_close(first["gradients"][name] + second["gradients"][name], gradient, **close)
    for name, value in one["statistics"].items():
        assert torch.equal(first["statistics"][name], second["statistics"][name])
        torch.testing.assert_close(first["statistics"][name], value, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(first["evaluated"], one["evaluated"], **close)


def test_a_model_is_left_as_it_was_also_after_an_error():
    own, torchs = WideBatchNorm1d(3), nn.BatchNorm1d(3)
    with suppress(KeyError), sharing_norms(nn.Sequential(own, torchs)):
        assert own.shares_statistics
        assert "forward" in vars(torchs)
        raise KeyError
    assert not own.shares_statistics
    assert "forward" not in vars(torchs)
