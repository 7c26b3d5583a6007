"""A run of every kind, done again by another process, is the same byte for byte but for measured times."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.smallest import write_smallest


def cisgram(*words, hash_seed):
    """Call the command in a process of its own, in which sets have another order."""
    command = [sys.executable, "-m", "cisgram", *map(str, words)]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["profiles", "labels", "coverage", "contacts", "binned"])
def test_a_run_of_each_kind_is_reproduced(kind, tmp_path):
    config = write_smallest(kind, tmp_path / "data")
    first = cisgram("run", config, "--out", tmp_path / "run", "--quiet", hash_seed=1)
    assert first.returncode == 0, first.stderr
    again = cisgram("run", "--reproduce", tmp_path / "run", "--json", "--quiet", hash_seed=2)
    found = json.loads(again.stdout)
    others = [one for one in found["files"] if one["likeness"] != "identical"]
    assert found["holds"], others
    assert not found["conditions"]
    # Only what holds times, or tells of the machine, may be other than byte for byte the same.
    names = {Path(one["path"]).name for one in others if not one["path"].startswith("notes")}
    assert names <= {"check.json", "last.safetensors", "metrics.csv", "training.tsv", "report.html"}
    assert cisgram("verify", tmp_path / "run-again", hash_seed=3).returncode == 0
