"""The question: are there two kinds of chromatin that each prefer their own."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.hic.saddle import saddle_strength
from cisgram.report.blocks import Section, Text, number, picture
from cisgram.report.contact_plots import distance_label
from cisgram.report.map_feature_plots import plot_saddle, plot_saddle_strength
from cisgram.report.map_results import MapResults

_LEAD = (
    "The first eigenvector of observed over expected splits each contig into two kinds of bins that meet their own "
    "more often (A and B), here in bins of {width}. Left: contacts over expected by groups of bins, ordered by the "
    "eigenvector. Right: contacts of like over those of unlike bins, by how many of the most extreme count. An "
    "eigenvector shows the strongest pattern of a contig whatever it is: look at it along the genome. In yeast, that "
    "is where centromeres and telomeres lie, and not A and B."
)
_NOISE = 0.5


def compartments(results: MapResults) -> Section | None:
    """The saddle, its strength, and whether a second measurement shows the same."""
    pairs = results.strengths.saddle
    if pairs is None or results.eigen_bin_size is None:
        return None
    shown = picture(partial(_draw, results=results), width=6.8, height=2.9, caption="Saddle of the first eigenvector.")
    turned = (
        f"Eigenvectors are turned to rise with {results.phase}."
        if results.phase
        else "Nothing was given that is high in A (a genome for its GC content, or a bigWig of gene density): which of "
        "the two kinds is A is not told, and differs from contig to contig."
    )
    lead = _LEAD.format(width=distance_label(results.eigen_bin_size))
    return Section("Compartments", lead, [shown, Text(turned)], [_finding(results)])


def _draw(figure: Figure, results: MapResults) -> None:
    assert results.strengths.saddle is not None, "sections look before they draw"
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    image = plot_saddle(results.strengths.saddle.mean, ax=left)
    bar = figure.colorbar(image, ax=left, shrink=0.85, ticks=[0.5, 1, 2])
    bar.ax.set_yticklabels(["1/2", "1", "2"])
    bar.minorticks_off()
    bar.set_label("observed / expected")
    plot_saddle_strength(saddle_strength(results.strengths.saddle), ax=right)


def _finding(results: MapResults) -> str:
    own, again = results.strength_of("compartments"), results.agreement_of("compartments")
    held = results.held_out_of("compartments")
    if not own:
        return "Compartments: the saddle is empty."
    chance = number(own["by_chance"], 2)
    text = f"Compartments: like bins meet {number(own['value'], 2)} times as often as unlike ones (chance {chance})"
    if held:
        text += f", and {number(held['value'], 2)} times in contacts that did not make the eigenvector"
    if not again:
        return f"{text}."
    text += f"; eigenvectors of {results.second} agree with r = {number(again['value'], 2)}"
    text += f" (moved along contigs: {number(again['by_chance'], 2)})."
    if again["value"] < _NOISE:
        text += " That is too little to tell compartments from noise: take wider bins or more contacts."
    return text
