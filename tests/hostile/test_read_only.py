"""Folders that may only be read: results are read and judged there, and writing says in one line why it cannot.

Root may write anywhere, so the commands are given away its right to pass over permissions.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cisgram

WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def may_be_obeyed(folder):
    """Whether a command can be made to obey permissions here."""
    folder.chmod(0o500)
    words = [*before_command(), "touch", str(folder / "probe")]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode != 0
    except FileNotFoundError:
        return False
    finally:
        folder.chmod(0o700)


def before_command():
    return WITHOUT_RIGHTS if hasattr(os, "geteuid") and os.geteuid() == 0 else []


@pytest.fixture
def ask(place):
    probe = place / "probe"
    probe.mkdir()
    if not may_be_obeyed(probe):
        pytest.skip("permissions cannot be made to count here (setpriv is missing)")

    def call(*words, **environment):
        command = [*before_command(), sys.executable, "-m", "cisgram", *map(str, words)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, cwd=place
        )

    yield call
    subprocess.run(["chmod", "-R", "u+w", str(place)], check=True)


def protect(*folders):
    subprocess.run(["chmod", "-R", "a-w", *map(str, folders)], check=True)


def one_line(done):
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    return errors[0]


@pytest.mark.slow
def test_a_run_that_may_only_be_read_is_verified_and_not_written(place, ask):
    protect(place / "run", place / "data")
    done = ask("verify", "run")
    assert "results of 2 steps" in done.stdout, done.stderr
    assert "cannot be written to (Permission denied); copy it" in one_line(ask("report", "run"))


@pytest.mark.slow
def test_inputs_that_may_only_be_read_are_enough(place, ask):
    protect(place / "data")
    done = ask("check", "data/config.toml", CISGRAM_CACHE=str(place / "cache"))
    assert done.returncode == 0, done.stderr
    assert list((place / "cache").rglob("*.npy"))


@pytest.mark.slow
def test_a_home_that_may_only_be_read_says_how_to_choose_another_place(place, ask):
    (place / "home").mkdir()
    protect(place / "home")
    home = {"HOME": str(place / "home"), "XDG_CACHE_HOME": "", "CISGRAM_CACHE": ""}
    assert "CISGRAM_CACHE" in one_line(ask("check", "data/config.toml", **home))


def test_kernels_are_compiled_where_neither_package_nor_home_may_be_written(place, ask):
    shutil.copytree(
        Path(cisgram.__file__).parent, place / "package" / "cisgram", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("home", "temporary"):
        (place / name).mkdir()
    protect(place / "package", place / "home")
    (place / "code.py").write_text("import cisgram, cisgram.genomics.sequence; print(cisgram.__file__)\n")
    command = [*before_command(), sys.executable, str(place / "code.py")]
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")},
        "HOME": str(place / "home"),
        "PYTHONPATH": str(place / "package"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(place / "temporary"),
    }
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(place / "package"))
    assert not list((place / "temporary").iterdir())  # what it needed is removed again
