"""Pictures of known effects of variants."""

import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.planted_variant_plots import KIND_COLORS, plot_effects
from cisgram.simulate.expression_variants import EXPRESSION_KIND_SHARES


def test_every_kind_has_its_colour_and_every_effect_its_dot_on_equal_axes():
    effects = pd.DataFrame(
        {
            "kind": ["breaks an enhancer", "background", "mine", "breaks an enhancer"],
            "true": [-1.0, 0.0, 2.0, -0.5],
            "predicted": [-0.5, 0.1, 1.0, -3.0],
        }
    )
    ax = plot_effects(effects, ax=Figure().subplots(), title="x")
    drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines if not line.get_label().startswith("_")}
    assert drawn == {"mine": 1, "background": 1, "breaks an enhancer": 2}
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_xlim()[1] > 3


def test_all_kinds_of_the_simulation_have_a_colour():
    assert set(KIND_COLORS) == set(EXPRESSION_KIND_SHARES)
