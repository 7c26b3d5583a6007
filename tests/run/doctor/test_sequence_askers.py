"""What is asked of the sequences and the resources of a run, on a good cell and on one that was broken in one way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.genomics.genome import Genome
from cisgram.io.fasta import read_genome
from cisgram.run.config import config_from, read_config
from cisgram.run.doctor import resources, step_pace
from cisgram.run.doctor.examined import examine
from cisgram.run.doctor.resources import needs_of, resource_verdicts
from cisgram.run.doctor.sequences import sequence_verdicts
from cisgram.run.doctor.step_pace import Pace, measure_pace
from cisgram.run.doctor.windows import planned_windows
from cisgram.run.doctor.workload import Workload, workload_of


@pytest.fixture(scope="module")
def examined(config_path):
    return examine(read_config(config_path), config_path.parent)


@pytest.fixture(scope="module")
def genome(examined):
    return read_genome(examined.fasta)


def changed(genome, **contigs):
    """The same genome with other bases on some contigs."""
    own = {name: np.array(genome.codes(name, 0, size)) for name, size in genome.sizes.items()}
    return Genome.from_codes({**own, **contigs})


def bad(verdicts):
    return {one.check: one.level for one in verdicts if one.is_bad}


def test_a_good_cell_is_found_good(examined, genome):
    verdicts = sequence_verdicts(examined, genome)
    assert bad(verdicts) == {}
    assert {one.check for one in verdicts} == {"unknown_bases", "blacklist", "shared_sequences"}


def test_a_test_contig_that_is_a_copy_of_a_training_contig_is_an_error(examined, genome):
    test = examined.split.test[0]
    train = next(name for name in genome.sizes if name not in (*examined.split.test, *examined.split.valid))
    codes = np.array(genome.codes(train, 0, genome.sizes[train]))[: genome.sizes[test]]
    whole = np.concatenate([codes, np.array(genome.codes(test, len(codes), genome.sizes[test]))])
    tiles = replace(examined.config, windows=replace(examined.config.windows, peaks=()))
    broken = replace(examined, config=tiles)  # windows beside each other: those of both contigs lie at the same places
    assert bad(sequence_verdicts(broken, changed(genome, **{test: whole}))) == {"shared_sequences": "error"}


def test_a_test_contig_of_n_is_an_error_of_unknown_bases_alone(examined, genome):
    test = examined.split.test[0]
    empty = np.full(genome.sizes[test], 4, dtype=np.uint8)
    assert bad(sequence_verdicts(examined, changed(genome, **{test: empty}))).keys() == {"unknown_bases"}


def test_regions_that_cover_everything_are_an_error_of_the_blacklist_alone(examined, genome):
    everything = tuple(f"{name}:1-{size}" for name, size in genome.sizes.items())
    windows = replace(examined.config.windows, exclude=everything)
    broken = replace(examined, config=replace(examined.config, windows=windows))
    assert bad(sequence_verdicts(broken, genome)) == {"blacklist": "error"}


def test_windows_that_cannot_be_laid_are_an_error_with_the_message(examined, genome):
    split = replace(examined.config.split, test=("chrNowhere",))
    broken = replace(examined, config=replace(examined.config, split=split))
    found = [one for one in sequence_verdicts(broken, genome) if one.level == "error"]
    assert [one.check for one in found] == ["shared_sequences"]
    assert "chrNowhere" in found[0].evidence


@pytest.mark.parametrize(("n_mutants", "expected"), [(0, {}), (30, {"shared_sequences": "warning"})])
def test_tables_of_sequences_are_asked_for_copies(n_mutants, expected, tmp_path):
    rng = np.random.default_rng(1)
    codes = [rng.integers(0, 4, 80, dtype=np.uint8) for _ in range(300)]
    for row in range(n_mutants):  # in a table of its own: mutants of what is trained on
        codes[200 + row] = codes[row].copy()
        codes[200 + row][40] = (codes[row][40] + 1) % 4
    letters = np.array(list("ACGT"))
    rows = ["".join(letters[one]) + f"\t{rng.integers(0, 2)}" for one in codes]
    for part, chosen in (("train", rows[:200]), ("test", rows[200:])):
        (tmp_path / f"{part}.tsv").write_text("\n".join(["sequence\tbound", *chosen]) + "\n")
    sequences = {"train": ["train.tsv"], "test": ["test.tsv"]}
    model = {"name": "basset", "form": "short", "input_length": 80}
    config = config_from({"name": "a", "sequences": sequences, "model": model})
    verdicts = sequence_verdicts(examine(config, tmp_path), None)
    assert bad(verdicts) == expected
    assert {"labels", "negative_composition", "unknown_bases"} <= {one.check for one in verdicts}


@pytest.mark.slow
def test_no_window_is_counted_that_a_run_drops(examined, genome, finished):
    """The workload is that of the run that was done: windows exactly, bytes within a third."""
    work = workload_of(examined, genome)
    kept = finished.manifest.steps["prepare"].notes["n_kept"]
    assert {part: kept[f"{part} peak"] for part in ("train", "valid", "test")} == work.windows
    written = {
        name: sum((finished.folder / one).stat().st_size for one in finished.manifest.steps[name].outputs)
        for name in ("prepare", "contributions")
    }
    for name, n_bytes in written.items():
        assert 0.6 < work.disk_bytes[name] / n_bytes < 1.6


def test_a_good_machine_has_enough_and_a_full_disk_has_not(examined, genome, tmp_path, monkeypatch):
    assert bad(resource_verdicts(examined, tmp_path, genome=genome)) == {}
    monkeypatch.setattr(resources, "_free_bytes", lambda _: 1000)
    assert bad(resource_verdicts(examined, tmp_path, genome=genome)) == {"disk": "error"}


def test_a_machine_with_little_memory_cannot_train(examined, genome, tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_system_bytes", lambda: 5e8)
    assert bad(resource_verdicts(examined, tmp_path, genome=genome)) == {"memory": "error"}


def test_time_and_memory_grow_with_what_there_is_to_do(examined):
    pace = Pace(0.01, 0.004, 1e6, 1000)
    little, much = (Workload({"train": n, "valid": 10, "test": 10}, 1) for n in (100.0, 10_000.0))
    first, second = (needs_of(examined.config, work, pace)[0] for work in (little, much))
    epochs = examined.config.training.epochs
    assert second.seconds - first.seconds == pytest.approx(epochs * 9900 * 0.01)
    assert needs_of(examined.config, little, pace._replace(kept_bytes=2e6))[0].memory_bytes - first.memory_bytes == (
        pytest.approx(2e6 * examined.config.batches.size)
    )


def test_measuring_leaves_random_numbers_and_threads_as_they_were(examined):
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    pace = measure_pace(examined.config, n_tracks=2, n_controls=2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    assert pace.step_seconds > pace.forward_seconds > 0
    assert pace.kept_bytes > 0


def test_a_longer_akita_is_measured_on_short_ones():
    """Kept memory is exactly that of the trunk and of the pairs, which two lengths tell apart."""

    def config(n_bins):
        return config_from(
            {
                "name": "a",
                "genome": {"fasta": "a.fa"},
                "maps": [{"name": "HiC", "file": "a.cool"}],
                "split": {"test": ["I"], "valid": ["II"]},
                "model": {"name": "akita", "form": "tiny", "input_length": n_bins * 128, "bin_size": 128},
                "batches": {"size": 2},
            }
        )

    long = measure_pace(config(160), n_tracks=1).kept_bytes
    whole = step_pace._costs(
        step_pace.MODELS["akita"].build(config(160).model, n_tracks=1),
        step_pace._inputs(config(160).model, 0),
        config(160),
    ).kept_bytes
    assert long == pytest.approx(whole, rel=0.05)


def test_planned_windows_lie_where_the_run_puts_them(examined, genome, finished):
    planned = planned_windows(examined, genome).windows
    real = pd.read_csv(finished.folder / "examples" / "windows.tsv.gz", sep="\t")
    laid, used = (set(zip(one["chrom"], one["start"], strict=True)) for one in (planned, real))
    assert used <= laid
