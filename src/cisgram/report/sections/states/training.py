"""The question: how was the model found, and why has it this number of states."""

from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Section, Table, number, picture
from cisgram.report.state_results import StateResults
from cisgram.report.state_share_plots import plot_likelihood_trace, plot_model_choice


def training(results: StateResults) -> Section | None:
    """Convergence of the likelihood, and measures of models of several sizes."""
    blocks, findings = [], []
    traces = {name: trace for name, trace in results.traces.items() if len(trace)}
    if traces:
        blocks.append(
            picture(
                lambda figure: plot_likelihood_trace(traces, ax=figure.subplots()),
                width=6.0,
                height=2.6,
                caption="How far the log-likelihood lies below the best one after each iteration.",
            )
        )
        name, trace = max(traces.items(), key=lambda item: item[1][-1])
        start = f" from start {name!r}" if len(traces) > 1 else ""
        findings.append(f"Training: {len(trace)} iterations{start}, log-likelihood {trace[-1]:,.2f} nats.")
    choice = results.choice
    if "reason" in results.settings:
        findings.append(f"Number of states: {results.settings['reason']}")
    if choice is not None and choice["n_states"].nunique() > 1:
        measures = [name for name in choice.columns if name != "n_states" and choice[name].dtype.kind in "if"]
        chosen = len(results.names)

        def draw(figure: Figure) -> None:
            for ax, measure in zip(figure.subplots(1, len(measures), squeeze=False)[0], measures, strict=True):
                plot_model_choice(choice, measure, ax=ax, chosen=chosen)

        blocks.append(
            picture(
                draw,
                width=min(3.4 * len(measures), 13.0),
                height=2.8,
                caption="Models of several sizes; the dot is the one on this page. BIC is smaller for a better model.",
            )
        )
        head = [Column(name.replace("_", " "), numeric=True) for name in ["n_states", *measures]]
        rows = [[Cell(number(row[name]), "n") for name in ["n_states", *measures]] for row in choice.to_dict("records")]
        blocks.append(Table(head, rows, title="All models", is_folded=True))
    return Section("How the model was found", blocks=blocks, findings=findings) if blocks else None
