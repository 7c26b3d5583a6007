"""Parts of work: cut at batches, the same for any number of processes, taken up after a stop, gone at the end."""

import importlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import ConfigError
from cisgram.run.shards import Sharing, iterate_parts, parts_of

WORK = """
import os
from functools import partial
from pathlib import Path
import numpy as np

def opened(folder):
    return partial(squares, folder)

def squares(folder, part):
    Path(folder, f"{part.start}-{part.stop}").touch(exist_ok=False)
    return {"squares": np.arange(part.start, part.stop) ** 2, "process": np.array([os.getpid()])}

def failing(part):
    if part.start == 8:
        raise OSError("of the third part")
    return {"squares": np.arange(part.start, part.stop) ** 2}

def opened_failing():
    return failing
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that other processes can import, too."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "squaring_for_tests.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    return importlib.import_module("squaring_for_tests")


def asked(work, folder):
    folder.mkdir()
    return work.partial(work.opened, folder)


@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(1, 3_000))
def test_parts_cover_all_items_once_and_begin_at_batches(n, border, largest):
    parts = parts_of(n, border=border, largest=largest)
    assert [item for part in parts for item in part] == list(range(n))
    assert all(part.start % border == 0 for part in parts)
    assert all(0 < len(part) <= max(border, largest) for part in parts)
    assert len({len(part) for part in parts[:-1]}) <= 1


def test_a_plan_without_a_process_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least 1"):
        Sharing(tmp_path, 0)


@pytest.mark.slow
def test_two_processes_give_what_one_gives_and_leave_nothing(work, tmp_path):
    found = {}
    for processes in (1, 2):
        sharing = Sharing(tmp_path / "run" / "parts" / "predict", processes, border=4, largest=4)
        told = []
        parts = list(
            iterate_parts(
                asked(work, tmp_path / str(processes)), 22, sharing, progress=lambda *now, told=told: told.append(now)
            )
        )
        found[processes] = np.concatenate([part["squares"] for part in parts])
        assert told == [(4, 22), (8, 22), (12, 22), (16, 22), (20, 22), (22, 22)]
        assert not (tmp_path / "run" / "parts").exists()
    assert os.getpid() not in {int(part["process"][0]) for part in parts}
    np.testing.assert_array_equal(found[1], found[2])
    np.testing.assert_array_equal(found[1], np.arange(22) ** 2)


@pytest.mark.slow
def test_a_stopped_call_is_taken_up_and_only_missing_and_damaged_parts_are_done_again(work, tmp_path):
    sharing = Sharing(tmp_path / "parts" / "x", 2, border=4, largest=4)
    with pytest.raises(OSError, match="of the third part"):
        list(iterate_parts(work.opened_failing, 20, sharing))
    kept = sorted(path.name for path in sharing.folder.glob("*.npz"))
    assert {"000000000000-000000000004.npz", "000000000004-000000000008.npz"} <= set(kept)
    damaged = sharing.folder / "000000000004-000000000008.npz"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    (sharing.folder / ".partial-ab-000000000012-000000000016.npz").write_bytes(b"cut off")
    found = np.concatenate([part["squares"] for part in iterate_parts(asked(work, tmp_path / "a"), 20, sharing)])
    np.testing.assert_array_equal(found, np.arange(20) ** 2)
    done_again = {path.name for path in (tmp_path / "a").iterdir()}
    assert {"4-8", "8-12"} <= done_again
    assert "0-4" not in done_again
    assert not sharing.folder.exists()


def test_one_process_takes_parts_of_others_away(work, tmp_path):
    sharing = Sharing(tmp_path / "parts" / "x", 1, border=4, largest=4)
    sharing.folder.mkdir(parents=True)
    (sharing.folder / "000000000000-000000000004.npz").write_bytes(b"of an earlier call")
    parts = list(iterate_parts(asked(work, tmp_path / "a"), 8, sharing))
    assert len(parts) == 2
    assert not sharing.folder.parent.exists()
