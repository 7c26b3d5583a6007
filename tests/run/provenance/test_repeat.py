"""A run done again gives the same; each way in which it may not is named, and other inputs are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import InputError, RunFolderError
from cisgram.run.manifest import Manifest
from cisgram.run.reproduce.repeat import reproduce


def likenesses(found):
    return {one.path: one.likeness for one in found.files if not one.path.startswith("notes")}


def with_other(steps, change):
    """Let the first step of the repeat end in something else."""
    own = steps["measure"]

    def other(run):
        notes = own.do(run)
        return change(run.folder) or notes

    steps["measure"] = replace(own, do=other)


def nudged(share):
    def change(folder):
        values = np.load(folder / "values.npy")
        values[3] += share * values.max()
        np.save(folder / "values.npy", values)

    return change


def test_a_repeat_is_the_same_but_for_times(toy):
    before = (toy.folder / "manifest.json").read_bytes()
    found = reproduce(toy.folder)
    assert found.after == toy.folder.with_name("run-again")
    assert likenesses(found) == {"values.npy": "identical", "times.json": "equal", "sums/sum.tsv": "identical"}
    assert {one.likeness for one in found.files if one.path.startswith("notes")} == {"equal", "identical"}
    assert found.holds
    assert not found.conditions
    assert json.loads((found.after / "reproduction.json").read_text())["holds"]
    assert (toy.folder / "manifest.json").read_bytes() == before


def test_a_byte_that_differs_on_the_same_machine_is_a_failure(toy, steps):
    with_other(steps, nudged(1e-9))
    found = reproduce(toy.folder)
    assert likenesses(found)["values.npy"] == "close"
    assert next(one.where for one in found.files if one.path == "values.npy").startswith(" [3]:")
    assert not found.conditions
    assert not found.holds


@pytest.mark.parametrize(("share", "likeness", "holds"), [(1e-5, "close", True), (0.01, "differs", False)])
def test_elsewhere_numbers_may_be_close(toy, steps, share, likeness, holds):
    manifest = Manifest(toy.folder / "manifest.json")
    for one in manifest.environments.values():
        one["cpu"] = "Other"
    manifest.write()
    with_other(steps, nudged(share))
    found = reproduce(toy.folder)
    assert [one.what for one in found.conditions] == ["cpu"]
    assert likenesses(found)["values.npy"] == likeness
    assert found.holds == holds


@pytest.mark.parametrize(
    ("change", "path", "likeness"),
    [
        (lambda folder: (folder / "times.json").unlink(), "times.json", "missing"),
        (
            lambda folder: (folder / "times.json").write_text('{"n": 51, "seconds": 1}') and None,
            "times.json",
            "differs",
        ),
    ],
)
def test_what_is_gone_or_other_is_named(toy, steps, change, path, likeness):
    with_other(steps, change)
    found = reproduce(toy.folder)
    assert likenesses(found)[path] == likeness
    assert not found.holds


def test_what_is_new_is_named(toy, steps):
    steps["measure"] = replace(steps["measure"], places=("values.npy", "times.json", "more.txt"))
    with_other(steps, lambda folder: (folder / "more.txt").write_text("x") and None)
    found = reproduce(toy.folder)
    assert likenesses(found)["more.txt"] == "new"
    assert not found.holds


def test_other_notes_are_named(toy, steps):
    with_other(steps, lambda _: {"letters": 99})
    found = reproduce(toy.folder)
    assert [one.where for one in found.files if one.likeness == "differs"] == ["letters [0]: '8' became '99'"]


def test_a_result_that_was_changed_by_hand_is_not_taken_for_the_first_one(toy):
    (toy.folder / "times.json").write_text('{"n": 50, "seconds": 3}')
    found = reproduce(toy.folder)
    assert [one.path for one in found.files if one.likeness == "differs"] == ["times.json"]


def test_other_inputs_are_refused_and_named(toy):
    (toy.data / "genome.fa").write_text(">I\nACGA\n")
    with pytest.raises(InputError, match=r"genome\.fa \(changed"):
        reproduce(toy.folder)
    (toy.data / "genome.fa").unlink()
    with pytest.raises(InputError, match=r"genome\.fa \(missing"):
        reproduce(toy.folder)
    assert not toy.folder.with_name("run-again").exists()


def test_the_run_itself_and_an_empty_run_are_refused(toy, steps):
    with pytest.raises(RunFolderError, match="is the run itself"):
        reproduce(toy.folder, out=toy.folder)
    steps.clear()
    with pytest.raises(RunFolderError, match="no finished step"):
        reproduce(toy.folder)


def test_the_command_says_it_in_words_and_by_its_exit_code(toy, steps):
    call = ["run", "--reproduce", str(toy.folder), "--out", str(toy.folder.with_name("other"))]
    called = CliRunner().invoke(app, call)
    assert called.exit_code == 0, called.output
    assert "is reproduced in" in called.stdout
    with_other(steps, nudged(1e-9))
    called = CliRunner().invoke(app, [*call[:-1], str(toy.folder.with_name("third"))])
    assert called.exit_code == 1
    assert "NOT reproduced" in called.stdout
    assert CliRunner().invoke(app, ["run"]).exit_code == 2
    assert CliRunner().invoke(app, [*call, "--update"]).exit_code == 2
