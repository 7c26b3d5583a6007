"""The question, for simulated cells: how near does denoised coverage come to the truth, which no experiment shows."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, picture
from cisgram.report.coverage_results import METHOD_NAMES, METRIC_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT, with_interval
from cisgram.report.truth_plots import plot_agreement_with_truth, plot_called_places

_LEAD = (
    "These cells were simulated, so the answer is known: the coverage that is expected at every base, without the "
    "chance of counting, and where open sites were planted. Unlike deep data, it shares no read with the raw coverage "
    "that went in. Green: the deep library itself, which is what a perfect denoiser would learn to show. Peaks that "
    "no training type has must be found all the same, and places where only training types have one must not be "
    "called: a model that learnt places by heart fails both."
)
_METHODS = ("raw", "denoised", "replicate", "deep")
_PLACES = {
    "own": "peaks that no training type has",
    "shared": "peaks that a training type has, too",
    "foreign": "places where only training types have one",
    "called": "called peaks that are planted",
}
_LARGEST = 1e300


def truth(results: CoverageResults) -> Section | None:
    """Agreement with expected coverage, and which planted sites are called."""
    recovery = results.recovery
    if recovery is None:
        return None
    tables = {name: pd.DataFrame(rows) for name, rows in recovery.items()}
    agreement, sites = tables["agreement"], tables["sites"]
    agreement = agreement[agreement["scope"] == HELD_OUT]
    everywhere = sites[sites["scope"] == "all contigs"]
    blocks: list[Picture | Table] = []
    findings = []
    for pair in dict.fromkeys(agreement["pair"]):
        own, places = agreement[agreement["pair"] == pair], everywhere[everywhere["pair"] == pair]
        blocks += [*_curves(str(pair), own), *_places(str(pair), places)]
        findings += _finding(str(pair), own, places, tables["equivalents"])
    blocks += [_agreement_table(results, agreement), _site_table(sites)]
    return Section("Planted truth", _LEAD, blocks, findings)


def _curves(pair: str, own: pd.DataFrame) -> list[Picture]:
    """The three metrics against depth; none where raw coverage has a single depth."""
    if own.loc[own["method"] == "raw", "depth"].nunique() < 2:
        return []
    unit = "cells" if (own["level"] == "cells").any() else "reads (cut sites)"

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(METRIC_NAMES), squeeze=False)[0]
        for ax, (metric, name) in zip(axes, METRIC_NAMES.items(), strict=True):
            rows = own[own["metric"] == metric]
            plot_agreement_with_truth(rows, ax=ax, metric_name=f"{name}, against the truth", unit=unit)
        axes[0].legend(loc="lower right")

    caption = (
        f"{pair}: agreement with the coverage expected and the peaks planted, on contigs never trained on, with 95 % "
        "intervals."
    )
    return [picture(draw, width=10.5, height=3.0, caption=caption)]


def _places(pair: str, sites: pd.DataFrame) -> list[Picture]:
    """Shares of planted places that are called."""
    methods = {name: METHOD_NAMES[name] for name in _METHODS if name in set(sites["method"])}
    if not methods:
        return []

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        plot_called_places(sites, ax=ax, places=_PLACES, methods=methods)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

    depth = _depth_of(sites[sites["method"] == "denoised"])
    caption = (
        f"{pair}, {depth} where nothing else is said: peaks that are called, all contigs, with 95 % intervals. High is "
        "good but for places of training types alone."
    )
    return [picture(draw, width=8.6, height=2.8, caption=caption)]


def _finding(pair: str, own: pd.DataFrame, sites: pd.DataFrame, equivalents: pd.DataFrame) -> list[str]:
    """What came back of the truth, in one or two sentences."""
    denoised = own[own["method"] == "denoised"]
    if denoised.empty:
        return []
    first = denoised.iloc[0]
    track = own[(own["track"] == first["track"]) | (own["method"] == "deep")]
    values = track.pivot_table(index="method", columns="metric", values="value")
    name = depth_name(str(first["level"]), float(first["depth"]))
    of = {metric: [_text(values, method, metric) for method in ("raw", "denoised", "deep")] for metric in METRIC_NAMES}
    told = [
        f"Truth: {pair}, {name}: against what was planted, Pearson r {of['pearson'][0]} raw, {of['pearson'][1]} "
        f"denoised, {of['pearson'][2]} deep library; Spearman r {' / '.join(of['spearman'])}; auPRC of peaks "
        f"{' / '.join(of['auprc'])}{_worth(first, equivalents)}."
    ]
    share = sites.pivot_table(index="method", columns="sites", values="value")
    if "own" in share and "denoised" in share.index:
        own_, foreign = (_shares(share, name) for name in ("own", "foreign"))
        told.append(
            f"Truth: {pair}, {name}: {own_} of the peaks that no training type has are called, and {foreign} of the "
            "places where only training types have one."
        )
    return told


def _worth(first: pd.Series, equivalents: pd.DataFrame) -> str:
    """How many cells or reads raw coverage would need, by Pearson's r with the truth."""
    if equivalents.empty:
        return ""
    rows = equivalents[(equivalents["track"] == first["track"]) & (equivalents["scope"] == HELD_OUT)]
    rows = rows[rows["metric"] == "pearson"]
    if rows.empty:
        return ""
    row, unit = rows.iloc[0], "cells" if first["level"] == "cells" else "reads"
    if row["equals"] > _LARGEST:
        return f"; by r, more than raw coverage of {row['deepest']:,.0f} {unit}"
    return f"; by r, as raw coverage of {row['equals']:,.0f} {unit}"


