"""From a sequence to expression: worked by hand, and by a plain twin that goes through all pairs."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.simulate.expression_edits import expected_stretch, without_sites
from cisgram.simulate.expression_regulation import bind_sites, regulate
from cisgram.simulate.expression_rules import (
    Activator,
    CorePromoter,
    ExpressionRules,
    expression_grammar,
)
from cisgram.simulate.expression_tracks import STEP_BP, ExpressionAssays, expected_signal, state_of, track_names

RULES = ExpressionRules()
GRAMMAR = expression_grammar()
BEST = {one.name: one.motif.ppm.argmax(axis=0).astype(np.uint8) for one in GRAMMAR.motifs}


def written(length, *words):
    """A sequence of A, C, A, C, ... with the best sites of motifs written into it: name, start, strand."""
    codes = np.tile(encode("AC"), length // 2)
    for name, start, strand in words:
        letters = BEST[name] if strand == "+" else reverse_complement(BEST[name])
        codes[start : start + letters.size] = letters
    return codes


def rates_of(codes, rules=RULES):
    return regulate(bind_sites(codes, rules), rules)


def plain_rates(codes, rules):
    """The formula, pair by pair."""
    sites, occupancy = bind_sites(codes, rules)
    names = [rules.grammar.motifs[number].name for number in sites.motif]
    activators = {one.motif: one for one in rules.activators}
    rows = []
    for core in rules.cores:
        for p in [row for row, name in enumerate(names) if name == core.motif]:
            minus = sites.is_reverse[p]
            tss = sites.end[p] - 1 - core.tss_offset if minus else sites.start[p] + core.tss_offset
            for cell in range(occupancy.shape[1]):
                heard = 0.0
                for i, name in enumerate(names):
                    distance = abs(sites.center[i] - tss)
                    if name not in activators or distance > rules.reach_bp:
                        continue
                    passed = 1.0
                    for k, other in enumerate(names):
                        low, high = sorted((sites.center[i], tss))
                        if other == rules.insulator and low <= sites.center[k] < high:
                            passed *= 1 - rules.blocking * occupancy[k, cell]
                    one = activators[name]
                    heard += one.strength * occupancy[i, cell] * np.exp(-distance / one.decay_bp) * passed
                rows.append((tss, cell, occupancy[p, cell] * (core.basal + core.response * heard)))
    return {(tss, cell): rate for tss, cell, rate in rows}


def test_rates_are_those_of_the_formula_pair_by_pair():
    rng = np.random.default_rng(4)
    words = []
    for number, start in enumerate(range(500, 19_000, 460)):
        name = str(rng.choice(["TATA", "YY1", "GATA1", "HNF4A", "AP-1", "NRF1", "CTCF"]))
        words.append((name, start + int(rng.integers(100)), "+-"[number % 2]))
    codes = written(20_000, *words)
    found, plain = rates_of(codes), plain_rates(codes, RULES)
    assert found.tss.size > 5
    for promoter, tss in enumerate(found.tss.tolist()):
        for cell in range(3):
            assert found.rates[promoter, cell] == pytest.approx(plain[tss, cell], rel=1e-9)


def test_transcription_begins_at_the_initiator_on_the_strand_of_the_core():
    forward = written(4_000, ("TATA", 2_000, "+"))
    found = rates_of(forward)
    assert (found.tss.tolist(), found.is_reverse.tolist()) == ([2_030], [False])
    turned = rates_of(reverse_complement(forward))
    assert (turned.tss.tolist(), turned.is_reverse.tolist()) == ([4_000 - 1 - 2_030], [True])
    np.testing.assert_allclose(turned.rates, found.rates)


def test_an_enhancer_speaks_in_its_own_cells_and_less_from_farther_away():
    alone = rates_of(written(40_000, ("TATA", 20_000, "+"))).rates[0]
    near = rates_of(written(40_000, ("TATA", 20_000, "+"), ("GATA1", 22_000, "+"))).rates[0]
    far = rates_of(written(40_000, ("TATA", 20_000, "+"), ("GATA1", 28_000, "+"))).rates[0]
    gain_near, gain_far = near - alone, far - alone
    assert gain_near[0] > 4 * alone[0]
    np.testing.assert_allclose(gain_near[1:], 0, atol=1e-12)
    assert gain_far[0] / gain_near[0] == pytest.approx(np.exp(-1))
    deaf = rates_of(written(40_000, ("YY1", 20_000, "+"))).rates[0]
    heard = rates_of(written(40_000, ("YY1", 20_000, "+"), ("GATA1", 22_000, "+"))).rates[0]
    assert heard[0] / deaf[0] < 1.3


def test_an_insulator_blocks_only_where_it_lies_between():
    words = [("TATA", 20_000, "+"), ("GATA1", 25_000, "+")]
    alone = rates_of(written(40_000, words[0])).rates[0, 0]
    free = rates_of(written(40_000, *words)).rates[0, 0] - alone
    between = rates_of(written(40_000, *words, ("CTCF", 22_000, "+"))).rates[0, 0] - alone
    behind = rates_of(written(40_000, *words, ("CTCF", 27_000, "+"))).rates[0, 0] - alone
    assert between / free == pytest.approx(1 - 0.9 * 12 / 13, rel=1e-6)
    assert behind == pytest.approx(free)


def test_ap1_is_bound_beside_the_activator_of_the_cell_and_hardly_alone():
    alone = bind_sites(written(2_000, ("AP-1", 1_000, "+")), RULES)
    beside = bind_sites(written(2_000, ("AP-1", 1_000, "+"), ("SPI1", 1_030, "+")), RULES)
    ap1 = GRAMMAR.index("AP-1")
    assert alone.occupancy[alone.sites.motif == ap1].max() < 0.2
    in_cells = beside.occupancy[(beside.sites.motif == ap1) & (beside.sites.weight > 0.14)][0]
    assert in_cells[2] > 0.6 > 0.2 > in_cells[0]


def test_expected_signal_keeps_the_mass_of_every_promoter_and_site():
    codes = written(16_000, ("TATA", 8_000, "-"), ("HNF4A", 6_000, "+"))
    assays = ExpressionAssays(tags_per_kb=0.0, cuts_per_kb=0.0, marks_per_kb=0.0)
    signal = dict(zip(track_names(RULES), expected_signal(state_of(codes, RULES), RULES, assays), strict=True))
    found, bound = rates_of(codes), bind_sites(codes, RULES)
    assert signal["CAGE_plus_hepatic"].sum() == pytest.approx(0, abs=1e-6)
    assert signal["CAGE_minus_hepatic"].sum() == pytest.approx(assays.tags_per_rate * found.rates[0, 1], rel=1e-3)
    assert signal["CAGE_minus_hepatic"].argmax() == found.tss[0] // STEP_BP
    opening = {"TATA": 0.8, "HNF4A": 1.0}
    cuts = sum(
        opening.get(GRAMMAR.motifs[motif].name, 0.7) * share
        for motif, share in zip(bound.sites.motif, bound.occupancy[:, 1], strict=True)
    )
    assert signal["ATAC_hepatic"].sum() == pytest.approx(assays.cuts_per_site * cuts, rel=1e-3)


def test_a_stretch_reads_the_same_from_either_strand():
    codes = written(8_192, ("YY1", 3_000, "+"), ("SPI1", 5_000, "-"), ("NRF1", 2_900, "+"))
    names, _, values = expected_stretch(codes)
    _, _, turned = expected_stretch(reverse_complement(codes))
    partner = [names.index(name.replace("plus", "+").replace("minus", "plus").replace("+", "minus")) for name in names]
    np.testing.assert_allclose(turned[partner][:, ::-1], values, rtol=2e-3, atol=2e-3)


def test_flanks_are_read_and_not_answered_for():
    codes = written(12_288, ("TATA", 6_000, "+"), ("GATA1", 1_000, "+"))
    whole, inner = expected_stretch(codes), expected_stretch(codes, flank_bp=4_096)
    np.testing.assert_allclose(inner.values, whole.values[:, 32:64])
    with pytest.raises(InputError, match="whole bins"):
        expected_stretch(codes, flank_bp=4_000)
    with pytest.raises(InputError, match="multiples of 16"):
        expected_stretch(codes, bin_size=100)


def test_a_deleted_enhancer_takes_its_share_of_the_gene_along():
    codes = written(20_480, ("TATA", 10_000, "+"), ("HNF4A", 14_000, "+"), ("HNF4A", 6_000, "-"))
    before, gone = rates_of(codes), without_sites(codes, 13_980, 14_030)
    after = rates_of(gone)
    brought = before.pair_rate[bind_sites(codes, RULES).sites.center[before.pair_site] > 13_000].sum(axis=0)
    np.testing.assert_allclose(before.rates[0] - after.rates[0], brought, atol=1e-3)
    assert (gone != codes).any()
    assert (np.bincount(gone) == np.bincount(codes)).all()
    with pytest.raises(InputError, match="not inside"):
        without_sites(codes, 20_000, 21_000)


def test_rules_that_name_unknown_motifs_are_refused():
    with pytest.raises(ConfigError, match="XYZ"):
        replace(RULES, insulator="XYZ")
    with pytest.raises(ConfigError, match="blocking"):
        replace(RULES, blocking=1.0)
    with pytest.raises(ConfigError, match="decay_bp"):
        Activator("GATA1", 1.0, 0.0)
    with pytest.raises(ConfigError, match="spread_bp"):
        CorePromoter("TATA", 1, basal=1.0, response=1.0, spread_bp=0.0)
    with pytest.raises(ConfigError, match="different names"):
        replace(RULES, cell_types=())
