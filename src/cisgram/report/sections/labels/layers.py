"""The question: which combinations of first-layer filters do deeper layers look for."""

from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.report.blocks import Cell, Column, Table, number, picture_cell
from cisgram.report.label_results import LabelResults
from cisgram.report.logos import plot_bits

_MAX_ROWS = 20
_LEAST_AUROC = 0.7
_LETTER_INCHES, _WIDEST_INCHES = 0.1, 5.0
_LOGO_BITS = 0.25
_FILTERS_HINT = (
    "left to right: share of the filter's highest activation, in these stretches and elsewhere; - where its reverse "
    f"complement is active. Those with an AUROC of at least {_LEAST_AUROC:g}"
)


def deeper_layers(results: LabelResults) -> list[Table]:
    """A folded table per layer above the first; none where the run did not look at them."""
    units, filters = (results.table("filters", name) for name in ("layers.tsv", "layer_filters.tsv"))
    if units is None or filters is None:
        return []
    filters = filters.fillna({"strand": "", "name": ""})
    motifs = results.motifs("filters", "layers.meme")
    return [_layer(int(layer), own, filters, motifs) for layer, own in units.groupby("layer")]  # pyright: ignore[reportArgumentType]


def _layer(layer: int, units: pd.DataFrame, filters: pd.DataFrame, motifs: dict[str, Motif]) -> Table:
    """The units of one layer, most information first; of a dense layer those that vary most."""
    units = units.fillna({"motif": ""})
    is_dense = bool(units["kind"].eq("dense").all())
    shown = units.sort_values(["information_bits", "sd_activation"], ascending=False).head(_MAX_ROWS)
    rows = []
    for row in shown.to_dict("records"):
        own = filters[(filters["layer"] == layer) & (filters["unit"] == row["unit"])]
        cells = [Cell(str(row["unit"]), "n")]
        if not is_dense:
            cells += [_logo(motifs.get(row["motif"])), Cell(number(row["information_bits"], 1), "n")]
        rows.append([*cells, Cell(str(row["n_stretches"]), "n"), Cell(_said(own))])
    field = f"{number(float(shown['field_bp'].iloc[0]))} bp"
    columns = [Column("unit", numeric=True)]
    if not is_dense:
        columns += [Column("its stretches, aligned"), Column("bits", numeric=True)]
    columns += [
        Column("sequences" if is_dense else "stretches", numeric=True),
        Column("first-layer filters", hint=_FILTERS_HINT),
    ]
    title = f"Layer {layer}: {len(shown)} units, each of which sees {field}"
    return Table(columns, rows, title=title, caption=_caption(is_dense=is_dense), is_folded=True)


def _caption(*, is_dense: bool) -> str:
    """How the table came about."""
    if is_dense:
        return (
            "The sequences that activate each unit most, and the first-layer filters that are more active in them than "
            "in all others."
        )
    return (
        "The stretches that activate each unit most, one per sequence, aligned by where the unit is active, and the "
        "first-layer filters that are more active in them than at the same places of sequences that activate it "
        "least. All of them are in filters/layers.tsv, layer_filters.tsv and layers.meme."
    )


def _logo(motif: Motif | None) -> Cell:
    """The informative part of a motif."""
    try:
        trimmed = None if motif is None else motif.trimmed(_LOGO_BITS)
    except InputError:
        trimmed = None
    if trimmed is None:
        return Cell("no base at a fixed place", "soft")

    def draw(ax: Axes) -> None:
        plot_bits(trimmed, ax=ax)
        ax.axis("off")

    width = min(_LETTER_INCHES * len(trimmed) + 0.1, _WIDEST_INCHES)
    return picture_cell(draw, text=trimmed.consensus(), width=width, height=0.5)


def _said(filters: pd.DataFrame) -> str:
    """The filters that stand out, in the order of their places with the distances between them."""
    shown = filters[filters["auroc"] >= _LEAST_AUROC].sort_values(["place_bp", "rank"])
    if shown.empty:
        return "none stands out"
    texts = [
        f"{row['name'] or 'unnamed'} (filter {row['filter']}{'-' if row['strand'] == '-' else ''}) "
        f"{100 * row['share']:.0f}%, elsewhere {100 * row['share_elsewhere']:.0f}%"
        for row in shown.to_dict("records")
    ]
    gaps = [_gap(right - left) for left, right in pairwise(shown["place_bp"])]
    return texts[0] + "".join(f"; {gap}{text}" for gap, text in zip(gaps, texts[1:], strict=True))


def _gap(distance: float) -> str:
    """How far on the next filter is; nothing where filters have no place.

    Examples
    --------
    >>> _gap(10.5), _gap(0.0), _gap(float("nan"))
    ('10 bp on: ', 'same place: ', '')
    """
    if distance != distance:
        return ""
    return f"{distance:.0f} bp on: " if round(distance) else "same place: "
