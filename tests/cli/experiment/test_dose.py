import numpy as np

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.dose import DOSE_COLUMNS, DoseConfig, add_copies, dose_table
from cisgram.interpret.local_scores import OwnPeakHeightScore, local_part
from cisgram.interpret.scores import log_counts
from cisgram.io.tables import read_provenance, read_table

WORDS = ("--motif", "box=GATTACA", "--sequences", "s.fa", "--most", "3", "--pitch", "9")


def test_a_dose_is_what_the_library_says(files, answer):
    said, table = answer("dose", "run", *WORDS), read_table("out/results.tsv")
    assert tuple(table.columns) == DOSE_COLUMNS
    motif, config = Motif.from_consensus("box", "GATTACA"), DoseConfig(3, 9)
    found = add_copies(files.model, files.codes, motif, scores=[log_counts(0), log_counts(1)], config=config)
    expected = dose_table(found, tracks=["Nanog", "Sox2"])
    np.testing.assert_allclose(table["beyond_sum"], expected["beyond_sum"], atol=1e-6)
    assert (said["n_sequences"], said["score"], len(said["effects"])) == (7, "counts", 6)
    assert "box (GATTACA)" in (files.folder / "out/report.html").read_text()
    assert read_provenance("out/results.tsv")["score"] == "counts"


def test_the_height_of_the_peak_is_read_in_the_middle_where_the_first_copy_stands(files, answer):
    answer("dose", "run", *WORDS, "--score", "peak_height", "--reach", "12", "--tracks", "Sox2")
    start, end = local_part(70, input_length=140, output_length=60, reach_bp=12)
    motif, scores = Motif.from_consensus("box", "GATTACA"), [OwnPeakHeightScore((1,), start, end)]
    found = add_copies(files.model, files.codes, motif, scores=scores, config=DoseConfig(3, 9))
    table = read_table("out/results.tsv")
    np.testing.assert_allclose(table["after"], found.together.mean(axis=0)[:, 0], atol=1e-6)
    assert read_provenance("out/results.tsv")["place"] == "within 12 bp of base 71 of 140"
