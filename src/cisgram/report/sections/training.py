"""The question: how did training go."""

from cisgram.report.blocks import Section, mapping_table, picture
from cisgram.report.plots import plot_learning_curves
from cisgram.report.results import RunResults

_UNITS = {"akita": "mean squared error", "basenji": "mean over bins and tracks"}
"""What the losses of some models are measured in; of the others, in nats per window."""


def training(results: RunResults) -> Section | None:
    """Learning curves and the settings that shaped them."""
    history = results.history
    if history is None or history.empty:
        return None
    best = int(history["epoch"].iloc[int(history["valid_loss"].to_numpy().argmin())])
    unit = _UNITS.get(str(results.config.get("model", {}).get("name")), "nats per window")
    curves = picture(
        lambda figure: plot_learning_curves(history, ax=figure.subplots(), best_epoch=best, unit=unit),
        width=6.0,
        height=2.6,
        caption="Loss by epoch. The weights with the lowest validation loss were kept.",
    )
    shown = {
        **results.config.get("model", {}),
        **results.config.get("training", {}),
        **results.config.get("batches", {}),
    }
    seconds = results.manifest["steps"].get("train", {}).get("seconds", 0.0)
    finding = f"Training: {len(history)} epochs in {seconds:,.0f} s; the weights of epoch {best} were kept."
    blocks = [curves, mapping_table(shown, names=("setting", "value"))]
    return Section("Training", blocks=blocks, findings=[finding])
