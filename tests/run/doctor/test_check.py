"""The check of a run: silent on good data, clear on broken data, the first step of every kind of run."""

import json
import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.doctor.questions import CHECKS
from cisgram.doctor.verdict import Diagnosis, Verdict
from cisgram.errors import ConfigError, InputError
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig, write_bigwig
from cisgram.run import BINNED_STEPS, CONTACT_STEPS, COVERAGE_STEPS, LABEL_STEPS, PROFILE_STEPS, Run, run_steps
from cisgram.run.config import config_text, read_config
from cisgram.run.demo import simulate_demo
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.check import diagnose
from cisgram.run.doctor.examined import ExaminedSignal, examine
from cisgram.run.settings.shared import CheckConfig


@pytest.fixture
def copied(cell, config_path, tmp_path):
    """The simulated cell in a folder of its own, to be broken; and its settings."""
    folder = tmp_path / "cell"
    shutil.copytree(cell.folder, folder)
    return folder, read_config(config_path)


def bad(found):
    return [(one.check, one.subject, one.level) for one in found.verdicts if one.is_bad]


def questions_of_files(found):
    return [(one.check, one.subject, one.level) for one in found.verdicts if one.check in ("contigs", "assembly")]


def rewritten(path, *, names=lambda name: name, longer=0):
    """Write a bigWig again with other names or lengths of contigs."""
    sizes = bigwig_sizes(path)
    signal = {name: read_bigwig_contig(path, name) for name in sizes}
    write_bigwig(
        path,
        {names(name): size + longer for name, size in sizes.items()},
        [(names(name), np.pad(values, (0, longer))) for name, values in signal.items()],
    )


def test_good_data_give_no_warning_and_every_file_is_spoken_of(cell, config_path):
    config = read_config(config_path)
    found = diagnose(config, cell.folder)
    assert bad(found) == []
    subjects = {one.subject for one in found.verdicts if one.check == "contigs"}
    assert {*config.windows.peaks, *config.tracks[0].plus, *config.tracks[1].minus, *config.control.plus} <= subjects
    order = [list(CHECKS).index(one.check) for one in found.verdicts]
    assert order == sorted(order)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binding", "cell-types", "atac", "contacts", "expression"])
def test_the_simulations_of_every_kind_are_fit_to_train_on(kind, tmp_path):
    made = simulate_demo(kind, tmp_path, size="tiny")
    assert bad(diagnose(read_config(made.config), tmp_path)) == []


def test_a_file_with_renamed_contigs_is_fine_and_the_names_are_said(copied):
    folder, config = copied
    rewritten(folder / config.tracks[0].plus[0], names=lambda name: name.removeprefix("chr"))
    found = diagnose(config, folder)
    assert bad(found) == []
    one = next(one for one in found.verdicts if one.subject == config.tracks[0].plus[0])
    assert one.figures["mapping"].startswith("1 = chr1, 2 = chr2")


def test_a_file_with_contigs_of_other_lengths_is_an_error_of_its_own_and_changes_no_other_verdict(copied):
    folder, config = copied
    before = questions_of_files(diagnose(config, folder))
    path = config.tracks[0].minus[1]
    rewritten(folder / path, longer=7)
    after = questions_of_files(diagnose(config, folder))
    assert [two for one, two in zip(before, after, strict=True) if one != two] == [("contigs", path, "error")]


def test_excluded_loci_on_unknown_contigs_exclude_nothing_where_that_is_accepted(copied):
    folder, config = copied
    there, wrong = (replace(config.windows, exclude=exclude) for exclude in ((), ("strange:1-100",)))
    bare = diagnose(replace(config, windows=there), folder)
    accepted = CheckConfig(accept=("contigs",))
    found = diagnose(replace(config, windows=wrong, check=accepted), folder)
    unplaced = [("contigs", "loci of exclude", "error"), ("blacklist", "excluded regions", "warning")]
    assert bad(found) == unplaced
    counts = ({one.evidence for one in all_of.verdicts if one.check == "depth"} for all_of in (bare, found))
    assert next(counts) == next(counts)


def test_peaks_beyond_the_ends_of_contigs_are_an_error(copied):
    folder, config = copied
    peaks = folder / config.windows.peaks[0]
    first = peaks.read_text().splitlines()[0].split("\t")
    first[1:3] = "90000000", "90000100"
    peaks.write_text("\n".join([peaks.read_text().rstrip(), "\t".join(first)]) + "\n")
    assert bad(diagnose(config, folder)) == [("contigs", config.windows.peaks[0], "error")]


def test_contigs_of_the_settings_that_the_genome_lacks_are_an_error_with_the_right_name(copied):
    folder, config = copied
    name = config.split.test[0]
    assert name.startswith("chr")
    short = replace(config, split=replace(config.split, test=(name.removeprefix("chr"),)))
    found = diagnose(short, folder)
    assert bad(found) == [("contigs", "[split]", "error")]
    assert found.of("error")[0].remedy == f"write {name} for {name.removeprefix('chr')}"


def test_a_locus_to_leave_out_that_lies_on_no_contig_is_found(copied):
    folder, config = copied
    typo = replace(config, windows=replace(config.windows, exclude=("chrXII:1-100",)))
    assert bad(diagnose(typo, folder)) == [("contigs", "loci of exclude", "error")]


