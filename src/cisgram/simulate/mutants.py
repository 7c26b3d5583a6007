"""A mutant of the simulated cell: bound pioneer sites near Nanog sites are scrambled, and all is measured again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

import cisgram
from cisgram.errors import EmptySetError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant
from cisgram.io.bigwig import write_bigwig
from cisgram.io.files import write_text_atomic
from cisgram.io.tables import write_table
from cisgram.io.vcf import write_vcf
from cisgram.simulate.assays.chip_nexus import ChipNexus
from cisgram.simulate.cell_files import MutantFiles
from cisgram.simulate.contig import CellContig
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.pluripotency import NANOG_MOTIFS
from cisgram.simulate.sites import Sites, find_sites
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import BOUND, suggested_split
from cisgram.simulate.variant_effects import variant_effects

PIONEER = "Oct4-Sox2"
"""Motif whose sites are scrambled."""
NAME = "scrambled_pioneers"
"""Name of the mutant."""

_NEAR_BP = 150
_APART_BP = 1_000
_CONTEXT_BP = 60
_MAX_TRIES = 400


def write_mutants(
    contigs: Sequence[CellContig], genome: Genome, assay: ChipNexus, *, n_sites: int, files: MutantFiles
) -> None:
    """Draw a mutant, measure it, and write its TOML file, VCF, tracks and true effects.

    Parameters
    ----------
    contigs
        The cell.
    genome
        The same bases.
    assay
        The experiments; they are done with the same settings, and what the sequence does not explain about a place is
        the same as in the wild type.
    n_sites
        Sites to scramble, all in one mutant, on contigs suggested for testing.
    files
        Where to write.
    """
    changes = scrambled_sites(contigs, assay.grammar, n_sites=n_sites, rng=named_stream(assay.seed, "mutants"))
    named = [replace(one, name=f"site_{number + 1:03d}") for number, one in enumerate(changes)]
    write_vcf(files.changes, named, sizes=genome.sizes, source=f"cisgram {cisgram.__version__} simulated")
    effects = variant_effects(named, genome, assay).round(5)
    write_table(files.effects, effects, provenance={"seed": assay.seed, "cisgram": cisgram.__version__})
    by_contig = {contig.name: [one for one in named if one.chrom == contig.name] for contig in contigs}
    mutant = [mutated(contig, by_contig[contig.name], assay.grammar) for contig in contigs]
    again = replace(assay, stream=NAME)
    factors = {factor.name: factor for factor in assay.grammar.assayed}
    sizes = {contig.name: contig.length for contig in contigs}
    for track in files.tracks:
        counts = partial(again.counts, factor=factors[track.factor], replicate=track.replicate, strand=track.strand)
        write_bigwig(track.path, sizes, ((contig.name, counts(contig)) for contig in mutant))
    write_text_atomic(files.config, "\n".join(_toml(files, list(factors))) + "\n")


def scrambled_sites(
    contigs: Sequence[CellContig], grammar: Grammar, *, n_sites: int, rng: np.random.Generator
) -> list[Variant]:
    """Choose bound pioneer sites near bound Nanog sites, and put the bases of each into an order that nothing binds.

    Parameters
    ----------
    contigs
        The cell; only the contigs suggested for testing are changed.
    grammar
        Whose motifs are looked for.
    n_sites
        How many; they lie at least 1,000 bp apart, and no other bound site shares bases with one.
    rng
        Where chance comes from.

    Returns
    -------
    list of Variant
        Substitutions that keep length, in the order of the genome.

    Raises
    ------
    EmptySetError
        There are fewer such sites.
    """
    held_out = suggested_split([contig.name for contig in contigs])["test"]
    candidates = [
        (contig, row) for contig in contigs if contig.name in held_out for row in _candidates(contig, grammar)
    ]
    chosen: list[Variant] = []
    for number in rng.permutation(len(candidates)):
        contig, row = candidates[int(number)]
        start = int(contig.sites.start[row])
        is_apart = all(one.chrom != contig.name or abs(one.start - start) >= _APART_BP for one in chosen)
        if len(chosen) < n_sites and is_apart and (change := _scrambled(contig, row, grammar, rng)) is not None:
            chosen.append(change)
    if len(chosen) < n_sites:
        raise EmptySetError(
            f"{n_sites} bound {PIONEER} sites near bound Nanog sites on {', '.join(held_out)}",
            dropped={"too near to another, or never without a site": len(candidates) - len(chosen)},
            hint=f"there are {len(chosen)}: ask for fewer mutants or a longer genome",
        )
    order = {contig.name: number for number, contig in enumerate(contigs)}
    return sorted(chosen, key=lambda one: (order[one.chrom], one.start))


def mutated(contig: CellContig, changes: Sequence[Variant], grammar: Grammar) -> CellContig:
    """The contig with other bases and what binds there then.

    The list of sites stays, so that what the sequence does not explain about each of them does; a site that is no more
    is never bound.

    Parameters
    ----------
    contig
        The wild type.
    changes
        Substitutions on it, which make no new site; with none, the contig is returned as it is.
    grammar
        Gives motifs and rules.
    """
    if not changes:
        return contig
    codes = np.array(contig.codes)
    for change in changes:
        codes[change.start : change.end] = encode(change.alt)
    is_touched = np.zeros(contig.sites.start.size, dtype=bool)
    for change in changes:
        is_touched |= (contig.sites.start < change.end) & (contig.sites.end > change.start)
    # Planted sites below the scan's least weight are only in the list: those that were not touched keep theirs.
    scanned = find_sites(codes, grammar)
    weight_of = dict(zip(_keys(scanned), scanned.weight.tolist(), strict=True))
    kept = [
        weight_of.get(key, 0.0) if touched else weight
        for key, touched, weight in zip(_keys(contig.sites), is_touched, contig.sites.weight.tolist(), strict=True)
    ]
    weight = np.array(kept, dtype=np.float64)
    occupancy = np.zeros(weight.size)
    occupancy[weight > 0] = occupancies(contig.sites._replace(weight=weight).rows(weight > 0), grammar)
    return replace(contig, codes=codes, occupancy=occupancy)


def _candidates(contig: CellContig, grammar: Grammar) -> list[int]:
    """Rows of bound pioneer sites with a bound Nanog site near and no other bound site on their bases."""
    sites, is_bound = contig.sites, contig.occupancy >= BOUND
    pioneer = np.flatnonzero(is_bound & (sites.motif == grammar.index(PIONEER)))
    nanog = is_bound & np.isin(sites.motif, [grammar.index(name) for name in NANOG_MOTIFS])
    rows = []
    for row in pioneer.tolist():
        start, end = sites.start[row], sites.end[row]
        near = nanog & (np.abs(sites.center - sites.center[row]) <= _NEAR_BP)
        shares = is_bound & (sites.start < end) & (sites.end > start)
        is_inside = _APART_BP < start < contig.length - _APART_BP
        if near.any() and shares.sum() == 1 and is_inside and contig.is_mappable(np.array([start, end - 1])).all():
            rows.append(row)
    return rows


def _scrambled(contig: CellContig, row: int, grammar: Grammar, rng: np.random.Generator) -> Variant | None:
    """An order of a site's bases with which no motif has a site there that was not there before; None if none is found.

    The site itself must be gone, too.
    """
    start, end = int(contig.sites.start[row]), int(contig.sites.end[row])
    left, right = max(0, start - _CONTEXT_BP), min(contig.length, end + _CONTEXT_BP)
    context = np.array(contig.codes[left:right])
    site = context[start - left : end - left].copy()
    gone = (int(contig.sites.motif[row]), start - left, bool(contig.sites.is_reverse[row]))
    before = set(_keys(find_sites(context, grammar))) - {gone}
    for _ in range(_MAX_TRIES):
        drawn = site[rng.permutation(site.size)]
        context[start - left : end - left] = drawn
        if (drawn != site).any() and set(_keys(find_sites(context, grammar))) <= before:
            return Variant(contig.name, start, decode(site), decode(drawn))
    return None


def _keys(sites: Sites) -> list[tuple[int, int, bool]]:
    """Motif, place and strand of every site."""
    return list(zip(sites.motif.tolist(), sites.start.tolist(), sites.is_reverse.tolist(), strict=True))


def _toml(files: MutantFiles, factors: Sequence[str]) -> Iterator[str]:
    """The lines of the file that says what was measured on which mutant; its paths begin at its own folder."""
    folder = files.config.parent
    yield from ("[[mutants]]", f'name = "{NAME}"', f'variants = "{files.changes.relative_to(folder).as_posix()}"')
    for factor in factors:
        yield from ("", "[[mutants.tracks]]", f'name = "{factor}"')
        for strand, key in (("+", "plus"), ("-", "minus")):
            own = [one.path for one in files.tracks if (one.factor, one.strand) == (factor, strand)]
            paths = ", ".join(f'"{path.relative_to(folder).as_posix()}"' for path in own)
            yield f"{key} = [{paths}]"
