"""Section on measured effects: how well predictions agree with them, beside simple predictors."""

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
_MOST_TRACKS = 4


def agreement_section(results: VariantResults) -> Section:
    """Predicted beside measured effects."""
    assert results.agreement is not None
    assert results.measured is not None
    tracks = [str(one) for one in results.agreement["track"].drop_duplicates()]
    blocks: list[Picture | Table] = [_picture(results, track) for track in tracks[:_MOST_TRACKS]]
    columns = [Column("track"), Column("predictor"), Column("variants", numeric=True)]
    columns += [Column(_SHORT[metric], numeric=True, hint=text) for metric, text in AGREEMENT_METRICS.items()]
    rows = [
        [
            Cell(str(track)),
            Cell(str(predictor)),
            Cell(f"{int(own['n'].iloc[0]):,}", "n"),
            *(_value(own, metric, is_model=predictor == MODEL) for metric in AGREEMENT_METRICS),
        ]
        for (track, predictor), own in results.agreement.groupby(["track", "predictor"], sort=False)
    ]
    blocks.append(Table(columns, rows, title="With 95 % intervals"))
    blocks.append(mapping_table(results.predictors, names=("predictor", "what it is")))
    lead = (
        "Effects that were measured (or are known), beside predictions of the same variants. The other predictors are "
        "what can be had without this model: a prediction is worth something where its interval lies above theirs."
    )
    return Section("Measured effects", lead, blocks, [_finding(results.agreement, track) for track in tracks[:6]])


def _picture(results: VariantResults, track: str) -> Picture:
    assert results.agreement is not None
    assert results.measured is not None
    own = results.measured[results.measured["track"] == track]
    agreement = results.agreement[results.agreement["track"] == track]
    others = [str(one) for one in agreement["predictor"].drop_duplicates() if one != MODEL]
    colors = {MODEL: PREDICTED, **{name: CEILING for name in others if results.predictors.get(name) == OTHERS}}

    def draw(figure: Figure) -> None:
        left, middle, right = figure.subplots(1, 3, width_ratios=[1.25, 1, 1])
        plot_measured_effects(
            own["measured"].to_numpy(dtype=float), own["predicted"].to_numpy(dtype=float), ax=left, name=results.main
        )
        for ax, metric in ((middle, "pearson"), (right, "sign_auroc")):
            plot_predictors(agreement[agreement["metric"] == metric], ax=ax, name=_SHORT[metric], colors=colors)
        right.set_yticklabels([])

    caption = (
        "Left: one dot per variant. Middle and right: this model in blue, predictions of others in green, floors in "
        "grey, with 95 % intervals."
    )
    return picture(partial(draw), width=10, height=3.1, title=track, caption=caption)


def _value(own: pd.DataFrame, metric: str, *, is_model: bool) -> Cell:
    found = own[own["metric"] == metric]
    if found.empty or found["value"].isna().all():
        return Cell("-", "n")
    row = found.iloc[0]
    return Cell(f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})", "n strong" if is_model else "n")


def _finding(agreement: pd.DataFrame, track: str) -> str:
    """One track in words."""
    own = agreement[(agreement["track"] == track) & (agreement["metric"] == "pearson")]
    row = own[own["predictor"] == MODEL].to_dict("records")[0] if (own["predictor"] == MODEL).any() else None
    if row is None or row["value"] != row["value"]:
        return f"{track}: no correlation with measured effects, for {MODEL} says no sign or too few are known."
    others = own[~own["predictor"].str.startswith(MODEL) & own["value"].notna()].to_dict("records")
    best = max(others, key=lambda one: abs(one["value"]), default=None)
    beside = "" if best is None else f"; {best['predictor']} alone gives {best['value']:.2f}"
    return (
        f"{track}: predicted and measured effects of {row['n']:,} variants correlate by {row['value']:.2f} "
        f"(95 % interval {row['low']:.2f} to {row['high']:.2f}){beside}."
    )
