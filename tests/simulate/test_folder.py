"""A simulation on disk: claimed, whole, and of the settings that were asked for."""

import json
from pathlib import Path

import pytest

import cisgram
from cisgram.errors import FormatError, InputError, RunFolderError
from cisgram.simulate.atac_files import AtacFiles
from cisgram.simulate.cell_files import CellFiles
from cisgram.simulate.contact_files import ContactFiles
from cisgram.simulate.folder import TEMPORARY, claim_folder, is_truth_of, paths_of, read_truth_of, require_whole


def test_a_claimed_folder_has_no_truth_and_no_leftovers(tmp_path):
    truth, reads = tmp_path / "truth.json", tmp_path / "reads.bed"
    truth.write_text("{}")
    reads.touch()
    (tmp_path / f"{TEMPORARY}x").mkdir()
    claim_folder(tmp_path, paths=[truth, reads], truth=truth)
    assert [path.name for path in tmp_path.iterdir()] == ["reads.bed"]


def test_a_folder_of_other_things_is_not_claimed(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(RunFolderError, match=r"holds thesis\.txt .* no simulation"):
        claim_folder(tmp_path, paths=[], truth=tmp_path / "truth.json")
    assert (tmp_path / "thesis.txt").exists()


def test_what_a_killed_simulation_left_is_taken_up(tmp_path):
    truth, reads = tmp_path / "truth.json", tmp_path / "tracks" / "reads.bam"
    reads.parent.mkdir()
    for path in (reads, tmp_path / "tracks" / ".partial-0123-more.bw", tmp_path / "config.toml"):
        path.write_text("half")
    claim_folder(tmp_path, paths=[truth, reads], truth=truth)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["config.toml", "reads.bam"]


def test_settings_of_a_run_alone_are_no_simulation(tmp_path):
    (tmp_path / "config.toml").write_text("mine")
    with pytest.raises(RunFolderError, match=r"holds config\.toml"):
        claim_folder(tmp_path, paths=[tmp_path / "reads.bam"], truth=tmp_path / "truth.json")


def test_missing_files_are_named(tmp_path):
    (tmp_path / "a").touch()
    require_whole(tmp_path, [tmp_path / "a"])
    with pytest.raises(RunFolderError, match="lacks b, c; simulate it again"):
        require_whole(tmp_path, [tmp_path / name for name in "abc"])


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "no JSON"), ("\xff", "no JSON"), ("[]", "not the truth"), ('{"format": "a", "version": 2}', "version 1")],
)
def test_another_truth_is_refused(tmp_path, text, message):
    (tmp_path / "truth.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError, match=message):
        read_truth_of(tmp_path / "truth.json", kind="a", version=1)
    with pytest.raises(InputError):
        read_truth_of(tmp_path / "nothing.json", kind="a", version=1)


def test_a_truth_is_of_its_settings_in_this_version_only():
    described = {"config": {"sizes": (1, 2)}}
    truth = json.loads(json.dumps({"cisgram": cisgram.__version__, **described, "more": 1}))
    assert is_truth_of(truth, described)
    assert not is_truth_of({**truth, "cisgram": "0.0.1"}, described)
    assert not is_truth_of(truth, {"config": {"sizes": (1, 3)}})


def test_the_truth_is_the_last_of_all_files_and_none_is_left_out():
    names = [path.relative_to("a").as_posix() for path in paths_of(ContactFiles.in_folder(Path("a"), n_replicates=3))]
    assert names[-1] == "truth.json"
    assert {"genome.fa.gz", "contacts.rep3.cool", "truth/bins.tsv.gz", "variants.vcf"} < set(names)
    assert len(names) == len(set(names)) == 18


def test_files_in_mappings_and_in_files_of_their_own_are_found():
    atac = {path.name for path in paths_of(AtacFiles.in_folder(Path("a"), cell_types=["T"], libraries=["few"]))}
    assert {"T.narrowPeak", "few.fragments.tsv.gz", "few.bw"} < atac
    options = {"factors": ["Oct4"], "n_replicates": 2}
    without, cell = (
        list(paths_of(CellFiles.in_folder(Path("a"), **options, has_mutants=one))) for one in (False, True)
    )
    assert {path for path in cell if "mutants" in path.parts} == set(cell) - set(without)
    assert Path("a/mutants/tracks/Oct4.rep2.minus.bw") in cell
    assert cell[-1] == without[-1] == Path("a/truth.json")
