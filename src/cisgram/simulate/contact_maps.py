"""The contact maps of a simulated genome as files: every replicate, their sum, and what they have in common."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cisgram.arrays import ContigValues, PerBin
from cisgram.genomics.contacts import ContactBins
from cisgram.io.cool import open_cool, write_cool
from cisgram.simulate.contact_contig import ContactContig, ContigPlan
from cisgram.simulate.contact_files import ContactFiles
from cisgram.simulate.contacts import Pixels, draw_cis, draw_trans, seen_contacts, summed_pixels, unseen_contacts
from cisgram.simulate.streams import named_stream

_EXPECTED_BINS = 512
_TRACK_STEP_BP = 10
_PEAK_BP = 60


def write_maps(files: ContactFiles, contigs: Sequence[ContactContig], bins: ContactBins, *, plan: ContigPlan) -> PerBin:
    """Write the maps of all replicates, their sum, and what is expected.

    Parameters
    ----------
    files
        Where to.
    contigs
        What is expected of each contig.
    bins
        The bins of all contigs.
    plan
        Gives the depth and the seed.

    Returns
    -------
    PerBin
        The planted weights of the sum: what undoes the visibility of each bin, NaN where nothing is seen.
    """
    n_contacts = plan.experiment.contacts_per_bin * bins.n_bins
    trans, unseen = [], 0.0
    for number, path in enumerate(files.replicates):
        fields = [contig.fields[number] for contig in contigs]
        within = n_contacts * (1 - plan.experiment.trans_share)
        depth = within / sum(seen_contacts(one) for one in fields)
        rng = named_stream(plan.seed, "trans", number + 1)
        trans.append(draw_trans(fields, n_contacts=round(n_contacts - within), rng=rng))
        cis = (
            draw_cis(one, depth=depth, experiment=plan.experiment, rng=_stream(plan.seed, contig.chrom, number))
            for one, contig in zip(fields, contigs, strict=True)
        )
        of_map = depth * sum(unseen_contacts(one) for one in fields)
        pixels = _in_order(cis, trans[-1:], bins)
        write_cool(path, bins, pixels, weights=_weights(contigs, of_map / bins.n_bins))
        unseen += of_map
    weights = _weights(contigs, unseen / bins.n_bins)
    write_cool(files.contacts, bins, _in_order(_pooled(files.replicates, bins), trans, bins), weights=weights)
    write_cool(files.expected, bins, _expected_pixels(contigs, bins), weights=np.ones(bins.n_bins))
    return weights


def _stream(seed: int, chrom: str, number: int) -> np.random.Generator:
    """Where the counts of a contig in a replicate come from."""
    return named_stream(seed, "contacts", chrom, number + 1)


def _weights(contigs: Sequence[ContactContig], mean_row: float) -> np.ndarray:
    """What undoes the visibility of each bin, so that rows sum to about 1; NaN where nothing is seen."""
    visibility = np.concatenate([contig.visibility for contig in contigs])
    with np.errstate(divide="ignore"):
        return np.where(visibility > 0, 1 / visibility, np.nan) / np.sqrt(mean_row)


def _pooled(replicates: Sequence[Path], bins: ContactBins) -> Iterator[Pixels]:
    """The contacts within each contig, summed over the maps of all replicates."""
    opened = [open_cool(path) for path in replicates]
    for chrom in bins.chroms:
        parts = [one.cis(chrom) for one in opened]
        yield summed_pixels([Pixels(part.bin1, part.bin2, part.counts) for part in parts], n_bins=bins.count(chrom))


def _in_order(cis: Iterator[Pixels], trans: Sequence[Pixels], bins: ContactBins) -> Iterator[Pixels]:
    """Pixels of the whole map, contig by contig: those within it and those to later ones."""
    between = summed_pixels(trans, n_bins=bins.n_bins)
    for chrom, own in zip(bins.chroms, cis, strict=True):
        rows = bins.slice_of(chrom)
        some = slice(*np.searchsorted(between.bin1, [rows.start, rows.stop]).tolist())
        moved = Pixels(own.bin1 + rows.start, own.bin2 + rows.start, own.counts)
        yield summed_pixels([moved, Pixels(*(column[some] for column in between))], n_bins=bins.n_bins)


def _expected_pixels(contigs: Sequence[ContactContig], bins: ContactBins) -> Iterator[Pixels]:
    """What is expected near the diagonal, with the precision of float32, which packs better."""
    for contig in contigs:
        first = bins.slice_of(contig.chrom).start
        band = contig.expected[:, :_EXPECTED_BINS]
        row, diagonal = np.nonzero(np.isfinite(band))
        values = band[row, diagonal].astype(np.float32).astype(np.float64)
        yield Pixels(row + first, row + diagonal + first, values)


def ctcf_signal(contig: ContactContig, *, seed: int) -> ContigValues:
    """Counts like those of ChIP-seq on CTCF, one per base in steps of 10 bp: peaks as high as sites are bound."""
    n_steps = -(-contig.codes.size // _TRACK_STEP_BP)
    mean = np.full(n_steps, 0.5)
    reach = np.arange(-25, 26)
    shape = np.exp(-0.5 * (reach * _TRACK_STEP_BP / _PEAK_BP) ** 2)
    middle = ((contig.sites["start"] + contig.sites["end"]) // 2 // _TRACK_STEP_BP).to_numpy(np.int64)
    at = middle[:, None] + reach
    inside = (at >= 0) & (at < n_steps)
    height = 30 * contig.sites["occupancy"].to_numpy()[:, None] * shape
    np.add.at(mean, at[inside], height[inside])
    drawn = named_stream(seed, "ctcf", contig.chrom).poisson(mean).astype(np.float32)
    return np.repeat(drawn, _TRACK_STEP_BP)[: contig.codes.size]
