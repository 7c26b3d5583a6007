"""Section on measured effects: how well predictions agree with them, beside simple predictors."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from cisgram.interpret.variants.agreement import AGREEMENT_METRICS
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, mapping_table, picture
from cisgram.report.style import CEILING, PREDICTED
from cisgram.report.variants.plots import plot_measured_effects, plot_predictors
from cisgram.report.variants.results import VariantResults

MODEL = "this model"
"""What the model is called among the predictors."""

OTHERS = "column of the table of measured effects"
"""What is said of predictors that come with the measured effects."""

_SHORT = {
    "pearson": "Pearson r",
    "spearman": "Spearman r",
    "size_spearman": "Spearman r of sizes",
    "sign_auroc": "AUROC of the sign",
}
_MOST_PICTURES = 4
_MOST_FINDINGS = 6
_MOST_ROWS = 40


def agreement_section(results: VariantResults) -> Section:
    """Predicted beside measured effects."""
    assert results.agreement is not None
    assert results.measured is not None
    lead = (
        "Effects that were measured (or are known), beside predictions of the same variants. The other predictors are "
        "what can be had without this model: a prediction is worth something where its interval lies above theirs."
    )
    blocks, findings = agreement_blocks(results.agreement, results.measured, results.predictors)
    return Section("Measured effects", lead, blocks, findings)


def agreement_blocks(
    agreement: pd.DataFrame, points: pd.DataFrame, predictors: Mapping[str, str]
) -> tuple[list[Picture | Table], list[str]]:
    """Pictures and a table of predicted beside measured effects, and what they say in sentences.

    Parameters
    ----------
    agreement
        ``measured`` (the column of effects), ``score`` (of the model beside it), then the columns of
        :func:`cisgram.interpret.variants.agreement.effect_agreement`.
    points
        ``column``, ``score``, ``track``, ``measured`` and ``predicted`` of every variant.
    predictors
        What each predictor is.
    """
    parts = list(agreement.groupby(["measured", "score", "track"], sort=False))
    blocks: list[Picture | Table] = [
        _picture(own, points[(points["column"] == column) & (points["track"] == track)], predictors)
        for (column, _, track), own in parts[:_MOST_PICTURES]
    ]
    columns = [Column("effect", hint="column of effects"), Column("track"), Column("predictor")]
    columns.append(Column("variants", numeric=True))
    metrics = [metric for metric in AGREEMENT_METRICS if (agreement["metric"] == metric).any()]
    columns += [Column(_SHORT[metric], numeric=True, hint=AGREEMENT_METRICS[metric]) for metric in metrics]
    rows = [
        [
            Cell(str(column)),
            Cell(str(track)),
            Cell(f"{predictor}, {score}" if predictor == MODEL else str(predictor)),
            Cell(f"{int(own['n'].iloc[0]):,}", "n"),
            *(_value(own, metric, is_model=predictor == MODEL) for metric in metrics),
        ]
        for (column, score, track), part in parts
        for predictor, own in part.groupby("predictor", sort=False)
    ]
    blocks.append(Table(columns, rows, title="With 95 % intervals", is_folded=len(rows) > _MOST_ROWS))
    blocks.append(mapping_table(predictors, names=("predictor", "what it is")))
    return blocks, [_finding(own) for _, own in parts[:_MOST_FINDINGS]]


def _picture(agreement: pd.DataFrame, points: pd.DataFrame, predictors: Mapping[str, str]) -> Picture:
    """One column of effects in one track."""
    column, score, track = (str(agreement[name].iloc[0]) for name in ("measured", "score", "track"))
    others = [str(one) for one in agreement["predictor"].drop_duplicates() if one != MODEL]
    colors = {MODEL: PREDICTED, **{name: CEILING for name in others if predictors.get(name) == OTHERS}}
    metrics = [one for one in ("pearson", "sign_auroc", "spearman") if (agreement["metric"] == one).any()][:2]

    def draw(figure: Figure) -> None:
        left, middle, right = figure.subplots(1, 3, width_ratios=[1.25, 1, 1])
        measured, predicted = (points[one].to_numpy(dtype=float) for one in ("measured", "predicted"))
        plot_measured_effects(measured, predicted, ax=left, name=score)
        for ax, metric in zip((middle, right), metrics, strict=False):
            plot_predictors(agreement[agreement["metric"] == metric], ax=ax, name=_SHORT[metric], colors=colors)
        right.set_yticklabels([])

    caption = (
        "Left: one dot per variant. Middle and right: this model in blue, predictions of others in green, floors in "
        "grey, with 95 % intervals."
    )
    return picture(partial(draw), width=10, height=3.1, title=f"{track}: {score} beside {column}", caption=caption)


def _value(own: pd.DataFrame, metric: str, *, is_model: bool) -> Cell:
    found = own[own["metric"] == metric]
    if found.empty or found["value"].isna().all():
        return Cell("-", "n")
    row = found.iloc[0]
    return Cell(f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})", "n strong" if is_model else "n")


def _finding(agreement: pd.DataFrame) -> str:
    """One column of effects in one track, in words."""
    column, score, track = (str(agreement[name].iloc[0]) for name in ("measured", "score", "track"))
    what = f"{track}: {score} and the column {column}"
    own = agreement[(agreement["metric"] == "pearson") & agreement["value"].notna()].to_dict("records")
    row = next((one for one in own if one["predictor"] == MODEL), None)
    if row is None:
        return f"{what} have no correlation, for {score} has no sign or too few effects are known."
    others = [one for one in own if not str(one["predictor"]).startswith(MODEL)]
    best = max(others, key=lambda one: abs(one["value"]), default=None)
    beside = "" if best is None else f"; {best['predictor']} alone gives {best['value']:.2f}"
    return (
        f"{what} correlate by {row['value']:.2f} over {row['n']:,} variants "
        f"(95 % interval {row['low']:.2f} to {row['high']:.2f}){beside}."
    )
