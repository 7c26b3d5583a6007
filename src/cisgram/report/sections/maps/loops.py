"""The question: which pairs of places are held together, and which way do motifs point at them."""

from cisgram.genomics.site_pairs import pair_distances
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number
from cisgram.report.contact_plots import distance_label
from cisgram.report.map_results import MapResults
from cisgram.report.sections.maps.piled import piled_picture

_LEAD = (
    "Pixels with more contacts than four neighbourhoods let one expect (HiCCUPS). Most loops of mammals join two CTCF "
    "sites that point towards each other. How many are found depends on depth above all: a loop that is not called may "
    "well be there."
)
_ANCHORS = (
    "Which way motifs point at the anchors. Chance: sites exchange their strands all over the genome, and stay where "
    "they are."
)


def loops(results: MapResults) -> Section | None:
    """How many loops there are, their mean, and the orientation of motifs at their anchors."""
    calls = results.features.loops
    if calls is None:
        return None
    blocks: list[Picture | Table] = []
    if results.strengths.loops is not None:
        caption = "Mean map around loops, and around random pairs of places at the same distances, in the map that the "
        caption += "loops were called in."
        piled = results.strengths.loops
        blocks.append(piled_picture(results, piled, "loops", measure="middle / corners", caption=caption))
    findings = [_finding(results)]
    if results.orientation is not None:
        blocks.append(_orientation(results))
        findings.append(_pointing(results))
    return Section("Loops", _LEAD, blocks, findings)


def _finding(results: MapResults) -> str:
    calls = results.features.loops
    assert calls is not None, "sections look before they draw"
    text = f"Loops: {len(calls):,}"
    if len(calls):
        text += f" of {distance_label(int(pair_distances(calls).median()))} (median)"
    own, held = results.strength_of("loops"), results.held_out_of("loops")
    if own:
        text += f"; their middle is {number(own['value'], 2)} times their corners"
        text += f" (95 % interval {number(own['low'], 2)} to {number(own['high'], 2)}, "
        text += f"random places {number(own['by_chance'], 2)})"
    if held:
        text += f", and {number(held['value'], 2)} times in contacts that did not show them"
        text += f" ({int(held['n']):,} loops)"
    return f"{text}{results.told_again('loops')}."


def _orientation(results: MapResults) -> Table:
    assert results.orientation is not None, "sections look before they draw"
    columns = [Column("orientation"), Column("loops", numeric=True), Column("share", numeric=True)]
    columns += [Column("by chance", numeric=True), Column("p (as many or more)", numeric=True)]
    rows = [
        [
            Cell(str(row["orientation"]), "whole"),
            Cell(f"{row['n']:,}", "n"),
            Cell(f"{row['share']:.1%}", "n"),
            Cell(f"{row['expected_share']:.1%}", "n"),
            Cell(f"{row['p_more']:.2g}", "n"),
        ]
        for row in results.orientation.to_dict("records")
    ]
    return Table(columns, rows, title="Motifs at the anchors", caption=_ANCHORS)


def _pointing(results: MapResults) -> str:
    assert results.orientation is not None, "sections look before they draw"
    rows = {str(row["orientation"]): row for row in results.orientation.to_dict("records")}
    both = sum(int(rows[name]["n"]) for name in ("convergent", "tandem right", "tandem left", "divergent"))
    if not both:
        return "No loop has motifs at both of its anchors."
    row, n_loops = rows["convergent"], int(results.orientation["n"].sum())
    return (
        f"Of {both:,} loops with motifs at both anchors, {int(row['n']) / both:.0%} are convergent "
        f"(by chance {float(row['expected_share']) * n_loops / both:.0%}, p = {row['p_more']:.2g})."
    )
