"""Disk, memory and time against what there is."""

import pytest

from cisgram.doctor.resources import Need, check_disk, check_memory, check_time

NEEDS = [Need("prepare", 4e9, 1e9), Need("train", 1e9, 8e9, 7200.0), Need("other steps", seconds=60.0)]


@pytest.mark.parametrize(("free", "level"), [(50e9, "ok"), (6e9, "warning"), (4e9, "error")])
def test_the_disk_must_hold_all_steps_together(free, level):
    verdict = check_disk(NEEDS, free_bytes=free)
    assert (verdict.level, verdict.figures["needed_bytes"]) == (level, 5e9)
    assert "prepare 4.0 GB" in verdict.evidence


def test_what_is_written_already_is_not_needed_again():
    assert check_disk(NEEDS, free_bytes=1e9, written_bytes=4.9e9).level == "ok"


@pytest.mark.parametrize(("total", "level"), [(16e9, "ok"), (9e9, "warning"), (6e9, "error"), (None, "skipped")])
def test_memory_is_that_of_the_step_that_needs_most(total, level):
    verdict = check_memory(NEEDS, total_bytes=total)
    assert verdict.level == level
    assert "train needs" in verdict.evidence


def test_more_than_a_day_is_a_warning_and_an_unknown_time_is_skipped():
    assert check_time(NEEDS).level == "ok"
    assert "2.0 h" in check_time(NEEDS).evidence
    assert check_time([Need("train", seconds=3e5)]).level == "warning"
    assert check_time([]).level == "skipped"
