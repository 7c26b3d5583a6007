"""The question: which stretches keep to themselves, and how are they nested."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.report.blocks import Section, picture
from cisgram.report.contact_plots import distance_label
from cisgram.report.map_feature_plots import plot_domain_lengths
from cisgram.report.map_results import MapResults

_LEAD = (
    "Stretches whose parts meet more often than they meet what lies outside, over expected, at all lengths up to 200 "
    "bins; one may lie in another, but no two cross. They are kept if so few stretches that were shifted along the "
    "contig do as well that at most a tenth is expected to be false. This asks more than a boundary does: a map may "
    "have many boundaries and few such domains."
)


def domains(results: MapResults) -> Section | None:
    """Lengths by nesting, and whether they come back."""
    found = results.features.domains
    if found is None:
        return None
    n, n_outer = len(found), int((found["level"] == 1).sum())
    text = f"Domains: {n:,}"
    if n:
        median = distance_label(int((found["end"] - found["start"]).median()))
        text += f" of {median} (median), {n - n_outer:,} of them inside another"
    text += results.told_again("domains")
    shown = []
    if n >= 5:
        shown.append(
            picture(partial(_draw, results=results), width=3.8, height=2.5, caption="Lengths of nested domains.")
        )
    return Section("Domains", _LEAD, shown, [f"{text}."])


def _draw(figure: Figure, results: MapResults) -> None:
    assert results.features.domains is not None, "sections look before they draw"
    plot_domain_lengths(results.features.domains, ax=figure.subplots())
