"""Every way in which a run folder can stop being what its manifest says is named; a sound one is left in peace."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import RunFolderError
from cisgram.run.pipeline import run_steps
from cisgram.run.verify import verify_run


def kinds(found):
    return {(one.kind, one.where) for one in found.findings}


def edited(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def state_of_sums(folder, state):
    values = json.loads((folder / "manifest.json").read_text())
    values["steps"]["add-up"]["state"] = state
    del values["sha256"]
    (folder / "manifest.json").write_text(json.dumps(values))


def test_a_finished_run_holds_and_nothing_is_written(toy):
    before = {path: path.stat().st_mtime_ns for path in toy.folder.rglob("*")}
    found = verify_run(toy.folder)
    assert found.holds
    assert not found.findings
    assert (found.n_steps, found.n_outputs, found.n_inputs) == (2, 3, 1)
    assert {path: path.stat().st_mtime_ns for path in toy.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda toy: (toy.folder / "values.npy").unlink(), {("output missing", "values.npy")}),
        (lambda toy: edited(toy.folder / "sums/sum.tsv", "sum", "mus"), {("output changed", "sums/sum.tsv")}),
        (
            lambda toy: (toy.data / "genome.fa").unlink(),
            {("input missing", "genome.fa"), ("step stale", "measure")},
        ),
        (
            lambda toy: (toy.data / "genome.fa").write_text(">I\nACGA\n"),
            {("input changed", "genome.fa"), ("step stale", "measure")},
        ),
        (
            lambda toy: edited(toy.folder / "config.toml", "seed = 1", "seed = 2"),
            {("settings changed", "config.toml"), ("step stale", "measure")},
        ),
        (lambda toy: state_of_sums(toy.folder, "running"), {("step unfinished", "add-up")}),
        (lambda toy: state_of_sums(toy.folder, "failed"), {("step unfinished", "add-up")}),
    ],
)
def test_each_change_is_named(toy, change, expected):
    change(toy)
    found = verify_run(toy.folder)
    assert kinds(found) == expected
    assert not found.holds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("thesis.docx", "file unknown"),
        ("sums/other.tsv", "file unknown"),
        ("sums/.partial-0a1b2c3d-sum.tsv", "file left over"),
        (".sums.partial-99/half.npy", "file left over"),
        ("parts/measure/1.npy", "file left over"),
    ],
)
def test_other_files_are_named_and_do_no_harm(toy, name, kind):
    (toy.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (toy.folder / name).write_text("x")
    found = verify_run(toy.folder)
    assert kinds(found) == {(kind, name)}
    assert found.holds


def test_a_step_that_was_not_begun_is_named_and_does_no_harm(toy, steps):
    steps["third"] = replace(steps["add-up"], name="third", places=("third",))
    found = verify_run(toy.folder)
    assert kinds(found) == {("step not done", "third")}
    assert found.holds


def test_a_stale_step_says_what_changed(toy, steps):
    edited(toy.folder / "config.toml", "seed = 1", "seed = 2")
    (toy.data / "genome.fa").write_text(">I\nACGA\n")
    reason = next(one.detail for one in verify_run(toy.folder).findings if one.kind == "step stale")
    assert reason == "changed since: settings [seed], input genome.fa"
    run_steps(toy.start(seed=2), [steps["measure"]])
    reasons = {one.where: one.detail for one in verify_run(toy.folder).findings}
    assert reasons == {"add-up": "changed since: results of measure"}
    run_steps(toy.start(seed=2), steps.values())
    steps["add-up"] = replace(steps["add-up"], version=2)
    assert [one.detail for one in verify_run(toy.folder).findings] == ["changed since: the step itself"]


def test_without_inputs_they_need_not_be_there(toy):
    shutil.rmtree(toy.data)
    found = verify_run(toy.folder, with_inputs=False)
    assert found.holds
    assert found.n_inputs == 0
    assert not verify_run(toy.folder).holds


def test_inputs_that_were_moved_are_found_with_the_new_folder(toy, tmp_path):
    shutil.move(toy.data, tmp_path / "elsewhere")
    assert verify_run(toy.folder, data_folder=tmp_path / "elsewhere").holds


def test_a_touched_input_with_the_same_content_is_fine(toy):
    (toy.data / "genome.fa").write_text(">I\nACGT\n")
    assert verify_run(toy.folder).holds


def test_a_manifest_of_format_1_is_verified_and_written_in_format_2(toy, steps):
    path = toy.folder / "manifest.json"
    values = json.loads(path.read_text())
    keep = ("state", "key", "started", "seconds", "outputs", "notes")
    about = {
        "cisgram": "0.0.1",
        "command": ["cisgram", "run"],
        "seed": 1,
        "data_folder": str(toy.data),
        "python": "3.11",
    }
    old = {
        "format": 1,
        "about": {**about, "system": "Linux", "n_cpus": 2, "packages": {"torch": "2.6"}},
        "inputs": values["inputs"],
        "steps": {name: {key: one[key] for key in keep} for name, one in values["steps"].items()},
    }
    path.write_text(json.dumps(old))
    assert verify_run(toy.folder).holds
    (toy.data / "genome.fa").write_text(">I\nACGA\n")
    reasons = [one.detail for one in verify_run(toy.folder).findings if one.kind == "step stale"]
    assert reasons == [
        "changed since: settings, inputs, earlier steps or the step itself (the manifest is too old to say which)"
    ]
    assert run_steps(toy.start(), steps.values()) == ["measure", "add-up"]
    now = json.loads(path.read_text())
    assert now["format"] == 2
    assert now["history"][0]["cisgram"] == "0.0.1"


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="not a run folder"):
        verify_run(tmp_path)


def test_the_command_says_it_in_words_and_by_its_exit_code(toy):
    called = CliRunner().invoke(app, ["verify", str(toy.folder)])
    assert called.exit_code == 0, called.output
    assert "everything is as the manifest" in called.stdout
    (toy.folder / "values.npy").unlink()
    called = CliRunner().invoke(app, ["verify", str(toy.folder)])
    assert called.exit_code == 1
    assert "output missing  values.npy (measure): the file is not there" in called.stdout
    called = CliRunner().invoke(app, ["verify", str(toy.folder), "--json"])
    assert called.exit_code == 1
    assert json.loads(called.stdout)["findings"][0]["kind"] == "output missing"
