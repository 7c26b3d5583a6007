import numpy as np
import pandas as pd
import pytest

from cisgram.motifs.grammar.interaction_map import MAP_COLUMNS
from cisgram.report.profile_results import ProfileResults
from cisgram.report.sections.profiles.interactions import interactions


class Results(ProfileResults):
    """Tables of a run, by folder and name."""

    def __init__(self, **tables):
        object.__setattr__(self, "tables", tables)

    def table(self, folder, name):
        assert folder == "interactions"
        return self.tables.get(name.split(".")[0])


def row(helper, helped, relation="helps", fold=2.0, helical=""):
    numbers = dict.fromkeys(MAP_COLUMNS, 1.0)
    named = {"helper": helper, "helped": helped, "track": "t", "relation": relation, "fold": fold}
    return {**numbers, **named, "reach": "near", "helical": helical, "n_windows": 20}


def section(*rows, **more):
    return interactions(Results(map=pd.DataFrame(rows, columns=list(MAP_COLUMNS)), **more))


def test_a_run_without_the_step_has_no_section():
    assert interactions(Results()) is None


def test_the_finding_says_who_helps_whom_and_whether_it_goes_both_ways():
    text = section(row("A", "B", helical="reads"), row("B", "A", "none", 1.0)).findings[0]
    assert "A helps B (2.0 times, most on the same side of the helix, not the other way round)" in text
    text = section(row("A", "B"), row("B", "A", fold=1.5)).findings[0]
    assert "A helps B (2.0 times, and the other way round)" in text


def test_without_help_it_says_so():
    assert "no motif helps another" in section(row("A", "B", "none", 1.0)).findings[0]


def test_a_single_motif_has_its_evidence_and_no_map():
    found = section(row("A", "A", "unsure"))
    assert len(found.blocks) == 1
    assert "one motif only" in found.findings[0]


@pytest.mark.parametrize("n_curves", [0, 1])
def test_help_by_distance_is_drawn_where_it_was_asked(n_curves):
    distance = np.arange(20, 60)
    curve = pd.DataFrame({"helper": "A", "helped": "B", "track": "t", "distance_bp": distance, "log2_fold": 0.5})
    found = section(row("A", "B"), curves=curve if n_curves else curve[:0])
    assert len(found.blocks) == 2 + n_curves
