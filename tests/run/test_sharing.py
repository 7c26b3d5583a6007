"""Steps that processes share: every kind of run gives the bytes that one process gives."""

import shutil
import sys
from contextlib import suppress

import pytest
from tests.faults.smallest import write_smallest

from cisgram.run import Run, run_steps, step_of

SHARED = {
    "profiles": ("predict", "contributions"),
    "labels": ("predict",),
    "contacts": ("predict",),
    "binned": ("predict",),
}
"""Steps of every kind of run that are shared out."""


def bytes_of(run, steps):
    """Content of all files of some steps."""
    places = [run.folder / place for name in steps for place in step_of(run, name).places]
    files = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return {path.relative_to(run.folder).as_posix(): path.read_bytes() for path in files if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED)
@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_two_processes_write_the_bytes_that_one_writes(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    # There are fewer sequences than go together otherwise, and a single part stays in this process.
    monkeypatch.setattr(sys.modules["cisgram.run.steps.labels.predict"], "_BATCH", 16)
    run = Run.start(write_smallest(kind, tmp_path / "data"), folder=tmp_path / "run")
    steps = [step_of(run, name) for name in SHARED[kind]]
    run_steps(run, [step_of(run, name) for name in ("prepare", "train")])
    run_steps(run, steps)
    alone, notes = bytes_of(run, SHARED[kind]), {name: run.manifest.steps[name].notes for name in SHARED[kind]}
    for step in steps:  # nothing of the first time may be left to be found again
        for place in step.places:
            with suppress(NotADirectoryError):
                shutil.rmtree(run.folder / place)
            (run.folder / place).unlink(missing_ok=True)
    run.processes = 2
    assert run_steps(run, steps, again=True) == list(SHARED[kind])
    together = bytes_of(run, SHARED[kind])
    assert together.keys() == alone.keys()
    assert [name for name in alone if together[name] != alone[name]] == []
    assert {name: run.manifest.steps[name].notes for name in SHARED[kind]} == notes
    assert not (run.folder / "parts").exists()