def test_a_damaged_file_is_a_verdict_and_a_missing_one_stops(copied):
    folder, config = copied
    path = folder / config.tracks[0].plus[0]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = diagnose(config, folder)
    assert bad(found) == [("contigs", config.tracks[0].plus[0], "error")]
    path.unlink()
    with pytest.raises(InputError, match=path.name):
        diagnose(config, folder)


def test_what_is_not_ours_is_no_verdict():
    def broken():
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError):
        ask("depth", "a.bw", broken)


def test_the_step_writes_what_it_found_and_stops_on_errors_that_are_not_accepted(
    cell, config_path, tmp_path, caplog, monkeypatch
):
    shallow = Diagnosis((Verdict("depth", "Oct4 replicate 1", "error", "12 reads", "sequence more"),))
    monkeypatch.setattr("cisgram.run.steps.check.diagnose", lambda *_, **__: shallow)
    config = read_config(config_path)
    run = Run(tmp_path / "run", config, data_folder=cell.folder)
    run.folder.mkdir()
    with pytest.raises(InputError, match=r'not fit.*1 error.*12 reads; sequence more.*accept = \["depth"\]'):
        run_steps(run, [PROFILE_STEPS["check"]])
    assert json.loads((run.folder / "check.json").read_text())["worst"] == "error"
    assert run.manifest.steps["check"].state == "failed"
    accepting = Run(run.folder, replace(config, check=CheckConfig(("depth",))), data_folder=cell.folder)
    with caplog.at_level(logging.WARNING, logger="cisgram"):
        assert run_steps(accepting, [PROFILE_STEPS["check"]]) == ["check"]
    assert "accepted in [check]" in caplog.text
    written = json.loads((run.folder / "check.json").read_text())
    assert accepting.manifest.steps["check"].notes == written["counts"]
    assert Diagnosis.from_json(written).worst == "warning"
    assert written["questions"]["contigs"]["asked"] == CHECKS["contigs"].asked
    assert written["accepted"] == ["depth"]


@pytest.mark.parametrize("steps", [PROFILE_STEPS, LABEL_STEPS, COVERAGE_STEPS, CONTACT_STEPS, BINNED_STEPS])
def test_the_check_comes_first_and_no_step_needs_it(steps):
    assert next(iter(steps)) == "check"
    assert not any("check" in one.needs for one in steps.values())
    assert "check" in steps["report"].uses


def test_names_of_checks_in_the_settings_are_looked_at():
    with pytest.raises(ConfigError, match="did you mean 'replicates'"):
        CheckConfig(("replicate",))


def test_files_of_a_track_in_bins_are_replicates_or_their_sum(data_folder, request):
    config = read_config(request.config.rootpath / "configs" / "yeast_expression.toml")
    examined = examine(config, data_folder)
    plus = [one for one in examined.signals if one.track == "STRIPE-seq_plus"]
    assert [(one.replicate, one.role, one.strand) for one in plus] == [(n, "track", "+") for n in range(3)]
    minus = [one for one in examined.signals if one.track == "STRIPE-seq_minus"]
    assert {(one.strand, one.strand_pair) for one in minus} == {("-", "STRIPE-seq_plus")}
    pooled = replace(config.tracks[2], file="yeast/tss/stripe_ypd.rep3.plus.bw")
    summed = examine(replace(config, tracks=(*config.tracks[:2], pooled, *config.tracks[3:])), data_folder)
    plus = [one for one in summed.signals if one.track == "STRIPE-seq_plus"]
    assert [(one.replicate, one.role) for one in plus] == [(0, "pooled"), (0, "track"), (1, "track")]


def test_files_are_called_as_in_the_settings(cell, config_path):
    config = read_config(config_path)
    examined = examine(config, cell.folder)
    assert examined.called(examined.signals[0].path) == config.tracks[0].plus[0]
    one = examined.signals[1]
    assert isinstance(one, ExaminedSignal)
    assert one.subject == f"{config.tracks[0].name} replicate 1 (minus strand)"
    assert examined.signals[-1].role == "control"


def test_the_verb_says_verdicts_and_exits_with_1_on_errors(copied):
    folder, config = copied
    good, wrong = folder / "good.toml", folder / "wrong.toml"
    good.write_text(config_text(config))
    wrong.write_text(config_text(replace(config, windows=replace(config.windows, exclude=("chrXII:1-100",)))))
    call = CliRunner().invoke
    fine = call(app, ["check", str(good)])
    assert fine.exit_code == 0
    assert fine.stdout.rstrip().endswith("fit to train on")
    assert "\x1b" not in fine.stdout
    failed = call(app, ["check", str(wrong)])
    assert failed.exit_code == 1
    assert "error    loci of exclude: chrXII" in failed.stdout
    assert failed.stdout.rstrip().endswith("do not train on this")
    asked = call(app, ["check", str(wrong), "--json"])
    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["counts"]["error"] == 1
    assert not list(folder.glob("runs")), "nothing is written"


def test_the_verb_lists_its_questions_without_a_run():
    call = CliRunner().invoke
    listed = call(app, ["check", "--list"])
    assert all(one.asked in listed.stdout for one in CHECKS.values())
    assert json.loads(call(app, ["check", "--list", "--json"]).stdout).keys() == CHECKS.keys()
    assert call(app, ["check"]).exit_code == 2
