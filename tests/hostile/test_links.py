"""Nothing outside of a run folder is read as a result, written or removed, whatever leads there."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from cisgram.errors import InputError, RunFolderError
from cisgram.io.files import require_file, sha256_of
from cisgram.run.folder import Run
from cisgram.run.manifest import SEAL
from cisgram.run.pipeline import _remove, run_steps
from cisgram.run.registry import steps_of
from cisgram.run.verify import verify_run


def prepare(place, *, again=False):
    run = Run.start(place / "data" / "config.toml", folder=place / "run")
    return run_steps(run, [steps_of(run)["prepare"]], again=again)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def move_out(place, name):
    """Put a part of the run elsewhere and a link in its place, as people do who run out of space."""
    outside = place / "outside"
    outside.mkdir()
    (place / "run" / name).rename(outside / name)
    (place / "run" / name).symlink_to(outside / name)
    return outside


@pytest.mark.parametrize("name", ["examples", "check.json"])
def test_a_result_that_is_a_link_outwards_is_neither_read_nor_removed(place, name):
    outside = move_out(place, name)
    before = contents(outside)
    for again in (False, True):
        with pytest.raises(RunFolderError, match=f"{name} is a link to .*outside of the run folder"):
            prepare(place, again=again)
    assert contents(outside) == before
    kinds = {finding.kind for finding in verify_run(place / "run").findings if finding.where.startswith(name)}
    assert kinds == {"link outwards"}
    assert not verify_run(place / "run").holds


def test_a_link_inside_a_result_is_refused_too(place):
    secret = place / "secret.txt"
    secret.write_text("mine")
    (place / "run" / "examples" / "layout.json").unlink()
    (place / "run" / "examples" / "layout.json").symlink_to(secret)
    with pytest.raises(RunFolderError, match="is a link to"):
        prepare(place)
    assert secret.read_text() == "mine"


def test_a_link_to_its_own_folder_and_a_whole_folder_that_is_a_link_are_fine(place):
    (place / "run" / "latest").symlink_to("examples")
    (place / "run").rename(place / "elsewhere")
    (place / "run").symlink_to(place / "elsewhere")
    assert prepare(place) == []
    assert verify_run(place / "run").holds
    assert prepare(place, again=True) == ["prepare"]
    assert (place / "run").is_symlink()


@pytest.mark.parametrize("target", ["outside", "nowhere", "link"])
def test_removing_a_link_leaves_what_it_leads_to(tmp_path, target):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.txt").write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / target)  # "link" leads to itself
    _remove(link)
    assert not link.is_symlink()
    assert (outside / "mine.txt").read_text() == "mine"


def test_a_lock_that_leads_elsewhere_does_not_empty_a_file(place):
    precious = place / "precious.txt"
    precious.write_text("mine")
    (place / "run" / ".lock").unlink(missing_ok=True)
    (place / "run" / ".lock").symlink_to(precious)
    assert prepare(place) == []
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "..\\secret", "C:\\secret", "a/../../secret", ""])
def test_a_manifest_that_names_files_outside_is_refused(place, name):
    path = place / "run" / "manifest.json"
    values = json.loads(path.read_text())
    values["steps"]["prepare"]["outputs"][name] = "0" * 64
    values.pop(SEAL, None)
    path.write_text(json.dumps(values))
    for ask in (verify_run, Run.open):
        with pytest.raises(RunFolderError):
            ask(place / "run")
    with pytest.raises(RunFolderError):
        prepare(place)


def test_names_of_steps_and_environments_in_a_manifest_lead_nowhere(place):
    path = place / "run" / "manifest.json"
    values = json.loads(path.read_text())
    values["steps"]["../../outside"] = {**values["steps"]["prepare"], "state": "running"}
    values["steps"]["prepare"]["environment"] = "../../outside"
    values.pop(SEAL, None)
    path.write_text(json.dumps(values))
    (place / "outside").mkdir()
    (place / "outside" / "mine.txt").write_text("mine")
    with suppress(RunFolderError):
        prepare(place, again=True)
    assert (place / "outside" / "mine.txt").read_text() == "mine"


def test_the_hash_of_a_link_is_that_of_what_it_leads_to(tmp_path):
    (tmp_path / "first").write_text("one")
    (tmp_path / "second").write_text("two")
    link = tmp_path / "link"
    link.symlink_to("first")
    before = sha256_of(link)
    assert before == sha256_of(tmp_path / "first")
    link.unlink()
    link.symlink_to("second")
    assert sha256_of(link) != before


def test_an_input_that_becomes_a_link_to_other_content_is_noticed(place):
    peaks = place / "data" / "peaks" / "stem.narrowPeak"
    other = place / "other.narrowPeak"
    other.write_text("".join(peaks.read_text().splitlines(keepends=True)[:-1]))
    peaks.unlink()
    peaks.symlink_to(other)
    found = verify_run(place / "run", data_folder=place / "data").findings
    assert ("input changed", "peaks/stem.narrowPeak") in {(one.kind, one.where) for one in found}


@pytest.mark.parametrize(
    ("target", "said"), [("nowhere.fa", "a link to nowhere.fa"), ("genome.fa", "levels of symbolic links")]
)
def test_links_to_nothing_and_in_a_circle_are_named(tmp_path, target, said):
    (tmp_path / "genome.fa").symlink_to(target)
    with pytest.raises(InputError, match=said):
        require_file(tmp_path / "genome.fa", "genome")


def test_a_data_folder_may_be_relative(place, monkeypatch):
    monkeypatch.chdir(place)
    run = Run.start(Path("data", "config.toml"), folder=Path("run"), data_folder=Path("data"))
    assert run_steps(run, [steps_of(run)["prepare"]]) == []
