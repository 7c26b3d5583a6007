"""A few broken files of every reader: each is read as what its noun says, or refused in one message that names it."""

import dataclasses
import os
import signal

import pytest
from tests.fuzz.campaign import FINDINGS, Bench, Worker, run_campaign
from tests.fuzz.readers import INSTALLED, READERS
from tests.fuzz.worker import outcome_of

N_QUICK = 3


def test_a_broken_file_is_refused_with_its_name_or_read_as_what_it_says():
    tally = run_campaign(INSTALLED, seed=0, n_each=N_QUICK)
    assert tally.findings == []
    assert sum(counts.total() for counts in tally.counts.values()) == N_QUICK * len(INSTALLED)
    assert sum(counts["refused"] for counts in tally.counts.values()) > N_QUICK * len(INSTALLED) / 3


@pytest.mark.slow
def test_many_broken_files_are_refused_or_read():
    tally = run_campaign(INSTALLED, seed=3, n_each=60)
    assert tally.findings == []


def test_a_broken_file_depends_on_seed_reader_and_number_alone(tmp_path):
    reader = READERS["intervals.bed"]
    one, other = (Bench(tmp_path / name, [reader]) for name in "ab")
    contents = [
        bench.broken(reader, seed=seed, number=number).read_bytes()
        for bench in (one, other)
        for seed, number in ((1, 0), (1, 1), (2, 0))
    ]
    assert contents[:3] == contents[3:]
    assert len(set(contents)) == 3


def planted(code):
    """A reader that does what a broken one would."""

    def read(path):
        exec(code, {"path": path})

    return dataclasses.replace(READERS["barcodes"], read=read)


@pytest.mark.parametrize(
    ("code", "outcome", "text"),
    [
        ("raise KeyError('x')", "crashed", "KeyError"),
        ("raise OSError('x')", "crashed", "OSError"),
        ("import warnings; warnings.warn('x', RuntimeWarning)", "crashed", "RuntimeWarning"),
        ("assert False, 'not sorted'", "broken", "not sorted"),
        ("raise MemoryError", "memory", "MemoryError"),
        ("from cisgram.errors import InputError; raise InputError('no')", "nameless", "no"),
        ("from cisgram.errors import InputError; raise InputError(path.name + 5000 * 'x')", "endless", "a.tsv"),
        ("from cisgram.errors import InputError; raise InputError(path.name)", "refused", "a.tsv"),
    ],
)
def test_every_way_in_which_a_reader_fails_is_told_apart(monkeypatch, tmp_path, code, outcome, text):
    monkeypatch.setitem(READERS, "barcodes", planted(code))
    found, said = outcome_of("barcodes", tmp_path / "a.tsv")
    assert found == outcome
    assert text in said
    assert (outcome in FINDINGS) == (outcome != "refused")


@pytest.mark.slow
def test_a_process_that_died_is_named_and_replaced(tmp_path):
    reader = READERS["barcodes"]
    bench = Bench(tmp_path, [reader])
    with Worker() as worker:
        os.kill(worker.process_id, signal.SIGABRT)
        assert worker.ask("barcodes", bench.whole(reader))["text"] == "SIGABRT"
        assert worker.ask("barcodes", bench.whole(reader))["outcome"] == "accepted"
