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
_LETTER_INCHES, _WIDEST_INCHES = 0.1, 4.0
_LOGO_BITS = 0.25
_STANDS_OUT = f"those that tell these stretches from others with an AUROC of at least {_LEAST_AUROC:g}"
_FILTER_COLUMNS = [
    Column(
        "first-layer filters",
        hint=f"{_STANDS_OUT}, left to right; - where the filter's reverse complement is active, distances between the "
        "medians of their places",
    ),
    Column("share there", numeric=True, hint="of the filter's highest activation, mean over the stretches"),
    Column("elsewhere", numeric=True, hint="the same where the unit is least active"),
]


def deeper_layers(results: LabelResults) -> list[Table]:
    """A folded table per layer above the first; none where the run did not look at them."""
    units, filters = (results.table("filters", name) for name in ("layers.tsv", "layer_filters.tsv"))
    if units is None or filters is None:
        return []
    filters = filters[filters["auroc"] >= _LEAST_AUROC].fillna({"strand": "", "name": ""})
    units = units.fillna({"motif": ""}).sort_values(["information_bits", "sd_activation"], ascending=False)
    motifs = results.motifs("filters", "layers.meme")
    tables = []
    for layer in sorted(set(units["layer"])):
        own, marking = units[units["layer"] == layer], filters[filters["layer"] == layer]
        is_dense = bool(own["kind"].eq("dense").all())
        tables.append(_dense_layer(own, marking) if is_dense else _convolution(own, marking, motifs))
    return tables


def _convolution(units: pd.DataFrame, filters: pd.DataFrame, motifs: dict[str, Motif]) -> Table:
    """Units with their motifs, most information first."""
    shown = units.head(_MAX_ROWS).to_dict("records")
    logos = {row["unit"]: _informative(motifs.get(row["motif"])) for row in shown}
    highest = max([float(motif.information_content().max()) for motif in logos.values() if motif], default=2.0)
    rows = [
        [
            Cell(str(row["unit"]), "n"),
            _logo(logos[row["unit"]], highest),
            Cell(number(row["information_bits"], 1), "n"),
            Cell(str(row["n_stretches"]), "n"),
            *_filter_cells(filters[filters["unit"] == row["unit"]]),
        ]
        for row in shown
    ]
    columns = [
        Column("unit", numeric=True),
        Column("its stretches, aligned"),
        Column("bits", numeric=True),
        Column("stretches", numeric=True),
        *_FILTER_COLUMNS,
    ]
    title = f"Layer {shown[0]['layer']}: {len(shown)} units, each of which sees {shown[0]['field_bp']} bp"
    caption = (
        "The units that vary most between sequences. Of each, the stretches that activate it most, one per sequence, "
        "aligned by where the unit is active, and the first-layer filters that are more active in them than at the "
        f"same places of sequences that activate it least. The full height of a logo is {highest:.2g} bits. All are in "
        "filters/layers.tsv, layer_filters.tsv and layers.meme."
    )
    return Table(columns, rows, title=title, caption=caption, is_folded=True)


def _dense_layer(units: pd.DataFrame, filters: pd.DataFrame) -> Table:
    """Units that some filter marks, those that vary most first."""
    shown = units[units["unit"].isin(filters["unit"])].head(_MAX_ROWS).to_dict("records")
    rows = [
        [
            Cell(str(row["unit"]), "n"),
            Cell(str(row["n_stretches"]), "n"),
            *_filter_cells(filters[filters["unit"] == row["unit"]]),
        ]
        for row in shown
    ]
    columns = [Column("unit", numeric=True), Column("sequences", numeric=True), *_FILTER_COLUMNS]
    title = f"Layer {units['layer'].iloc[0]}: {len(units)} units, each of which sees the whole sequence"
    caption = (
        f"Of the units that vary most between sequences, the {len(shown)} whose sequences a first-layer filter marks: "
        "the sequences that activate a unit most, against all others."
    )
    return Table(columns, rows, title=title, caption=caption, is_folded=True)


def _informative(motif: Motif | None) -> Motif | None:
    """The informative part of a motif; None where it has none."""
    try:
        return None if motif is None else motif.trimmed(_LOGO_BITS)
    except InputError:
        return None


def _logo(motif: Motif | None, highest: float) -> Cell:
    """A motif, on the scale of all of its layer."""
    if motif is None:
        return Cell("no base at a fixed place", "soft")

    def draw(ax: Axes) -> None:
        plot_bits(motif, ax=ax)
        ax.set_ylim(0, highest)
        ax.axis("off")

    width = min(_LETTER_INCHES * len(motif) + 0.1, _WIDEST_INCHES)
    return picture_cell(draw, text=motif.consensus(), width=width, height=0.45)


def _filter_cells(filters: pd.DataFrame) -> list[Cell]:
    """The filters in the order of their places with the distances between them, and their shares."""
    if filters.empty:
        return [Cell("none stands out", "soft"), Cell("-", "n"), Cell("-", "n")]
    ordered = filters.sort_values(["place_bp", "rank"])
    gaps = ["", *(_gap(right - left) for left, right in pairwise(ordered["place_bp"]))]
    names = [_name(str(row["name"]), f"{row['filter']}{row['strand'].strip('+')}") for _, row in ordered.iterrows()]
    shares = [", ".join(f"{100 * one:.0f}" for one in ordered[name]) + "%" for name in ("share", "share_elsewhere")]
    said = "; ".join(f"{gap}{name}" for gap, name in zip(gaps, names, strict=True))
    return [Cell(said), *(Cell(share, "n") for share in shares)]


def _name(name: str, channel: str) -> str:
    """What to call a filter.

    Examples
    --------
    >>> _name("CTCF", "57-"), _name("", "3")
    ('CTCF (57-)', 'filter 3')
    """
    return f"{name} ({channel})" if name else f"filter {channel}"


def _gap(distance: float) -> str:
    """How far on the next filter is; nothing where filters have no place.

    Examples
    --------
    >>> _gap(10.5), _gap(0.0), _gap(float("nan"))
    ('10 bp on: ', 'there too: ', '')
    """
    if distance != distance:
        return ""
    return f"{distance:.0f} bp on: " if round(distance) else "there too: "
