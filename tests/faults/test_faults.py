"""Whatever happens to a run, the same command ends in the same results or says in one line why not."""

from random import Random

import pytest
from tests.faults.commands import COMMANDS, Commands
from tests.faults.commands import KINDS as COMMAND_KINDS
from tests.faults.fault import KINDS, Course, Fault, draw, moment
from tests.faults.harness import Harness
from tests.faults.smallest import KINDS as RUNS
from tests.faults.smallest import QUICK

QUICK_FAULTS = [
    "quick/start/kill@2#1",
    "quick/start/flip@0#1",
    "quick/train/kill@9#1",
    "quick/report/full@1#1",
    "quick/train/flip@12#3",
    "quick/evaluate/eio@1#1",
    "quick/report/clock@0.5#1",
    "quick/report/cut@0#1",
    "quick/report/denied@4#1",
    "quick/report/second@0.2#1",
]


@pytest.fixture(scope="session")
def harness(tmp_path_factory):
    made = Harness(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def quick(harness):
    harness.build(QUICK)
    return harness


def test_an_id_says_all_that_a_fault_is():
    fault = Fault("labels", "train", "clock", 0.125, 7)
    assert Fault.parse(fault.id) == fault
    assert fault.id == "labels/train/clock@0.125#7"


def test_a_campaign_asks_for_every_kind_in_every_step_and_the_same_seed_for_the_same():
    courses = {run: {step: Course(1.0, 9, 5, 7, 1000, 500) for step in ("start", "train")} for run in ("a", "b")}
    faults = draw(courses, 4 * len(KINDS), seed=3)
    assert {(one.run, one.step, one.kind) for one in faults} == {
        (run, step, kind) for run in courses for step in courses[run] for kind in KINDS
    }
    assert draw(courses, 10, seed=3) == faults[:10] != draw(courses, 10, seed=4)
    assert len({(one.run, one.step) for one in faults[:4]}) == 4


@pytest.mark.parametrize("kind", list(KINDS))
def test_moments_lie_within_what_a_step_does(kind):
    rng, course = Random(1), Course(1.0, 9, 5, 7, 1000, 500)
    most = {"full": 5, "denied": 7, "limit": 500, "clock": 1, "second": 1, "disk": 1}.get(kind, 9)
    assert all(0 <= moment(kind, course, rng) <= most for _ in range(100))


@pytest.mark.parametrize("text", QUICK_FAULTS)
def test_a_quick_run_survives(quick, text):
    outcome = quick.judge(Fault.parse(text))
    assert outcome.verdict != "failed", "\n".join(outcome.problems)


def test_the_harness_sees_results_that_are_not_those_of_a_run_without_faults(quick, monkeypatch):
    steps = quick.expected[QUICK]
    other = {**steps, "predict": dict.fromkeys(steps["predict"], "another hash")}
    monkeypatch.setitem(quick.expected, QUICK, other)
    outcome = quick.judge(Fault(QUICK, "report", "lost", 0))
    assert outcome.verdict == "failed"
    assert outcome.problems[0].startswith("predict: ")


@pytest.mark.slow
@pytest.mark.parametrize("run", [name for name in RUNS if name != QUICK])
def test_every_kind_of_run_survives(harness, run):
    harness.build(run)
    kinds = [kind for kind in KINDS if kind != "disk"]  # who mounts must be root
    outcomes = [harness.judge(fault) for fault in draw({run: harness.courses[run]}, 8, seed=1, kinds=kinds)]
    assert not {one.fault.id: one.problems for one in outcomes if one.verdict == "failed"}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_simulation_and_a_table_of_variants_survive(tmp_path, command):
    made = Commands(tmp_path)
    try:
        made.build(command)
        kinds = [kind for kind in COMMAND_KINDS if kind != "disk"]  # who mounts must be root
        outcomes = [made.judge(fault) for fault in draw(made.courses, 4, seed=1, kinds=kinds)]
    finally:
        made.close()
    assert not {one.fault.id: one.problems for one in outcomes if one.verdict == "failed"}
