"""Verdicts and the diagnosis that they make."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cisgram.doctor.questions import CHECKS
from cisgram.doctor.verdict import LEVELS, Diagnosis, Verdict, merge_alike
from cisgram.errors import FormatError

FINE = Verdict("contigs", "a.bw", "ok", "16 of 16 contigs", figures={"n": 16})
LOOK = Verdict("depth", "Oct4", "warning", "900 reads", "sequence more")
WRONG = Verdict("strand_swap", "Oct4 replicate 2", "error", "plus looks like minus", "exchange the files")
UNASKED = Verdict("replicates", "Oct4", "skipped", "there is one replicate only")


@pytest.mark.parametrize("level", ["warning", "error"])
def test_what_is_bad_says_what_to_do(level):
    with pytest.raises(ValueError, match="remedy"):
        Verdict("depth", "Oct4", level, "12 reads")


def test_questions_levels_and_evidence_must_be_there():
    with pytest.raises(ValueError, match="is on one of"):
        Verdict("colour", "Oct4", "ok", "green")
    with pytest.raises(ValueError, match="evidence"):
        Verdict("depth", "Oct4", "ok", "")
    with pytest.raises(ValueError, match="subject"):
        Verdict("depth", "", "ok", "12 reads")


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [((), "ok"), ((UNASKED,), "skipped"), ((UNASKED, FINE), "ok"), ((LOOK, FINE), "warning"), ((WRONG, LOOK), "error")],
)
def test_the_worst_level_is_that_of_the_gravest_verdict(verdicts, worst):
    assert Diagnosis(verdicts).worst == worst


def test_counts_name_every_level_and_add_up():
    found = Diagnosis((FINE, LOOK, WRONG, UNASKED, FINE))
    assert tuple(found.counts) == LEVELS
    assert found.counts == {"ok": 2, "warning": 1, "error": 1, "skipped": 1}
    assert found.of("ok") == (FINE, FINE)


def test_a_diagnosis_survives_a_file_with_a_numpy_number_in_it():
    precise = Verdict("depth", "Oct4", "ok", "4 reads", figures={"reads": 4, "share": np.float64(0.5)})
    found = Diagnosis((precise, LOOK, WRONG, UNASKED))
    again = Diagnosis.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    assert again.to_json() == found.to_json()


def test_a_file_that_is_no_diagnosis_is_refused_by_name():
    for values in ({}, {"verdicts": [{"check": "depth"}]}, {"verdicts": [{**vars(FINE), "check": "colour"}]}):
        with pytest.raises(FormatError, match=r"check\.json"):
            Diagnosis.from_json(values, path="check.json")


def test_accepted_errors_are_warnings_and_nothing_else_changes():
    found = Diagnosis((FINE, LOOK, WRONG)).accepting(["strand_swap", "contigs"])
    assert found.worst == "warning"
    assert found.verdicts[:2] == (FINE, LOOK)
    assert found.verdicts[2].remedy == WRONG.remedy
    assert WRONG.evidence in found.verdicts[2].evidence
    assert Diagnosis((WRONG,)).accepting(["depth"]) == Diagnosis((WRONG,))


def test_every_question_is_one_sentence_with_what_a_warning_means():
    for name, question in CHECKS.items():
        assert name == name.lower()
        assert name.replace("_", "").isalpha()
        assert question.asked.endswith("?"), name
        assert question.warning or question.error, name


def test_verdicts_that_differ_in_their_subject_only_are_said_once_and_others_as_they_are():
    again = [replace(WRONG, subject=f"Sox2 replicate {n}") for n in (1, 2)]
    other = replace(WRONG, evidence="minus looks like plus")
    merged = merge_alike([WRONG, LOOK, *again, other])
    assert [one.subject for one in merged] == [
        "3 of them (Oct4 replicate 2, Sox2 replicate 1, Sox2 replicate 2)",
        "Oct4",
        "Oct4 replicate 2",
    ]
    assert merged[1:] == [LOOK, other]
    assert merge_alike([]) == []