def _text(values: pd.DataFrame, method: str, metric: str) -> str:
    """One figure."""
    found = values.to_dict("index").get(method, {}).get(metric, float("nan"))
    return "-" if found != found else f"{found:.3f}"


def _shares(share: pd.DataFrame, sites: str) -> str:
    """A share of the denoised, and that of others in brackets."""
    others = [f"{METHOD_NAMES[name]} {share.at[name, sites]:.0%}" for name in ("raw", "deep") if name in share.index]
    return f"{share.at['denoised', sites]:.0%} ({', '.join(others)})"


def _agreement_table(results: CoverageResults, agreement: pd.DataFrame) -> Table:
    """Every figure on contigs never trained on."""
    rows = []
    for (pair, _, method), group in agreement.groupby(["pair", "track", "method"], sort=False):
        shown = "-" if method in ("deep", "replicate") else _depth_of(group)
        by_metric: dict[str, Any] = {str(row["metric"]): row for row in group.to_dict("records")}
        style = "n strong" if method == "denoised" else "n"
        cells = [Cell(with_interval(by_metric.get(metric)), style) for metric in METRIC_NAMES]
        rows.append([Cell(str(pair)), Cell(shown), Cell(METHOD_NAMES[str(method)]), *cells])
    heads = [Column(f"{name} (95 %)", numeric=True) for name in METRIC_NAMES.values()]
    title = f"Agreement with the truth on {', '.join(results.held_out)}, never trained on"
    return Table([Column("cells"), Column("depth"), Column("method"), *heads], rows, title=title)


def _site_table(sites: pd.DataFrame) -> Table:
    """Shares of planted places by scope, method and kind."""
    rows = []
    for (pair, scope, method), group in sites.groupby(["pair", "scope", "method"], sort=False):
        by_place: dict[str, Any] = {str(row["sites"]): row for row in group.to_dict("records")}
        cells = [Cell(_share(by_place.get(place)), "n") for place in _PLACES]
        rows.append([Cell(str(pair)), Cell(str(scope)), Cell(METHOD_NAMES[str(method)]), *cells])
    heads: Sequence[Column] = [Column(name, numeric=True) for name in _PLACES.values()]
    columns = [Column("cells"), Column("on"), Column("method"), *heads]
    return Table(columns, rows, title="Planted places and called peaks", is_folded=True)


def _share(row: Any) -> str:
    """A share, its interval and what it is of."""
    if row is None or row["value"] != row["value"]:
        return "-"
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f}) of {row['n']:,}"


def _depth_of(rows: pd.DataFrame) -> str:
    """The depth of some rows in words."""
    first = rows.iloc[0]
    return depth_name(str(first["level"]), float(first["depth"]))
