import numpy as np
import pandas as pd
import pytest

from cisgram.simulate.cell import CellConfig, independent_cell
from cisgram.simulate.pluripotency import NANOG_MOTIFS, pluripotency_grammar
from cisgram.simulate.recovery import grammar as recovery
from cisgram.simulate.recovery.grammar import GRAMMAR_COLUMNS, grammar_summary, renamed

NO_PERIODS = pd.DataFrame(columns=["source", "helper", "helped", "track", "peak_bp", "p_value"])
NO_HELD = pd.DataFrame(columns=["track", "pattern"])


def independent_grammar():
    return independent_cell(CellConfig.preset("tiny")).grammar


def grammar_recovery(*tables, helical_share=0.0):
    return recovery.grammar_recovery(*tables, helical_share=helical_share)


def found(*rows):
    return pd.DataFrame(rows, columns=["helper", "helped", "track", "relation", "fold"])


def perfect_map(grammar):
    pairs = {(rule.helper, rule.helped) for rule in grammar.cooperations if rule.helper != rule.helped}
    return found(*((*pair, "Nanog", "helps", 2.0) for pair in sorted(pairs)))


def test_a_perfect_map_finds_all_and_invents_nothing():
    grammar = pluripotency_grammar()
    table = grammar_recovery(
        grammar, perfect_map(grammar), NO_PERIODS, pd.DataFrame({"track": ["Nanog"], "pattern": ["Zic3"]})
    )
    assert tuple(table.columns) == GRAMMAR_COLUMNS
    assert set(table["verdict"]) == {"found"}
    # two pioneers upon three Nanog motifs, and these upon each other; one protein held
    assert grammar_summary(table)["helps"]["found"] == 12
    assert grammar_summary(table)["held"]["found"] == 1


def test_an_empty_map_misses_all_and_the_wrong_direction_is_an_invention():
    grammar = pluripotency_grammar()
    table = grammar_recovery(grammar, found(("Nanog", "Oct4-Sox2", "Oct4", "helps", 1.5)), NO_PERIODS, NO_HELD)
    assert grammar_summary(table)["helps"] == {"found": 0, "missed": 12, "invented": 1, "undecided": 0}
    invented = table[table["verdict"] == "invented"].iloc[0]
    assert (invented["first"], invented["second"]) == ("Nanog", "Oct4-Sox2")
    assert grammar_summary(table)["held"]["missed"] == 1


def test_one_track_that_helps_is_enough_and_an_unsure_one_leaves_it_undecided():
    grammar = pluripotency_grammar()
    rows = [("Sox2", "Nanog", "Nanog", "none", 1.0), ("Sox2", "Nanog", "Oct4", "helps", 1.5)]
    rows += [("Oct4-Sox2", "Nanog", "Nanog", "unsure", 1.5)]
    verdicts = grammar_recovery(grammar, found(*rows), NO_PERIODS, NO_HELD).set_index(["first", "second"])["verdict"]
    assert verdicts["Sox2", "Nanog"] == "found"
    assert verdicts["Oct4-Sox2", "Nanog"] == "undecided"


def test_nothing_is_planted_in_an_independent_cell_so_that_all_help_is_invented():
    grammar = independent_grammar()
    table = grammar_recovery(grammar, perfect_map(pluripotency_grammar()), NO_PERIODS, NO_HELD)
    assert set(table.loc[table["rule"] == "helps", "verdict"]) == {"invented"}


def test_help_of_a_motif_for_itself_and_of_strangers_is_not_judged():
    rows = [("Klf4", "Klf4", "Klf4", "helps", 3.0), ("noise_1", "Klf4", "Klf4", "helps", 3.0)]
    table = grammar_recovery(independent_grammar(), found(*rows), NO_PERIODS, NO_HELD)
    assert (table["rule"] != "helps").all()


def test_planted_folds_fall_with_the_affinity_of_the_helper():
    grammar = pluripotency_grammar()
    table = grammar_recovery(grammar, perfect_map(grammar), NO_PERIODS, NO_HELD)
    folds = table[table["rule"] == "helps"].set_index(["first", "second"])["planted"]
    assert folds["Oct4-Sox2", "Nanog"] > folds["Sox2", "Nanog"] > 1.2
    assert folds["Nanog", "Nanog-taat"] > 1


@pytest.mark.parametrize(
    ("peak", "p", "verdict"), [(10.6, 0.001, "found"), (10.9, 0.001, "missed"), (10.5, 0.2, "missed")]
)
def test_a_period_is_found_within_a_third_of_a_base(peak, p, verdict):
    periods = pd.DataFrame([("in silico", "Sox2", "Nanog", "Nanog", peak, p)], columns=NO_PERIODS.columns)
    table = grammar_recovery(pluripotency_grammar(), found(), periods, NO_HELD)
    own = table[table["rule"] == "period"]
    assert own[["first", "second", "verdict"]].to_numpy().tolist() == [["Sox2", "Nanog", verdict]]
    np.testing.assert_allclose(own["planted"], 10.5)


def test_a_period_between_independent_motifs_is_invented_unless_it_is_of_distances_which_have_no_direction():
    rows = [("contributions", "Klf4", "Nanog", "Nanog", 10.5, 0.001), ("distances", "Zic3", "Klf4", "", 10.5, 0.001)]
    table = grammar_recovery(independent_grammar(), found(), pd.DataFrame(rows, columns=NO_PERIODS.columns), NO_HELD)
    own = table[table["rule"] == "period"]
    assert own[["first", "second", "verdict"]].to_numpy().tolist() == [["Klf4", "Nanog", "invented"]]
    # where sites were planted at turns of the helix, contributions rightly come back with them
    table = grammar_recovery(
        independent_grammar(), found(), pd.DataFrame(rows, columns=NO_PERIODS.columns), NO_HELD, helical_share=0.6
    )
    assert (table["rule"] != "period").all()


def test_patterns_take_the_names_of_what_was_planted():
    table = renamed(
        found(("a.pos_pattern_0", "Nanog", "x", "helps", 2.0)), {"a.pos_pattern_0": "Sox2"}, columns=["helper"]
    )
    assert table["helper"].tolist() == ["Sox2"]
    assert NANOG_MOTIFS[0] == table["helped"].iloc[0]
