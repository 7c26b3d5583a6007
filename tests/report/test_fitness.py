"""The part of the page that says whether the data are fit to train on."""

import json

import pytest

from cisgram.doctor.verdict import Diagnosis, Verdict
from cisgram.errors import FormatError
from cisgram.report.results import RunResults
from cisgram.report.sections.fitness import fitness

FINE = Verdict("contigs", "a.bw", "ok", "16 of 16 contigs")
LOOK = Verdict("peak_signal", "Oct4.narrowPeak", "warning", "40% of peaks have no signal", "call peaks again")
UNASKED = Verdict("replicates", "Oct4", "skipped", "there is one replicate only")


@pytest.fixture
def results(tmp_path):
    return RunResults(tmp_path, {}, {"steps": {}}, None, None, [], None)


def written(results, *verdicts):
    (results.folder / "check.json").write_text(json.dumps(Diagnosis(verdicts).to_json()))
    return fitness(results)


def test_a_run_that_was_not_checked_has_no_such_part(results):
    assert fitness(results) is None


def test_warnings_stand_with_evidence_and_remedy_and_all_else_is_folded(results):
    section = written(results, FINE, LOOK, UNASKED)
    shown, fine, unasked = section.blocks
    assert [cell.text for cell in shown.rows[0]] == [
        "warning", "peak signal", "Oct4.narrowPeak", LOOK.evidence, LOOK.remedy
    ]  # fmt: skip
    assert not shown.is_folded
    assert fine.is_folded
    assert unasked.is_folded
    assert FINE.evidence in {cell.text for cell in fine.rows[0]}
    assert section.findings == ["Fitness of the data: 1 of 2 verdicts ask for a look (peak signal)."]


def test_good_data_get_one_line_in_the_findings(results):
    section = written(results, FINE, FINE)
    assert section.findings == ["Fitness of the data: 2 verdicts, no warning."]


def test_a_file_that_is_no_diagnosis_is_named(results):
    (results.folder / "check.json").write_text('{"verdicts": [{}]}')
    with pytest.raises(FormatError, match=r"check\.json"):
        fitness(results)
