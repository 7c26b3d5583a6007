"""Rules that hold together, and help by distance."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.simulate.footprint import REACH_BP, Footprint, FootprintMode
from cisgram.simulate.grammar import Contact, Cooperation, Factor, Grammar, PlantedMotif
from cisgram.simulate.pluripotency import NANOG_MOTIFS, ppm_from_text


def test_default_motifs_have_their_published_consensus(grammar):
    best = {m.name: "".join("ACGT"[i] for i in m.motif.ppm.argmax(axis=0)) for m in grammar.motifs}
    assert best["Oct4-Sox2"] == "TTTGCATAACAA"
    assert best["Sox2"] == "GAACAATGG"
    assert best["Nanog"] == "AGCCATCA"
    assert best["Klf4"] == "CCACGCCC"
    assert best["Zic3"] == "TCTCAGCAGGTAGCA"


def test_nanog_motifs_share_a_core_and_nothing_else(grammar):
    cores = [grammar.motifs[grammar.index(name)].motif for name in NANOG_MOTIFS]
    for motif in cores:
        assert "TCA" in "".join("ACGT"[i] for i in motif.ppm.argmax(axis=0))
    weights = [grammar.motifs[grammar.index(name)].max_weight for name in NANOG_MOTIFS]
    assert weights == sorted(weights, reverse=True)


def test_followers_stand_below_their_pioneers(grammar):
    levels = dict(zip([m.name for m in grammar.motifs], grammar.levels().tolist(), strict=True))
    assert {levels[name] for name in NANOG_MOTIFS} == {1}
    assert {level for name, level in levels.items() if name not in NANOG_MOTIFS} == {0}


def test_help_peaks_at_whole_turns_and_decays_between_them():
    rule = Cooperation("A", "B", amplitude=10.0, decay_bp=100.0, helical_depth=0.6, period_bp=10.5)
    distances = np.arange(10, 200, 0.01)
    boost = rule.boost(distances)
    peaks = distances[1:-1][(boost[1:-1] > boost[:-2]) & (boost[1:-1] > boost[2:])]
    turns = peaks / 10.5
    assert np.abs(turns - turns.round()).max() < 0.01  # the decay pulls each peak a little to the left
    assert np.all(np.diff(rule.boost(10.5 * np.arange(1.0, 20.0))) < 0)
    assert rule.boost(21.0) == pytest.approx(1 + 10 * np.exp(-0.21))
    assert rule.boost(26.25) == pytest.approx(1 + 10 * np.exp(-0.2625) * 0.4 / 1.6)


def two_motifs(*rules):
    motifs = tuple(
        PlantedMotif(replace(one, name=name), max_weight=1.0, share=1.0)
        for one, name in zip([motif()] * 3, "ABC", strict=True)
    )
    contact = Contact("A", 1.0, Footprint((FootprintMode(-5.0, 1.0, 1.0),), (FootprintMode(-5.0, 1.0, 1.0),)))
    return Grammar(motifs, (Factor("F", "any", (contact,)),), tuple(rules))


def motif():
    from cisgram.genomics.motif import Motif

    return Motif("M", ppm_from_text("A90 C90 G90 T90 A90 C90"))


def test_help_in_a_circle_is_refused():
    circle = [Cooperation(*pair, amplitude=1.0) for pair in ("AB", "BC", "CA")]
    with pytest.raises(ConfigError, match="circle"):
        two_motifs(*circle)
    assert two_motifs(*circle[:2]).levels().tolist() == [0, 1, 2]


def test_unknown_and_repeated_names_are_refused(grammar):
    with pytest.raises(ConfigError, match=r"no motif D; it has A, B, C"):
        two_motifs(Cooperation("A", "D", amplitude=1.0))
    with pytest.raises(ConfigError, match="name of its own; used twice: Oct4-Sox2"):
        replace(grammar, motifs=(*grammar.motifs, grammar.motifs[0]))
    with pytest.raises(ConfigError, match="nothing would be measured"):
        replace(grammar, factors=(Factor("X", "not assayed"),))


@pytest.mark.parametrize("word", ["", "A", "A100", "A90x", "A60G50"])
def test_columns_that_are_no_distribution_are_refused(word):
    with pytest.raises(ConfigError, match="A70G20"):
        ppm_from_text(f"A70 {word}" if word else "A70 G")


def test_blurring_keeps_the_mean_and_adds_the_variance():
    sharp = Footprint((FootprintMode(-5.0, 2.0, 1.0),), (FootprintMode(-8.0, 2.0, 1.0),))
    diffuse = sharp.blurred(25.0)
    offsets = np.arange(-REACH_BP, REACH_BP + 1)
    for is_sense in (True, False):
        before, after = (one.probabilities(is_sense=is_sense) for one in (sharp, diffuse))
        assert before.sum() == pytest.approx(1)
        assert after.sum() == pytest.approx(1)
        mean = (before * offsets).sum()
        assert (after * offsets).sum() == pytest.approx(mean, abs=1e-6)
        variances = [(one * (offsets - mean) ** 2).sum() for one in (before, after)]
        assert variances[1] - variances[0] == pytest.approx(25**2, rel=1e-6)


@pytest.mark.parametrize(
    "values", [{"amplitude": -1.0}, {"amplitude": 1.0, "decay_bp": 0.0}, {"amplitude": 1.0, "helical_depth": 1.5}]
)
def test_impossible_rules_are_refused(values):
    with pytest.raises(ConfigError, match="a cooperation needs"):
        Cooperation("A", "B", **values)


@pytest.mark.parametrize("values", [(-5.0, 0.0, 1.0), (-5.0, 1.0, 0.0), (-150.0, 1.0, 1.0)])
def test_impossible_footprints_are_refused(values):
    with pytest.raises(ConfigError, match="footprint mode"):
        FootprintMode(*values)
