"""Figures of the rule of convergent sites: what is drawn is what was found."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.planted_contact_plots import plot_corner_changes, plot_corners
from cisgram.report.sections.contacts.planted import boundary_table, corner_picture, corner_tables, planted_findings

CORNERS = [
    {"method": name, "n": {"convergent": 5, "tandem": 0}, "mean": {"convergent": top, "tandem": None}, "pearson": 0.5}
    for name, top in (("model", 0.3), ("sites alone", 0.1), ("contacts without noise", 0.4))
]
EDIT = {"pearson": 0.9, "ceiling": 0.95, "median_pearson": 0.8, "corner_pearson": 0.7, "corner_sign": 0.975}
EDIT |= {"true_corner": -0.2, "predicted_corner": -0.1, "corners": [[-0.2, -0.1], [-0.4, -0.3]]}
EDITS = {"n_loci": 2, "flank_bins": 80, "edits": [{"edit": "deleted", **EDIT}, {"edit": "inverted", **EDIT}]}
BOUNDARIES = [{"method": "model", "n_planted": 10, "share_found": 0.5, "share_by_chance": 0.1}]


def test_every_map_is_a_line_over_the_orientations():
    ax = plot_corners(CORNERS, ax=Figure().subplots())
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines if not str(line.get_label()).startswith("_")}
    assert list(drawn) == ["model", "sites alone", "contacts without noise"]
    np.testing.assert_array_equal(drawn["model"], [0.3, np.nan])
    with pytest.raises(InputError, match="no corners"):
        plot_corners([], ax=ax)


def test_every_locus_is_a_dot_of_its_edit():
    ax = plot_corner_changes(EDITS["edits"], ax=Figure().subplots())
    dots = {line.get_label(): line.get_xydata() for line in ax.lines if not str(line.get_label()).startswith("_")}
    assert set(dots) == {"deleted", "inverted"}
    np.testing.assert_array_equal(dots["deleted"], EDIT["corners"])
    with pytest.raises(InputError, match="no changes"):
        plot_corner_changes([], ax=ax)


def test_the_page_has_what_was_recovered_and_no_more():
    recovery = {"boundaries": BOUNDARIES, "corners": CORNERS, "edits": EDITS}
    assert [one.title for one in corner_tables(recovery)] == [
        "Loops: corners of pairs of sites",
        "Sites deleted and turned round",
    ]
    assert len(corner_picture(recovery)) == len(boundary_table(recovery)) == 1
    findings = planted_findings(recovery)
    assert findings[0].startswith("Planted boundaries in predicted maps: 50% of 10")
    assert "98% of corners" in findings[1]
    assert [*boundary_table({}), *corner_tables({}), *corner_picture({}), *planted_findings({})] == []
