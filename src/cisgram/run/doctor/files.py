"""The files of a run as such: whose contigs they speak of, and which assembly they are of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from cisgram.doctor.assembly import check_assembly
from cisgram.doctor.contigs import FileContigs, check_contigs, check_map_contigs, check_named_contigs
from cisgram.doctor.verdict import Verdict
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import Interval
from cisgram.io.bigwig import bigwig_sizes
from cisgram.io.cool import open_cool
from cisgram.io.genes import read_genes
from cisgram.io.hic_file import open_hic
from cisgram.io.reads.bam import bam_sizes
from cisgram.io.reads.fragments import scan_fragments
from cisgram.io.tables import read_chrom_sizes, read_intervals
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.examined import Examined, ExaminedMap, ExaminedSignal, nowhere
from cisgram.run.steps.coverage.known import known_genome

MOST_RECORDS = 5_000_000
"""So many records of a file of fragments are looked at for its contigs, from its beginning: about a second."""


class _File(NamedTuple):
    """One file that lies on contigs."""

    path: Path
    read: Callable[[], FileContigs]
    beyond: Literal["warning", "error"] = "error"
    is_everywhere: bool = False
    """Whether every part of the split must have something of it."""


def file_verdicts(examined: Examined, genome: Genome | None) -> list[Verdict]:
    """Contigs of every file against those of the genome, and the assembly that they are of.

    Parameters
    ----------
    examined
        What the settings name.
    genome
        The genome; None where the run has none: contigs are then those that its settings or signals know.
    """
    if examined.tables:
        text = "sequences that come with their labels have no places on a genome"
        return [Verdict(name, "sequences", "skipped", text) for name in ("contigs", "assembly")]
    try:
        sizes = dict(genome.sizes) if genome is not None else contigs_without_genome(examined)
    except InputError as error:
        return ask("contigs", "contigs", partial(_fail, error))
    known: dict[str, Mapping[str, int]] = {}
    verdicts = list(_named_contigs(examined, sizes))
    files = list(_files(examined))
    for file in files:
        verdicts += ask("contigs", examined.called(file.path), partial(_of_file, file, examined, sizes, known))
    for one in examined.maps:
        verdicts += ask("contigs", examined.called(one.path), partial(_of_map, one, examined, sizes, known))
    genome_name = examined.called(examined.fasta) if examined.fasta else "contigs"
    names = [examined.called(file.path) for file in files]
    return verdicts + check_assembly(sizes, known, genome_name=genome_name, file_names=names)


def contigs_without_genome(examined: Examined) -> dict[str, int]:
    """Lengths of the contigs of a run on coverage in bp, as its step ``prepare`` finds them.

    Raises
    ------
    InputError
        Where neither the settings nor the files say how long contigs are.
    """
    if examined.sizes is not None:
        return dict(read_chrom_sizes(examined.sizes))
    return dict(known_genome(nowhere(examined.config, examined.data_folder)).sizes)


def _fail(error: InputError) -> Verdict:
    raise error


def _named_contigs(examined: Examined, sizes: Mapping[str, int]) -> Iterator[Verdict]:
    """Contigs that the settings name."""
    split = examined.split
    if split is not None:
        yield check_named_contigs(sizes, (*split.test, *split.valid), subject="[split]")
    if examined.leave_out:
        yield check_named_contigs(sizes, examined.leave_out, subject="leave_out")
    for subject, regions in (("exclude", (*examined.excluded, *examined.unmappable)), ("regions", examined.regions)):
        if loci := [Interval.parse(one).chrom for one in regions if isinstance(one, str)]:
            yield check_named_contigs(sizes, loci, subject=f"loci of {subject}")


def _files(examined: Examined) -> Iterator[_File]:
    """Every file but maps, each once."""
    seen: set[Path] = set()
    for file in _named_files(examined):
        if file.path not in seen:
            seen.add(file.path)
            yield file


def _named_files(examined: Examined) -> Iterator[_File]:
    for one in examined.signals:
        yield _File(one.path, partial(_contigs_of_signal, one), beyond="warning", is_everywhere=True)
    for peaks in examined.peaks:
        yield _File(peaks.path, lambda path=peaks.path: _contigs_of(read_intervals(path)), is_everywhere=True)
    for regions in (*examined.excluded, *examined.unmappable, *examined.regions):
        if isinstance(regions, Path):
            yield _File(regions, lambda path=regions: _contigs_of(read_intervals(path)))
    if examined.genes is not None:
        yield _File(examined.genes, lambda path=examined.genes: _contigs_of(read_genes(path)))


def _contigs_of_signal(one: ExaminedSignal) -> FileContigs:
    """From the head of a bigWig or BAM file; from the records of a text file."""
    if one.form == "bigwig":
        return FileContigs(dict(bigwig_sizes(one.path)))
    if one.form == "bam":
        return FileContigs(dict(bam_sizes(one.path)))
    weights: dict[str, int] = {}
    ends: dict[str, int] = {}
    for batch in scan_fragments(one.path):
        if len(batch.ends):
            weights[batch.chrom] = weights.get(batch.chrom, 0) + len(batch.ends)
            ends[batch.chrom] = max(ends.get(batch.chrom, 0), int(batch.ends.max()))
        if sum(weights.values()) >= MOST_RECORDS:
            break
    return FileContigs(dict.fromkeys(weights), weights, ends)


def _contigs_of(table: pd.DataFrame) -> FileContigs:
    """From intervals."""
    found = table.groupby(table["chrom"].astype(str), sort=False)["end"].agg(["size", "max"])
    weights = {str(name): int(row["size"]) for name, row in found.iterrows()}
    return FileContigs(dict.fromkeys(weights), weights, {str(name): int(row["max"]) for name, row in found.iterrows()})


def _of_file(file: _File, examined: Examined, sizes: Mapping[str, int], known: dict[str, Mapping[str, int]]) -> Verdict:
    """The verdict on one file; its lengths are kept for the question after the assembly."""
    found = file.read()
    lengths = found.names_or_lengths
    if isinstance(lengths, dict):
        known[examined.called(file.path)] = lengths
    if not _knows_lengths(examined):
        found = replace(found, ends={})
    is_whole = file.is_everywhere and not examined.regions and examined.fasta is not None
    return check_contigs(
        sizes,
        found,
        subject=examined.called(file.path),
        parts=_parts(examined, sizes) if file.is_everywhere else None,
        left_out=examined.leave_out,
        beyond=file.beyond,
        is_whole=is_whole,
    )


def _knows_lengths(examined: Examined) -> bool:
    """Whether ends of contigs are known; where fragments are looked at in regions, ends are those of the regions."""
    has_header = any(one.form != "fragments" for one in examined.signals if one.role == "deep")
    return examined.fasta is not None or examined.sizes is not None or has_header


def _parts(examined: Examined, sizes: Mapping[str, int]) -> dict[str, list[str]]:
    """Contigs of the parts of the split; without those that are not the genome's, of which another verdict speaks."""
    split = examined.split
    if split is None or examined.regions:
        return {}
    held_out = {*split.test, *split.valid, *examined.leave_out}
    parts = {"train": [name for name in sizes if name not in held_out], "valid": split.valid, "test": split.test}
    return {part: [name for name in contigs if name in sizes] for part, contigs in parts.items()}


def _of_map(
    one: ExaminedMap, examined: Examined, sizes: Mapping[str, int], known: dict[str, Mapping[str, int]]
) -> Verdict:
    """The verdict on one contact map."""
    source: Any
    if one.path.suffix == ".hic":
        source = open_hic(one.path, resolution=examined.bin_size)
    else:
        source = open_cool(one.path, resolution=examined.bin_size, weight=None)
    map_sizes = dict(source.bins.sizes)
    subject = examined.called(one.path)
    known[subject] = map_sizes
    return check_map_contigs(
        sizes, map_sizes, bin_size=source.bins.bin_size, slack_bins=one.slack_bins, subject=subject
    )
