"""Good signals pass every question, and signals that are broken in one way fail that question and no other."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from cisgram.doctor.blow_ups import check_blow_ups
from cisgram.doctor.complexity import check_complexity
from cisgram.doctor.depth import check_depth
from cisgram.doctor.mislabelled_replicate import check_mislabelled_replicate
from cisgram.doctor.one_based import check_one_based
from cisgram.doctor.peak_signal import check_peak_signal
from cisgram.doctor.read_shift import check_read_shift
from cisgram.doctor.registration import check_registration, lag_products
from cisgram.doctor.replicates import agreement, check_replicates
from cisgram.doctor.sampled import Places, ReadPiles, SampledSignal, SampledStrand, surely
from cisgram.doctor.strand_alignment import check_strand_alignment
from cisgram.doctor.strand_swap import check_strand_swap
from cisgram.doctor.summits import check_summits
from cisgram.genomics.sequence import encode

N_BASES = 600_000
MOTIF = encode("TTACCCGAAC")


@dataclass(frozen=True)
class Experiment:
    """Two factors by ChIP-nexus, two replicates each, on one contig."""

    signals: tuple[SampledSignal, ...]
    codes: np.ndarray
    sites: dict[str, np.ndarray]
    """Middles of what each factor binds."""


def strand_of(counts):
    at = np.flatnonzero(counts)
    return SampledStrand(at, counts[at].astype(float))


def dense(strand):
    counts = np.zeros(N_BASES)
    counts[strand.positions] = strand.counts
    return counts


def planted(seed=7, n_bound=160, n_replicates=2):
    """Reads of which rates are known: borders 14 bp on either side of a motif, and a background of 0.01 per base."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, N_BASES).astype(np.uint8)
    spots = rng.permutation(np.arange(1000, N_BASES - 1000, 1200))[: 2 * n_bound] + rng.integers(-100, 100, 2 * n_bound)
    bound = {"A": spots[:n_bound], "B": spots[n_bound // 4 : n_bound + n_bound // 4]}
    for site in spots:
        motif = MOTIF if rng.random() < 0.5 else 3 - MOTIF[::-1]
        codes[site - 5 : site + 5] = motif
    signals = []
    for track, sites in bound.items():
        strength = 60 * np.exp(rng.normal(0, 0.6, sites.size))
        # The motif spans [site - 5, site + 5), so its middle, and that of both borders, lies at site - 0.5.
        border = np.exp(-0.5 * (np.arange(-8, 9) / 1.5) ** 2)
        rates = np.full((2, N_BASES), 0.01)
        for site, weight in zip(sites, strength, strict=True):
            rates[0, site - 14 - 8 : site - 14 + 9] += weight * border / border.sum()
            rates[1, site + 13 - 8 : site + 13 + 9] += weight * border / border.sum()
        for number in range(n_replicates):
            strands = tuple(strand_of(row) for row in rng.poisson(rates))
            signals.append(SampledSignal(track, number, strands, N_BASES))
    return Experiment(tuple(signals), codes, bound)


PLACES = Places(pd.DataFrame({"chrom": ["I"], "start": [0], "end": [N_BASES]}))


def asked(one):
    """All questions about signals, as a run asks them; the bad ones by name."""
    signals, tracks = list(one.signals), [signal for signal in one.signals if signal.role == "track"]
    swaps = check_strand_swap(tracks)
    swapped = {verdict.subject[0] for verdict in swaps if verdict.is_bad}
    mislabelled = check_mislabelled_replicate(signals)
    complexity = check_complexity(signals)
    away = frozenset(verdict.subject for verdict in mislabelled if verdict.is_bad)
    copies = {v.subject: float(v.figures["mean_alone"]) for v in complexity if v.is_bad}
    verdicts = [
        *check_registration([signal for signal in tracks if signal.track not in swapped]),
        *check_strand_alignment(signals, one.codes),
        *swaps,
        *check_depth(signals, window_bp=400, centers=one.sites),
        *complexity,
        *check_replicates(signals, leave_out=away, copies=copies),
        *mislabelled,
        *check_blow_ups(signals, places=PLACES),
    ]
    for track, sites in one.sites.items():
        own = [signal for signal in signals if signal.track == track]
        verdicts += [check_peak_signal(own, sites, subject=track), check_summits(own, sites, subject=track)]
    return verdicts


def bad(one):
    return {(verdict.check, verdict.level) for verdict in asked(one) if verdict.is_bad}


@pytest.fixture(scope="module")
def good():
    return planted()


def with_signal(one, at, change):
    """The experiment with one replicate changed."""
    signals = list(one.signals)
    signals[at] = change(signals[at])
    return replace(one, signals=tuple(signals))


def moved(strand, by):
    return SampledStrand(strand.positions + by, strand.counts)


def both_moved(signal):
    return replace(signal, strands=tuple(moved(strand, 1) for strand in signal.strands))


def minus_moved(signal):
    return replace(signal, strands=(signal.strands[0], moved(signal.strands[1], 1)))


def exchanged(signal):
    return replace(signal, strands=signal.strands[::-1])


def thinned(signal, share=0.002):
    rng = np.random.default_rng(1)
    return replace(signal, strands=tuple(strand_of(rng.binomial(dense(s).astype(int), share)) for s in signal.strands))


def amplified(signal):
    """A quarter of the molecules, each read Poisson(4) times."""
    rng = np.random.default_rng(2)
    molecules = [rng.binomial(dense(strand).astype(int), 0.25) for strand in signal.strands]
    return replace(signal, strands=tuple(strand_of(rng.poisson(4.0 * row)) for row in molecules))


def blown_up(signal):
    """As many reads again as there are, in 300 bp."""
    rng = np.random.default_rng(3)
    strands = []
    for strand in signal.strands:
        counts = dense(strand)
        counts[250_000:250_300] += rng.poisson(2 * counts.sum() / 300, 300)
        strands.append(strand_of(counts))
    return replace(signal, strands=tuple(strands))


def test_good_signals_pass_every_question(good):
    verdicts = asked(good)
    assert bad(good) == set()
    assert {one.check for one in verdicts if one.level == "ok"} == {
        "registration",
        "strand_swap",
        "depth",
        "complexity",
        "replicates",
        "mislabelled_replicate",
        "peak_signal",
        "blow_ups",
    }


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_other_draws_of_good_signals_raise_no_alarm(seed):
    assert bad(planted(seed)) == set()


def test_few_reads_are_no_alarm_for_anything_but_depth(good):
    shallow = replace(good, signals=tuple(thinned(one) for one in good.signals))
    assert {check for check, _ in bad(shallow)} == {"depth"}
    assert {one.level for one in asked(shallow) if one.check == "registration"} == {"skipped"}


def test_a_replicate_with_a_hundredth_of_the_reads_of_its_mate_is_a_question_of_depth(good):
    broken = with_signal(good, 1, lambda one: thinned(one, 0.01))
    assert bad(broken) == {("depth", "warning")}
    (found,) = (one for one in asked(broken) if one.is_bad)
    assert found.subject == "A"
    assert f"replicate 2 has {broken.signals[1].total:,.0f} of them" in found.evidence
    third = with_signal(good, 1, lambda one: thinned(one, 0.3))
    assert bad(third) == set()


@pytest.mark.parametrize("change", [both_moved, minus_moved])
def test_a_replicate_moved_by_a_base_is_found_by_its_mate_and_by_the_sequence(good, change):
    broken = with_signal(good, 1, change)
    assert bad(broken) == {("registration", "error")}
    found = [one for one in asked(broken) if one.is_bad]
    assert [one.subject for one in found] == ["A replicate 2"] * 2
    assert {one.figures["lag_bp"] for one in found} == ({1, 2} if change is both_moved else {1})


def test_a_slip_of_one_base_is_a_warning_for_a_model_of_wide_bins(good):
    broken = with_signal(good, 1, both_moved)
    assert {one.level for one in check_registration(list(broken.signals), bin_size=32)} == {"warning", "ok"}


def test_of_three_replicates_the_one_that_moved_is_named():
    broken = with_signal(planted(n_replicates=3), 0, both_moved)
    named = [one for one in check_registration(list(broken.signals)) if one.is_bad]
    assert [(one.subject, one.figures["lag_bp"]) for one in named] == [("A replicate 1", 1)]


def test_exchanged_strands_of_a_replicate_are_found(good):
    broken = with_signal(good, 3, exchanged)
    assert bad(broken) == {("strand_swap", "error")}
    assert [one.subject for one in asked(broken) if one.is_bad] == ["B replicate 2"]


def test_exchanged_strands_of_a_whole_track_are_found(good):
    broken = with_signal(with_signal(good, 2, exchanged), 3, exchanged)
    assert bad(broken) == {("strand_swap", "error")}
    found = next(one for one in asked(broken) if one.check == "strand_swap" and one.is_bad)
    assert (found.subject, found.figures["lag_bp"]) == ("B", -25)


def test_amplified_reads_are_found(good):
    assert bad(with_signal(good, 0, amplified)) == {("complexity", "error")}


def test_a_few_bins_that_hold_most_are_found_and_named(good):
    broken = with_signal(good, 0, blown_up)
    assert bad(broken) == {("blow_ups", "error")}
    assert "I:250001" in next(one for one in asked(broken) if one.is_bad).evidence


def test_replicates_exchanged_between_tracks_are_found(good):
    first, second = good.signals[1], good.signals[3]
    signals = list(good.signals)
    signals[1], signals[3] = (
        replace(second, track="A", replicate=1),
        replace(first, track="B", replicate=1),
    )
    broken = replace(good, signals=tuple(signals))
    assert {check for check, _ in bad(broken) if check != "peak_signal"} == {"mislabelled_replicate"}
    assert {one.level for one in asked(broken) if one.check == "replicates"} == {"skipped"}


def test_a_replicate_of_another_experiment_is_found(good):
    stranger = planted(99).signals[0]
    broken = with_signal(good, 1, lambda one: replace(stranger, track=one.track, replicate=one.replicate))
    assert bad(broken) == {("replicates", "error")}


def test_moved_peaks_have_no_signal(good):
    sites = {"A": good.sites["A"] + 600, "B": good.sites["B"]}
    found = check_peak_signal(list(good.signals[:2]), sites["A"], subject="A")
    assert (found.check, found.level) == ("peak_signal", "error")
    half = np.where(np.arange(sites["A"].size) % 10 < 6, sites["A"], good.sites["A"])
    assert check_peak_signal(list(good.signals[:2]), half, subject="A").level == "warning"


@pytest.mark.parametrize("by", [-2, -1, 1, 2])
def test_summits_a_base_off_are_found(good, by):
    own = list(good.signals[:2])
    at_middle = check_summits(own, good.sites["A"], subject="A")
    assert at_middle.level == "ok"
    off = check_summits(own, good.sites["A"] + by, subject="A")
    assert off.figures["offset_bp"] == pytest.approx(at_middle.figures["offset_bp"] - by, abs=0.01)
    assert off.level == ("ok" if abs(off.figures["offset_bp"]) < 0.75 else "warning")


def test_intervals_counted_from_one_are_found():
    starts = np.arange(1, 40_000, 700) // 10 * 10
    fine = pd.DataFrame({"chrom": "I", "start": starts, "end": starts + 200})
    sizes = {"I": 50_000}
    assert check_one_based(fine, sizes=sizes, subject="x").level == "ok"
    assert check_one_based(fine.assign(start=fine["start"] + 1), sizes=sizes, subject="x").level == "warning"
    tiles = pd.DataFrame({"chrom": "I", "start": 147 * np.arange(50), "end": 147 * np.arange(1, 51)})
    assert check_one_based(tiles, sizes=sizes, subject="x").level == "ok"
    assert check_one_based(tiles.assign(start=tiles["start"] + 1), sizes=sizes, subject="x").level == "warning"


def test_copies_of_fragments_are_set_against_chance(good):
    def judged(**piles):
        return check_complexity([replace(good.signals[0], piles=ReadPiles(**piles))])[0].level

    assert judged(n_reads=10_000, n_distinct=9_000, n_once=8_000, n_twice=1_000, expected_copies=50) == "ok"
    assert judged(n_reads=10_000, n_distinct=4_000, n_once=1_000, n_twice=1_000, expected_copies=50) == "warning"
    assert judged(n_reads=10_000, n_distinct=1_000, n_once=10, n_twice=50, expected_copies=50) == "error"
    # As deep as a small genome is long: chance alone makes such copies.
    assert judged(n_reads=10_000, n_distinct=4_000, n_once=1_000, n_twice=1_000, expected_copies=5_000) == "ok"


def test_strands_of_genes_are_looked_up_where_signal_lies_on_one_strand_at_a_time():
    rng = np.random.default_rng(5)
    starts = np.arange(2000, N_BASES - 2000, 3000)
    is_minus = rng.random(starts.size) < 0.5
    rates = np.full((2, N_BASES), 0.002)
    for tss, minus in zip(starts, is_minus, strict=True):
        rates[int(minus), tss - 20 : tss + 20] += 2.0
    strands = tuple(strand_of(row) for row in rng.poisson(rates))
    genes = pd.DataFrame({"chrom": "I", "tss": starts, "strand": np.where(is_minus, "-", "+")})

    def level(strands, genes):
        signal = SampledSignal("CAGE", 0, strands, N_BASES)
        return check_strand_swap([signal], places=PLACES, genes=genes)[0].level

    assert level(strands, genes) == "ok"
    assert level(strands[::-1], genes) == "error"
    assert level(strands[::-1], None) == "skipped"  # nothing tells


def tn5_cuts(shift=(0, 0)):
    """Cuts of an enzyme that prefers a palindromic site, centred on it once raw ends are moved by (4, -4)."""
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 4, N_BASES).astype(np.uint8)
    log_odds = np.zeros(N_BASES)
    for offset, base in ((-7, 2), (-3, 0), (-1, 3), (1, 0), (3, 3), (7, 1)):
        log_odds += 1.2 * (np.roll(codes, -offset) == base)
    rate = np.exp(log_odds)
    chosen = [rng.choice(N_BASES - 200, 20_000, p=rate[100:-100] / rate[100:-100].sum()) + 100 for _ in range(2)]
    ends = (chosen[0] - 4 + shift[0], chosen[1] + 4 + shift[1])
    strands = tuple(SampledStrand(*map(np.asarray, np.unique(one, return_counts=True))) for one in ends)
    return SampledSignal("ATAC", 0, strands, N_BASES), codes


def test_the_read_shift_of_the_settings_is_compared_with_the_sequence():
    raw, codes = tn5_cuts()
    assert check_read_shift(raw, codes, (4, -4)).level == "ok"
    assert check_read_shift(raw, codes, None).figures["plus"] == 4
    wrong = check_read_shift(raw, codes, (0, 0))
    assert wrong.level == "error"
    assert "[4, -4]" in wrong.remedy
    assert check_read_shift(raw, codes, (0, 0), bin_size=32).level == "ok"
    shifted, codes = tn5_cuts((4, -5))
    assert check_read_shift(shifted, codes, (0, 1)).level == "ok"
    assert check_read_shift(shifted, codes, (0, 0)).level == "error"


def test_a_shift_that_the_sequence_does_not_tell_must_be_given():
    rng = np.random.default_rng(9)
    codes = rng.integers(0, 4, N_BASES).astype(np.uint8)
    strands = tuple(strand_of(row) for row in rng.poisson(0.02, (2, N_BASES)))
    signal = SampledSignal("DNase", 0, strands, N_BASES)
    assert check_read_shift(signal, codes, (0, 1)).level == "skipped"
    assert check_read_shift(signal, codes, None).level == "error"


def test_halves_of_a_sum_agree_as_replicates_do_when_noise_is_all_that_differs(good):
    found = agreement(good.signals[0], good.signals[1])
    assert found.share == pytest.approx(1, abs=0.05)
    other = agreement(good.signals[0], replace(planted(99).signals[0]))
    assert other.share < 0.4


def test_lag_products_are_those_of_a_plain_loop():
    rng = np.random.default_rng(3)
    a, b = rng.poisson(0.3, (2, 500))
    found = lag_products(strand_of(a), strand_of(b), n_bases=500, max_lag_bp=3).sum(axis=1)
    for row, lag in enumerate(range(-3, 4)):
        plain = sum(np.log1p(a[x]) * np.log1p(b[x + lag]) for x in range(500) if 0 <= x + lag < 500)
        assert found[row] == pytest.approx(plain)


def test_noise_is_rarely_sure():
    z = surely(np.random.default_rng(4).normal(size=(2000, 50)))
    assert abs(z.std() - 1) < 0.1
    assert (np.abs(z) > 4).sum() <= 2
