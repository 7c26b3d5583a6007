"""The question: how did training go."""

import pandas as pd

from cisgram.report.blocks import Section, Text, mapping_table, picture
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
    finding = f"Training: {len(history)} epochs; the weights of epoch {best} were kept."
    jumps = _jumps(history)
    blocks = [curves, *map(Text, jumps), mapping_table(shown, names=("setting", "value"))]
    return Section("Training", blocks=blocks, findings=[finding, *jumps])


def _jumps(history: pd.DataFrame) -> list[str]:
    """What was done about jumps of the loss; nothing where there were none."""
    if "spikes" not in history or not history["spikes"].any():
        return []
    n_jumps, n_steps = int(history["spikes"].sum()), int(history["left_out_steps"].sum())
    times = "once" if n_jumps == 1 else f"{n_jumps} times"
    epochs = ", ".join(str(epoch) for epoch in history.loc[history["spikes"] > 0, "epoch"])
    return [
        f"The loss jumped {times} in training, in epochs {epochs}, and training went back to before it: {n_steps} of "
        f"{int(history['steps'].iloc[-1]):,} steps were left out. Where no step was to blame, the learning rate was "
        "lowered. The log of the run names the windows."
    ]
