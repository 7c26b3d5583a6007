"""Instances by contributions: what was pasted is found, once, and ranked among the seqlets."""

from dataclasses import replace

import numba
import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.pattern import Pattern, SeqletValues, seqlet_table
from cisgram.genomics.sequence import one_hot
from cisgram.motifs.grammar import instances as module
from cisgram.motifs.grammar.contribution_matches import match_everywhere
from cisgram.motifs.grammar.instances import INSTANCE_COLUMNS, InstanceConfig, empty_instances, find_instances

STRICT = InstanceConfig(min_match_percentile=0.2, min_contribution_percentile=0.05)


def found_in(planted, patterns, config=STRICT):
    return find_instances(patterns, planted.one_hot, planted.contributions, planted.windows, config=config)


def as_truth(table, planted):
    start = table["start"].to_numpy() - planted.windows["start"].to_numpy()[table["window"].to_numpy()]
    return sorted(zip(table["window"], start, table["strand"], table["pattern"], strict=True))


def test_pasted_seqlets_are_found_exactly_and_nothing_else(planted, patterns):
    table = found_in(planted, patterns)
    assert as_truth(table, planted) == planted.truth
    assert tuple(table.columns) == INSTANCE_COLUMNS
    assert table["match"].between(0.5, 1).all()
    for name in ("match_percentile", "contribution_percentile"):
        assert table[name].between(0, 1).all()
    assert (table["pwm_score"] > 0).all()


def test_the_match_is_the_continuous_jaccard_similarity_of_all_four_rows():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 5, (3, 40)).astype(np.uint8)
    values = np.where(codes < 4, rng.normal(size=(3, 40)), 0)
    cwm = rng.normal(size=(4, 7))
    found = match_everywhere(values, codes, cwm, min_total=2.0)
    whole = one_hot(codes) * values[:, None]
    for strand, matrix in enumerate((cwm, cwm[::-1, ::-1])):
        b = matrix / np.abs(matrix).sum()
        for row in range(3):
            for place in range(34):
                a = whole[row, :, place : place + 7]
                total = np.abs(a).sum()
                if total < 2:
                    assert (found.total[row, place], found.match[row, strand, place]) == (0, -2)
                    continue
                a = a / total
                smaller = np.minimum(np.abs(a), np.abs(b)) * np.sign(a * b)
                expected = smaller.sum() / np.maximum(np.abs(a), np.abs(b)).sum()
                assert found.match[row, strand, place] == pytest.approx(expected, abs=1e-12)
                assert found.total[row, place] == pytest.approx(total)


def test_turning_all_windows_over_turns_the_instances_over(planted, patterns, turned_over):
    table = found_in(planted, patterns)
    backward = find_instances(
        patterns,
        planted.one_hot[..., ::-1, ::-1],
        planted.contributions[..., ::-1, ::-1],
        planted.windows,
        config=STRICT,
    )
    expected = turned_over(table, planted.windows)
    order = ["window", "start", "pattern"]
    expected, backward = (one.sort_values(order, ignore_index=True) for one in (expected, backward))
    pd.testing.assert_frame_equal(expected, backward)


def test_hypothetical_contributions_of_absent_bases_do_not_matter(planted, patterns):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=planted.contributions.shape).astype(np.float32) * (1 - planted.one_hot)
    loud = find_instances(patterns, planted.one_hot, planted.contributions + noise, planted.windows, config=STRICT)
    pd.testing.assert_frame_equal(loud, found_in(planted, patterns))


def test_blocks_of_windows_and_the_order_of_patterns_do_not_matter(planted, patterns, monkeypatch):
    whole = found_in(planted, patterns)
    monkeypatch.setattr(module, "_WINDOWS_AT_ONCE", 7)
    pd.testing.assert_frame_equal(found_in(planted, patterns), whole)
    assert as_truth(found_in(planted, patterns[::-1]), planted) == planted.truth


def test_each_seqlet_is_an_instance_of_its_own_pattern_on_either_strand_when_nothing_is_asked(patterns):
    pattern = patterns[0]
    values = pattern.values
    windows = pd.DataFrame({"chrom": "I", "start": 100 * np.arange(60), "end": 100 * np.arange(60) + pattern.width})
    config = InstanceConfig(min_match_percentile=0, min_contribution_percentile=0)
    for step in (1, -1):
        arrays = [array[:, ::step, ::step] for array in (values.sequences, values.contributions)]
        table = find_instances([pattern], *arrays, windows, config=config)
        assert table["window"].tolist() == list(range(60))
        assert set(table["strand"]) == {"+" if step == 1 else "-"}
        # all seqlets of a continuous score: every rank once
        np.testing.assert_allclose(np.sort(table["contribution_percentile"]), np.arange(1, 61) / 60)


