"""A folder of states belongs to one verb, says whether it is complete, and is cleared of what it held before."""

import json

import numpy as np
import pytest

from cisgram.chromatin.names import suggest_names
from cisgram.chromatin.state_folder import STATES_RECORD, claim_state_folder, finish_state_folder, write_segmentations
from cisgram.errors import RunFolderError
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.segments import read_segments


def test_a_folder_is_complete_only_at_the_end(tmp_path):
    out = tmp_path / "new"
    claim_state_folder(out, "learn")
    assert not json.loads((out / STATES_RECORD).read_text())["is_complete"]
    (out / "trace.tsv").write_text("a\n")
    finish_state_folder(out, "learn", {"settings": {"seed": 1}})
    record = json.loads((out / STATES_RECORD).read_text())
    assert (record["is_complete"], record["files"], record["settings"]) == (True, ["trace.tsv"], {"seed": 1})


def test_work_that_was_cut_off_is_begun_anew(tmp_path):
    claim_state_folder(tmp_path / "out", "segment")
    (tmp_path / "out" / "K562_10_segments.bed").write_text("half a")
    (tmp_path / "out" / "notes.txt").write_text("a user's own")
    claim_state_folder(tmp_path / "out", "segment")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["notes.txt", STATES_RECORD]


@pytest.mark.parametrize("record", ["no json", "[]", '{"format": "other"}'])
def test_a_record_of_something_else_is_refused(tmp_path, record):
    (tmp_path / STATES_RECORD).write_text(record)
    with pytest.raises(RunFolderError, match="choose a new folder"):
        claim_state_folder(tmp_path, "learn")
    assert (tmp_path / STATES_RECORD).read_text() == record


def test_segments_keep_numbers_and_dense_ones_get_names_and_colours(tmp_path):
    emissions = np.array([[0.0, 0.0], [0.9, 0.8]])
    model = StateModel(("H3K4me3", "H3K27ac"), np.array([1.0, 0.0]), np.full((2, 2), 0.5), emissions)
    one = Segmentation.from_states("K562", {"chr1": np.array([0, 0, 1])}, n_states=2)
    write_segmentations(tmp_path, [one], suggest_names(model), order_by="T")
    assert (tmp_path / "K562_2_segments.bed").read_text() == "chr1\t0\t400\tT1\nchr1\t400\t600\tT2\n"
    dense = (tmp_path / "K562_2_dense.bed").read_text().splitlines()
    assert dense[2].split("\t")[3::5] == ["2_TssA", "255,0,0"]
    assert read_segments(tmp_path / "K562_2_dense.bed").segments.equals(one.segments)
