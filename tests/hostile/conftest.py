"""A small simulation and a run that was begun on it; every test that spoils something gets a copy of its own."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.faults.smallest import QUICK, write_smallest  # noqa: E402 - found by the lines above

from cisgram.run.folder import Run  # noqa: E402
from cisgram.run.pipeline import run_steps  # noqa: E402
from cisgram.run.registry import steps_of  # noqa: E402


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folders ``data``, simulated, and ``run``, of which two steps are done."""
    place = tmp_path_factory.mktemp("hostile")
    os.environ.setdefault("CISGRAM_CACHE", str(place / "cache"))
    config = write_smallest(QUICK, place / "data")
    run = Run.start(config, folder=place / "run")
    run_steps(run, [steps_of(run)[name] for name in ("check", "prepare")])
    return place


@pytest.fixture
def place(made, tmp_path):
    """A copy of both folders."""
    for name in ("data", "run"):
        shutil.copytree(made / name, tmp_path / name)
    return tmp_path