def test_percentiles_are_thresholds(planted, patterns):
    loose = found_in(planted, patterns, InstanceConfig(min_match_percentile=0, min_contribution_percentile=0))
    strict = found_in(planted, patterns, InstanceConfig(min_match_percentile=0.5, min_contribution_percentile=0.4))
    assert strict["match_percentile"].min() >= 0.5
    assert strict["contribution_percentile"].min() >= 0.4
    kept = loose.query("match_percentile >= 0.5 and contribution_percentile >= 0.4").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, strict)


def test_a_palindrome_counts_once_and_on_the_forward_strand():
    core = one_hot(np.array([[1, 0, 1, 2, 3, 2]], dtype=np.uint8)).astype(np.float64)
    palindrome = pattern_of_one(core)
    codes = np.full((1, 30), 0, dtype=np.uint8)
    codes[0, 10:16] = [1, 0, 1, 2, 3, 2]
    values = np.zeros((1, 4, 30))
    values[:, :, 10:16] = core
    table = find_instances(
        [palindrome], one_hot(codes), values, pd.DataFrame({"chrom": ["I"], "start": [50], "end": [80]})
    )
    assert table[["start", "end", "strand"]].to_numpy().tolist() == [[60, 66, "+"]]
    assert table["match"].tolist() == [pytest.approx(1)]


def pattern_of_one(core):
    """A pattern of a single seqlet."""
    width = core.shape[-1]
    return Pattern(
        "pos_pattern_0",
        *(core[0],) * 3,
        seqlets=seqlet_table([0], [0], [width], [False]),
        values=SeqletValues(core, core, core),
    )


def test_a_least_score_of_the_sequence_may_be_asked(planted, patterns):
    table = found_in(planted, patterns)
    least = float(table["pwm_score"].median())
    asked = found_in(planted, patterns, replace(STRICT, min_pwm_score=least))
    assert len(asked)
    assert asked["pwm_score"].min() >= least
    assert len(asked) == int((table["pwm_score"] >= least).sum())


def test_instances_before_the_first_base_of_a_contig_are_left_out(planted, patterns):
    first = planted.truth[0]
    assert first[0] == 0
    moved = planted.windows.assign(
        start=planted.windows["start"] - first[1] - 1, end=planted.windows["end"] - first[1] - 1
    )
    table = find_instances(patterns, planted.one_hot, planted.contributions, moved, config=STRICT)
    assert len(table) == len(planted.truth) - 1
    assert (table["start"] >= 0).all()


def test_no_windows_and_no_patterns_give_an_empty_table_of_the_same_kinds(planted, patterns):
    nothing = find_instances([], planted.one_hot, planted.contributions, planted.windows)
    silent = find_instances(patterns, planted.one_hot, 0 * planted.contributions, planted.windows)
    for table in (nothing, silent):
        pd.testing.assert_frame_equal(table, empty_instances())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda given: {"patterns": given["patterns"][:1] * 2}, "several are named pos_pattern_0"),
        (lambda given: {"patterns": [replace(given["patterns"][0], values=None)]}, "no values of its seqlets"),
        (lambda given: {"patterns": [replace(given["patterns"][0], cwm=np.zeros((4, 18)))]}, "no contribution"),
        (lambda given: {"windows": given["windows"].iloc[:5]}, "a row per window"),
        (lambda given: {"windows": given["windows"].assign(end=given["windows"]["end"] + 1)}, "row 0 has 401"),
        (lambda given: {"contributions": given["contributions"] * np.nan}, "must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(planted, patterns, change, message):
    given = {"patterns": patterns, "contributions": planted.contributions, "windows": planted.windows}
    given |= change(given)
    with pytest.raises(InputError, match=message):
        find_instances(given["patterns"], planted.one_hot, given["contributions"], given["windows"])


def test_settings_out_of_range_are_refused():
    for setting in ({"min_match_percentile": 1.1}, {"max_shared": 1.0}, {"trim_share": -0.1}):
        with pytest.raises(ConfigError):
            InstanceConfig(**setting)


def test_the_number_of_threads_does_not_matter(planted, patterns):
    before = numba.get_num_threads()
    try:
        tables = []
        for n_threads in (1, numba.config.NUMBA_NUM_THREADS):
            numba.set_num_threads(n_threads)
            tables.append(found_in(planted, patterns))
    finally:
        numba.set_num_threads(before)
    pd.testing.assert_frame_equal(*tables, check_exact=True)
