"""Steps are done when they must be, kept when they hold, and taken up after a failure."""

import json
from dataclasses import replace

import pytest

from cisgram.errors import InputError, RunFolderError
from cisgram.run.folder import Run
from cisgram.run.manifest import Manifest
from cisgram.run.pipeline import Step, run_steps, step_parts

CONFIG = """
name = "toy"
seed = {seed}
[genome]
fasta = "genome.fa"
[[tracks]]
name = "t"
plus = ["p.bw"]
minus = ["m.bw"]
[split]
test = ["I"]
valid = ["II"]
"""


def write_letter(run):
    (run.folder / "a.txt").write_text(run.input("genome.fa").read_text()[:3] + str(run.config.seed))
    return {"letters": 1}


def double_letter(run):
    text = (run.folder / "a.txt").read_text()
    (run.folder / "b").mkdir(exist_ok=True)
    (run.folder / "b" / "b.txt").write_text(text + text)
    return {}


FIRST = Step("first", write_letter, places=("a.txt",), sections=("seed",), inputs=lambda _: ["genome.fa"])
SECOND = Step("second", double_letter, places=("b",), needs=("first",))


@pytest.fixture
def start(tmp_path):
    (tmp_path / "genome.fa").write_text(">I\nACGT\n")

    def start_run(*, seed=1, update=False):
        (tmp_path / "config.toml").write_text(CONFIG.format(seed=seed))
        return Run.start(tmp_path / "config.toml", folder=tmp_path / "run", update=update)

    return start_run


def test_a_second_call_does_nothing(start):
    assert run_steps(start(), [FIRST, SECOND]) == ["first", "second"]
    assert run_steps(start(), [FIRST, SECOND]) == []
    assert run_steps(start(), [FIRST, SECOND], again=True) == ["first", "second"]


def test_a_changed_setting_is_refused_and_with_update_does_what_depends_on_it(start):
    run_steps(start(), [FIRST, SECOND])
    with pytest.raises(RunFolderError, match="differ in seed"):
        start(seed=2)
    run = start(seed=2, update=True)
    assert run_steps(run, [FIRST, SECOND]) == ["first", "second"]
    assert (run.folder / "b" / "b.txt").read_text() == ">I\n2>I\n2"


def test_a_step_may_depend_on_one_setting_of_a_section(start):
    run = start()
    on_one = replace(FIRST, sections=("evaluation.average_strands",))
    key = step_parts(run, on_one).key_for(on_one)
    for name, other, is_same in (("average_strands", False, False), ("n_bootstrap", 7, True)):
        run.config = replace(run.config, evaluation=replace(run.config.evaluation, **{name: other}))
        assert (step_parts(run, on_one).key_for(on_one) == key) == is_same
        run = start()


def test_a_changed_input_is_noticed(start, tmp_path):
    run_steps(start(), [FIRST, SECOND])
    (tmp_path / "genome.fa").write_text(">X\nACGT\n")
    assert run_steps(start(), [FIRST, SECOND]) == ["first", "second"]


def test_a_result_changed_by_hand_is_made_again(start):
    run = start()
    run_steps(run, [FIRST, SECOND])
    (run.folder / "b" / "b.txt").write_text("other")
    assert run_steps(start(), [FIRST, SECOND]) == ["second"]


def test_a_failed_step_keeps_what_it_had_for_the_next_attempt(start):
    calls = []

    def fail_once(run):
        (run.folder / "c.txt").write_text((run.folder / "c.txt").read_text() + "x" if calls else "x")
        calls.append(1)
        if len(calls) == 1:
            raise InputError("no luck")
        return {}

    step = Step("third", fail_once, places=("c.txt",))
    run = start()
    with pytest.raises(InputError, match="no luck"):
        run_steps(run, [step])
    assert Manifest(run.folder / "manifest.json").steps["third"].state == "failed"
    run_steps(start(), [step])
    assert (run.folder / "c.txt").read_text() == "xx"


def test_a_new_version_of_a_step_removes_what_the_old_one_left(start):
    run = start()
    run_steps(run, [FIRST])
    (run.folder / "a.txt").write_text("left over")
    newer = replace(FIRST, version=2, do=lambda run: {"is_clean": not (run.folder / "a.txt").exists()})
    run_steps(run, [newer])
    assert run.manifest.steps["first"].notes == {"is_clean": True}


def test_a_step_without_what_it_needs_says_what_to_do(start):
    with pytest.raises(InputError, match="'first' first; run: cisgram first"):
        run_steps(start(), [SECOND])


def test_two_processes_do_not_share_a_folder(start):
    run = start()
    with run.locked(), pytest.raises(RunFolderError, match="another process"):
        run_steps(start(), [FIRST])


def test_a_folder_with_something_else_is_refused(start, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.docx").write_text("years of work")
    with pytest.raises(RunFolderError, match="not a run folder"):
        start()
    with pytest.raises(RunFolderError, match="no manifest"):
        Run.open(tmp_path / "run")


def test_a_run_whose_settings_were_lost_goes_on_with_the_same_ones_where_that_is_asked_for(start, tmp_path):
    first = start()
    assert run_steps(first, [FIRST, SECOND])
    (tmp_path / "run" / "config.toml").unlink()
    with pytest.raises(RunFolderError, match=r"config\.toml is gone; bring it back, or give --update"):
        start()
    assert run_steps(start(update=True), [FIRST, SECOND]) == []


def test_a_missing_input_is_named(start, tmp_path):
    run = start()
    (tmp_path / "genome.fa").unlink()
    with pytest.raises(InputError, match=r"genome\.fa"):
        run_steps(run, [FIRST])


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"format": 99}), json.dumps({"format": 1})])
def test_a_foreign_manifest_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"manifest\.json"):
        Manifest(tmp_path / "manifest.json")


def test_what_a_killed_process_was_writing_is_removed(start):
    run = start()
    run_steps(run, [FIRST, SECOND])
    left = [run.folder / ".partial-0123-manifest.json", run.folder / "b" / ".store.partial-77" / "0.npy"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text("half")
    assert run_steps(start(), [FIRST, SECOND]) == []
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("fails", [False, True])
def test_results_of_inputs_that_changed_while_they_were_read_are_refused(start, tmp_path, fails):
    # Once the input is put back its hash is the old one again, and nothing would tell that the results are of another.
    def meddle(run):
        write_letter(run)
        (tmp_path / "genome.fa").write_text(">X\nACGT\n")
        write_letter(run)
        if fails:
            raise InputError("no luck")
        return {}

    run = start()
    with pytest.raises(InputError, match=r"first: genome\.fa was changed or removed while the step was reading"):
        run_steps(run, [replace(FIRST, do=meddle)])
    assert run.manifest.steps["first"].state == "failed"
    assert not (run.folder / "a.txt").exists()
    (tmp_path / "genome.fa").write_text(">I\nACGT\n")
    assert run_steps(start(), [FIRST]) == ["first"]
    assert (run.folder / "a.txt").read_text() == ">I\n1"


def test_a_run_that_died_before_it_wrote_its_settings_is_begun_again(start, tmp_path):
    (tmp_path / "run").mkdir()
    for name in (".lock", ".partial-0123-config.toml"):
        (tmp_path / "run" / name).write_text("")
    assert run_steps(start(), [FIRST]) == ["first"]
    assert not (tmp_path / "run" / ".partial-0123-config.toml").exists()
