"""The command line: exit codes, JSON, and a help that does not make one wait."""

import json
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.cli.steps import VERBS

MOTIF_VERBS = ("scan", "discover", "match")


@pytest.fixture
def call():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


def test_help_names_every_verb_and_brings_neither_torch_nor_pandas():
    code = (
        "import sys\nfrom cisgram.cli.main import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'pandas', 'numba', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for verb in ("demo", "simulate", "run", "motifs", *VERBS):
        assert verb in done.stdout


def test_help_of_the_motif_verbs_brings_no_library():
    code = (
        "import sys\nfrom cisgram.cli.main import app\n"
        "try: app(['motifs', '--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'pandas', 'numba', 'matplotlib', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    for verb in MOTIF_VERBS:
        assert verb in done.stdout


def test_help_is_quick():
    quickest = min(_seconds([sys.executable, "-m", "cisgram", "--help"]) for _ in range(3))
    assert quickest < 2.0  # 0.4 s on a quiet machine; test machines are not quiet


def _seconds(command):
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def test_verbs_are_the_steps_of_a_run():
    from cisgram.run import CONTACT_STEPS, LABEL_STEPS, PROFILE_STEPS

    assert set(VERBS) | {"check", "recover"} == set(PROFILE_STEPS) | set(LABEL_STEPS) | set(CONTACT_STEPS)


def test_version(call):
    assert call("--version").stdout.startswith("cisgram ")


def test_wrong_use_exits_with_2(call):
    assert call("run").exit_code == 2
    assert call("no-such-verb").exit_code == 2


def test_a_missing_config_is_one_line_and_exits_with_1(call, tmp_path):
    done = call("run", str(tmp_path / "none.toml"))
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert "none.toml" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_error_is_json_where_json_was_asked_for(call, tmp_path):
    done = call("run", str(tmp_path / "none.toml"), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["kind"] == "InputError"


def test_a_step_of_something_that_is_no_run_says_so(call, tmp_path):
    done = call("train", str(tmp_path))
    assert done.exit_code == 1
    assert "not a run folder" in done.stderr
