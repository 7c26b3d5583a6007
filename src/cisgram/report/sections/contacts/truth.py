"""The question, for a simulated genome: how much of its true folding came back."""

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.contact_results import ContactResults
from cisgram.report.planted_variants import planted_variant_blocks
from cisgram.report.sections.contacts.planted import boundary_table, corner_picture, corner_tables, planted_findings

_LEAD = (
    "This genome was simulated, so that its contacts without the noise of counting are known. Predictions, floors and "
    "the measured map itself are compared with them, in the same windows of contigs that the model never saw."
)
_COLUMNS = {
    "pearson": "Pearson r",
    "spearman": "Spearman r",
    "scc": "stratum-adjusted r",
    "mse": "mean squared error",
    "insulation_pearson": "insulation, Pearson r",
}


def truth(results: ContactResults) -> Section | None:
    """Predictions against the map without noise."""
    recovery = results.recovery
    if recovery is None:
        return None
    rows = [
        [
            Cell(one["track"]),
            Cell(one["method"]),
            *(Cell(number(one[name]), "n strong" if one["method"] == "model" else "n") for name in _COLUMNS),
        ]
        for one in recovery["agreement"]
    ]
    columns = [Column("map"), Column("compared"), *(Column(name, numeric=True) for name in _COLUMNS.values())]
    caption = (
        f"Insulation: mean contact across a bin, over {recovery['diamond_bins']} bins on either side; its dips are "
        "boundaries."
    )
    findings = [_finding(results, str(name)) for name in dict.fromkeys(one["track"] for one in recovery["agreement"])]
    variants, said = planted_variant_blocks(recovery)
    blocks = [
        Table(columns, rows, caption=caption),
        *boundary_table(recovery),
        *corner_tables(recovery),
        *corner_picture(recovery),
        *variants,
    ]
    return Section("Planted truth", _LEAD, blocks, findings=[*findings, *planted_findings(recovery), *said])


def _finding(results: ContactResults, track: str) -> str:
    """What comes back of one map."""
    assert results.recovery is not None, "sections look before they draw"
    own = {one["method"]: one for one in results.recovery["agreement"] if one["track"] == track}
    others = ", ".join(f"{name} {number(one['pearson'])}" for name, one in own.items() if name != "model")
    return (
        f"Truth recovered, {track}: r = {number(own['model']['pearson'])} with the contacts without noise ({others}); "
        f"insulation r = {number(own['model']['insulation_pearson'])}."
    )
