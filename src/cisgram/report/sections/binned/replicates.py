"""The question: does a track that is predicted badly come from a bad model or from a bad experiment."""

from matplotlib.figure import Figure

from cisgram.report.binned_plots import plot_against_replicates
from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Section, number, picture
from cisgram.report.sections.binned.accuracy import accuracy_table, without_error

_LEAD = (
    "A track whose replicates do not agree cannot be predicted well by anything. On the grey line, the model is as "
    "like the experiment as one replicate is like the other. It may lie above: a prediction has no noise, and is "
    "compared with both replicates together. The dashed curve is where a prediction without any error would lie."
)


def replicates(results: BinnedResults) -> Section | None:
    """The model against replicates, a point per track."""
    if not results.records("pearson"):
        return None
    table = accuracy_table(results)
    known = table.dropna(subset=["value", "between"])
    if known.empty:
        return None

    def draw(figure: Figure) -> None:
        ax = plot_against_replicates(table, ax=figure.subplots())
        if known["family"].nunique() > 1:
            ax.legend(loc="upper left", markerscale=0.9)

    share = (known["value"] / known["ceiling"].map(without_error)).mean()
    n_without = len(table) - len(known)
    caption = "Pearson r over all bins of the test windows, one point per track."
    caption += f" Not shown, for want of replicates: {n_without} of {len(table)} tracks." if n_without else ""
    findings = [
        f"Beside replicates: the model reaches {number(100 * float(share), 0)} % of the correlation that a prediction "
        f"without error would have, on average over {len(known)} tracks with replicates."
    ]
    block = picture(draw, width=4.6, height=4.4, caption=caption)
    return Section("Beside replicates", _LEAD, [block], findings=findings)
