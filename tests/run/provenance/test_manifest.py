"""The manifest says what was made of what, by which command, with what; and nothing about who and where."""

import getpass
import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cisgram.errors import RunFolderError
from cisgram.run.environment import PACKAGES, command_now, environment, peak_memory, without_home
from cisgram.run.manifest import Manifest
from cisgram.run.pipeline import run_steps


def test_a_step_is_written_down_completely(toy):
    values = json.loads((toy.folder / "manifest.json").read_text())
    step = values["steps"]["measure"]
    assert step["state"] == "done"
    assert step["started"] <= step["ended"]
    assert step["seed"] == 1
    assert set(step["settings"]) == {"seed"}
    assert step["inputs"] == {"genome.fa": values["inputs"]["genome.fa"]["sha256"]}
    assert set(values["steps"]["add-up"]["needs"]) == {"measure"}
    assert step["output_bytes"] == {name: (toy.folder / name).stat().st_size for name in step["outputs"]}
    assert step["peak_memory_bytes"] > 10e6
    assert set(step["threads"]) == {"torch", "numba", "blas"}
    facts = values["environments"][step["environment"]]
    assert set(facts["packages"]) == set(PACKAGES)
    assert facts["packages"]["numpy"] == np.__version__
    assert {"cisgram", "python", "system", "cpu", "n_cpus", "memory_bytes", "blas"} <= set(facts)


def test_the_history_has_a_line_for_a_program_that_did_something(toy, steps):
    assert [one.steps for one in toy.run.manifest.history] == [["measure", "add-up"]]
    again = toy.start()
    run_steps(again, steps.values())
    assert [one.steps for one in Manifest(toy.folder / "manifest.json").history] == [["measure", "add-up"]]


def test_nobody_is_named(toy, monkeypatch):
    monkeypatch.setattr(Path, "home", classmethod(lambda _: toy.data.parent))
    toy.start()
    text = (toy.folder / "manifest.json").read_text()
    assert socket.gethostname() not in text
    assert Manifest(toy.folder / "manifest.json").about["data_folder"] == str(Path("~", "data"))
    assert without_home(toy.data / "x") == str(Path("~", "data", "x"))
    home = Path("/home") / getpass.getuser()
    monkeypatch.setattr(Path, "home", classmethod(lambda _: home))
    assert command_now([str(home / "venv/bin/cisgram"), "run", str(home / "a.toml")]) == ["cisgram", "run", "~/a.toml"]


def test_the_environment_is_the_same_at_every_call():
    assert environment() == environment()
    json.dumps(environment())


def test_asking_for_the_numbers_of_threads_changes_none():
    code = (
        "import torch; torch.set_num_threads(1)\n"
        "from cisgram.run.environment import threads_now\n"
        "threads_now(); print(torch.get_num_threads())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_the_peak_is_at_least_what_was_held():
    with peak_memory() as small:
        pass
    with peak_memory() as large:
        held = np.ones(40_000_000)
        held += 1
    assert large.n_bytes >= held.nbytes
    assert small.n_bytes > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values["steps"]["measure"].update(state="finished"), "measure state"),
        (lambda values: values["steps"]["measure"].update(seconds="long"), "measure seconds"),
        (lambda values: values["steps"]["measure"]["outputs"].update({"../../x": "0"}), "outside of the folder"),
        (lambda values: values["steps"]["measure"]["outputs"].update({"/etc/passwd": "0"}), "outside of the folder"),
        (lambda values: values["inputs"]["genome.fa"].pop("sha256"), "sha256"),
        (lambda values: values.update(history={}), "valid array"),
        (lambda values: values.update(format=3), "format 3"),
    ],
)
def test_a_damaged_manifest_is_refused(toy, change, message):
    path = toy.folder / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))
    with pytest.raises(RunFolderError, match=message):
        Manifest(path)


def test_a_turned_digit_anywhere_in_the_manifest_is_noticed(toy):
    path = toy.folder / "manifest.json"
    text = path.read_text()
    places = [place for place, letter in enumerate(text) if letter.isdigit()]
    for place in places[:: max(len(places) // 60, 1)]:
        path.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :])
        with pytest.raises(RunFolderError, match=r"manifest\.json"):
            Manifest(path)
    path.write_text(text)
    Manifest(path)


def test_another_figure_in_the_notes_is_refused_with_a_remedy(toy):
    path = toy.folder / "manifest.json"
    values = json.loads(path.read_text())
    values["steps"]["measure"]["notes"]["added"] = 1
    path.write_text(json.dumps(values))
    with pytest.raises(RunFolderError, match=r"changed after it was written.*remove it"):
        Manifest(path)
    path.unlink()
    assert toy.start().manifest.steps == {}


def test_written_in_another_way_the_same_manifest_is_taken_and_so_is_one_without_a_seal(toy):
    path = toy.folder / "manifest.json"
    values = json.loads(path.read_text())
    assert list(values)[-1] == "sha256"
    path.write_text(json.dumps(values, sort_keys=True))
    sealed = Manifest(path)
    del values["sha256"]
    path.write_text(json.dumps(values))
    assert Manifest(path).steps == sealed.steps
    path.write_text(json.dumps({**values, "sha257": "0"}))
    with pytest.raises(RunFolderError, match="it has sha257"):
        Manifest(path)
