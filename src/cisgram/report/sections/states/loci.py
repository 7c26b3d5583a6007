"""The question: how do states look along the genome."""

from functools import partial

from cisgram.report.blocks import Section, picture
from cisgram.report.state_results import StateResults
from cisgram.report.state_strip import draw_state_strip, strip_height

_LEAD = "One coloured row per cell type; below, the bins in which each mark is present."


def loci(results: StateResults) -> Section | None:
    """Browser strips of chosen stretches."""
    if not results.loci or not results.segmentations:
        return None
    patterns = results.patterns
    n_marks = 0 if patterns is None else len(patterns.marks)
    has_genes = results.genes is not None
    shown = [
        picture(
            partial(
                draw_state_strip, locus=locus, segmentations=results.segmentations, names=results.names,
                patterns=patterns, genes=results.genes,
            ),
            width=11.0,
            height=strip_height(len(results.segmentations), n_marks, has_genes=has_genes),
            caption=str(locus),
        )
        for locus in results.loci
    ]  # fmt: skip
    return Section("Along the genome", _LEAD, shown)
