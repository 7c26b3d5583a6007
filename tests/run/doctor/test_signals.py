"""Files of a simulated cell, broken in one way each: that question fails, and no other one about signals does."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig, write_bigwig
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals, write_narrowpeak
from cisgram.run.config import read_config
from cisgram.run.doctor.examined import examine
from cisgram.run.doctor.signal_places import choose_places, contig_sizes
from cisgram.run.doctor.signals import signal_verdicts


@pytest.fixture
def copied(cell, config_path, tmp_path):
    """The simulated cell in a folder of its own, to be broken; and its settings."""
    folder = tmp_path / "cell"
    shutil.copytree(cell.folder, folder)
    return folder, read_config(config_path)


def bad(folder, config):
    examined = examine(config, folder)
    genome = read_genome(examined.fasta)
    return {(one.check, one.level) for one in signal_verdicts(examined, genome) if one.is_bad}


def rewritten(path, change):
    """Write a bigWig again, every contig changed."""
    sizes = bigwig_sizes(path)
    signal = {name: read_bigwig_contig(path, name) for name in sizes}
    write_bigwig(path, sizes, [(name, change(values).astype(np.float32)) for name, values in signal.items()])


def of_strands(folder, change, *, track="Oct4", replicates=(2,)):
    for replicate in replicates:
        for strand in ("plus", "minus"):
            rewritten(folder / "tracks" / f"{track}.rep{replicate}.{strand}.bw", change)


def exchange(first, second):
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def test_good_files_raise_no_alarm_and_every_question_is_asked(copied):
    folder, config = copied
    examined = examine(config, folder)
    verdicts = signal_verdicts(examined, read_genome(examined.fasta))
    assert not [one for one in verdicts if one.is_bad]
    asked = {"registration", "strand_swap", "depth", "complexity", "replicates", "mislabelled_replicate", "blow_ups"}
    assert {one.check for one in verdicts} == asked | {"peak_signal"}


def test_a_bigwig_moved_by_a_base_is_found(copied):
    folder, config = copied
    of_strands(folder, lambda values: np.roll(values, 1))
    assert bad(folder, config) == {("registration", "error")}


def test_exchanged_strands_of_a_replicate_are_found(copied):
    folder, config = copied
    exchange(*(folder / "tracks" / f"Sox2.rep1.{strand}.bw" for strand in ("plus", "minus")))
    assert bad(folder, config) == {("strand_swap", "error")}


def test_a_thousandth_of_the_reads_is_too_few(copied):
    folder, config = copied
    rng = np.random.default_rng(1)
    of_strands(folder, lambda values: rng.binomial(values.astype(int), 0.001), replicates=(1, 2))
    assert {check for check, _ in bad(folder, config)} == {"depth"}


def test_copies_of_reads_are_found(copied):
    folder, config = copied
    rng = np.random.default_rng(2)
    of_strands(folder, lambda values: rng.poisson(5.0 * rng.binomial(values.astype(int), 0.5)), replicates=(1,))
    assert bad(folder, config) == {("complexity", "error")}


def test_a_blow_up_is_found(copied):
    folder, config = copied
    rng = np.random.default_rng(3)

    def change(values):
        added = values.copy()
        if values.size > 60_000:  # the longest contig
            added[20_000:20_200] += rng.poisson(values.sum() / 20, 200)
        return added

    of_strands(folder, change, replicates=(1, 2))
    assert {check for check, _ in bad(folder, config)} == {"blow_ups"}


def test_moved_peaks_have_no_signal(copied):
    folder, config = copied
    path = folder / config.windows.peaks[0]
    peaks = read_intervals(path)
    limits = peaks["chrom"].map(bigwig_sizes(folder / config.tracks[0].plus[0]))
    rng = np.random.default_rng(4)
    start = (rng.random(len(peaks)) * (limits - 1000)).astype(int)
    width = peaks["end"] - peaks["start"]
    write_narrowpeak(path, peaks.assign(start=start, end=start + width, summit=start + width // 2))
    assert {check for check, _ in bad(folder, config)} == {"peak_signal"}


def test_replicates_exchanged_between_tracks_are_found(copied):
    folder, config = copied
    names = [track.name for track in config.tracks]
    for strand in ("plus", "minus"):
        exchange(*(folder / "tracks" / f"{track}.rep2.{strand}.bw" for track in names))
    assert bad(folder, config) == {("mislabelled_replicate", "error")}


def test_a_large_genome_is_sampled_around_peaks_and_anywhere(copied):
    folder, config = copied
    examined = examine(config, folder)
    sizes = contig_sizes(examined, read_genome(examined.fasta))
    peaks = read_intervals(folder / config.windows.peaks[0])
    whole = choose_places(examined, sizes, peaks)
    sample = choose_places(examined, sizes, peaks, most_bp=1 << 17)
    assert sample.n_bases < whole.n_bases
    assert sample.table.equals(choose_places(examined, sizes, peaks, most_bp=1 << 17).table)
    assert not sample.table.equals(choose_places(replace(examined, seed=2), sizes, peaks, most_bp=1 << 17).table)
    kept = whole.table.merge(sample.table, on="chrom", suffixes=("", "_sampled"))
    assert (np.minimum(kept["end"], kept["end_sampled"]) - np.maximum(kept["start"], kept["start_sampled"])).gt(0).any()
