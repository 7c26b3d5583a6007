"""The scanner against a plain look at every window."""

import warnings

import memelite
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.background import Background
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import decode, encode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.hits import HIT_COLUMNS
from cisgram.motifs.scanning import store
from cisgram.motifs.scanning.motif_scores import MotifScores
from cisgram.motifs.scanning.scan import ScanConfig, open_scan, scan_genome, scan_sequences
from cisgram.motifs.scanning.score_distribution import score_tail

UNIFORM = Background.from_bases()


def random_motifs(n, rng, *, low=3, high=22):
    return [
        Motif(f"m{i}", rng.dirichlet(np.full(4, rng.uniform(0.1, 0.8)), rng.integers(low, high)).T) for i in range(n)
    ]


def random_sequences(rng, lengths, *, share_of_n=0.01):
    sequences = [rng.integers(0, 4, length).astype(np.uint8) for length in lengths]
    for codes in sequences:
        codes[rng.random(codes.size) < share_of_n] = 4
    return sequences


def random_background(order, rng):
    return Background.from_word_counts(rng.integers(1, 50, 4 ** (order + 1)).astype(float))


def every_hit(motifs, sequences, background, config):
    """All hits by looking at every window, as a set of (sequence, start, motif, strand) with score and p-value."""
    found = {}
    for motif in motifs:
        width = len(motif)
        tail = score_tail(MotifScores.from_motif(motif, background), background, p_value=config.p_value)
        lowest = (
            round(tail.threshold(config.p_value) * tail.units_per_bit) if tail.p_values[0] <= config.p_value else None
        )
        for row, codes in enumerate(sequences):
            for start in range(len(codes) - width + 1):
                for strand in "+-":
                    if lowest is None or config.strands not in ("both", strand):
                        continue
                    word = codes[start : start + width]
                    if (word > 3).any():
                        continue
                    word = word if strand == "+" else reverse_complement(word)
                    score, context = 0, 0
                    for column, base in enumerate(word.tolist()):
                        score += int(tail.units[column, context, base])
                        context = (context * 4 + base) % 4**background.order
                    if score >= lowest:
                        bits = score / tail.units_per_bit
                        found[row, start, motif.name, strand] = bits, float(tail.p_value(np.array([bits]))[0])
    return found


def as_found(hits):
    return {
        (int(chrom), start, name, strand): (score, p_value)
        for chrom, start, name, strand, score, p_value in hits[
            ["chrom", "start", "name", "strand", "score", "p_value"]
        ].itertuples(index=False)
    }


@settings(max_examples=20)
@given(
    order=st.integers(0, 5),
    p_value=st.sampled_from([1.0, 0.3, 0.05, 1e-2, 1e-3]),
    strands=st.sampled_from(["both", "+", "-"]),
    seed=st.integers(0, 1000),
)
def test_hits_are_those_of_every_window(order, p_value, strands, seed):
    rng = np.random.default_rng(seed)
    motifs = random_motifs(4, rng, high=15)
    sequences = random_sequences(rng, rng.integers(1, 90, 6), share_of_n=0.03)
    background, config = random_background(order, rng), ScanConfig(p_value=p_value, strands=strands)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        named = SequenceSet.from_codes({str(row): codes for row, codes in enumerate(sequences)})
        try:
            scan = scan_sequences(motifs, named, background=background, config=config)
        except EmptySetError:
            assert not every_hit(motifs, sequences, background, config)
            return
    expected = every_hit(motifs, sequences, background, config)
    found = as_found(scan.hits)
    assert found.keys() == expected.keys()
    assert len(scan.hits) == len(found)  # nothing twice
    for key, (score, p) in expected.items():
        assert found[key] == (pytest.approx(score, abs=1e-12), pytest.approx(p, rel=1e-12))
    n_windows = {
        len(m): sum(
            (np.convolve(s < 4, np.ones(len(m)), "valid") == len(m)).sum() for s in sequences if len(s) >= len(m)
        )
        for m in motifs
    }
    n_strands = 2 if strands == "both" else 1
    assert scan.motifs["windows"].tolist() == [n_strands * n_windows[len(m)] for m in motifs]


def test_many_motifs_on_a_longer_sequence_are_those_of_every_window():
    rng = np.random.default_rng(1)
    motifs = random_motifs(20, rng, low=6, high=21)
    sequences = random_sequences(rng, [700], share_of_n=0.002)
    config = ScanConfig(p_value=5e-3)
    scan = scan_sequences(motifs, SequenceSet.from_codes({"0": sequences[0]}), background=UNIFORM, config=config)
    assert as_found(scan.hits).keys() == every_hit(motifs, sequences, UNIFORM, config).keys()


def test_pieces_batches_and_threads_do_not_change_the_hits(monkeypatch):
    rng = np.random.default_rng(2)
    motifs = random_motifs(8, rng, low=5)
    genome = Genome.from_codes(
        {"I": rng.integers(0, 4, 9000).astype(np.uint8), "II": rng.integers(0, 5, 700, np.uint8)}
    )
    config = ScanConfig(p_value=1e-2)
    whole = scan_genome(motifs, genome, config=config)
    monkeypatch.setattr(store, "_PLACES_PER_TASK", 17)
    monkeypatch.setattr(store, "_PLACES_PER_BATCH", 100)
    monkeypatch.setattr(store, "_ROWS_PER_TABLE", 7)
    before = numba.get_num_threads()
    try:
        for n_threads in {1, before}:
            numba.set_num_threads(n_threads)
            pieces = scan_genome(motifs, genome, config=config)
            pd.testing.assert_frame_equal(pieces.hits, whole.hits)
            pd.testing.assert_frame_equal(pieces.motifs, whole.motifs)
    finally:
        numba.set_num_threads(before)


def test_hits_that_need_more_room_than_was_expected_are_all_kept():
    motif = Motif.from_consensus("poly", "AAAAAAAAAA")
    scan = scan_sequences([motif], SequenceSet.from_codes({"a": encode("A" * 5000)}), background=UNIFORM)
    assert scan.hits["start"].tolist() == list(range(4991))


@pytest.mark.parametrize("order", [0, 2])
def test_turning_the_genome_over_turns_the_hits_over(order):
    rng = np.random.default_rng(3)
    motifs, codes = random_motifs(6, rng), random_sequences(rng, [4000])[0]
    background, config = random_background(order, rng), ScanConfig(p_value=5e-3)
    forward = scan_genome(motifs, Genome.from_codes({"I": codes}), background=background, config=config).hits
    turned = Genome.from_codes({"I": np.ascontiguousarray(reverse_complement(codes))})
    backward = scan_genome(motifs, turned, background=background, config=config).hits
    mirrored = backward.assign(
        start=4000 - backward["end"], end=4000 - backward["start"], strand=backward["strand"].map({"+": "-", "-": "+"})
    )
    keys = ["start", "end", "name", "strand"]
    columns = [*keys, "score", "p_value", "q_value", "sequence"]
    both = [
        table[columns].astype({"name": str, "strand": str}).sort_values(keys).reset_index(drop=True)
        for table in (forward, mirrored)
    ]
    pd.testing.assert_frame_equal(*both)


def test_columns_scores_and_words_are_as_declared():
    rng = np.random.default_rng(4)
    motifs, codes = random_motifs(5, rng, low=6), random_sequences(rng, [5000])[0]
    background = Background.from_bases(np.array([0.3, 0.2, 0.2, 0.3]))
    hits = scan_genome(motifs, Genome.from_codes({"I": codes}), background=background, config=ScanConfig(1e-2)).hits
    assert tuple(hits.columns) == HIT_COLUMNS
    by_name = {motif.name: MotifScores.from_motif(motif, background).bits[:, 0] for motif in motifs}
    for row in hits.iloc[::7].itertuples():
        word = encode(row.sequence)
        bits = by_name[row.name]
        assert row.score == pytest.approx(bits[np.arange(len(bits)), word].sum(), abs=len(bits) / 2048)
        placed = codes[row.start : row.end]
        assert row.sequence == decode(placed if row.strand == "+" else reverse_complement(placed))


def test_q_values_are_those_of_benjamini_and_hochberg_over_all_windows():
    rng = np.random.default_rng(5)
    motif, codes = Motif.from_consensus("m", "ACGTRYN"), random_sequences(rng, [3000], share_of_n=0)[0]
    genome = Genome.from_codes({"I": codes})
    scan = scan_genome([motif], genome, background=UNIFORM, config=ScanConfig(p_value=1.0))
    n = 2 * (3000 - 7 + 1)
    assert len(scan.hits) == n == scan.motifs["windows"][0]
    p_values = scan.hits["p_value"].to_numpy()
    order = np.argsort(p_values, kind="stable")
    raw = p_values[order] * n / np.arange(1, n + 1)
    expected = np.empty(n)
    expected[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1)
    np.testing.assert_allclose(scan.hits["q_value"], expected, rtol=1e-12)
    strict = scan_genome([motif], genome, background=UNIFORM, config=ScanConfig(p_value=1.0, q_value=0.9))
    assert len(strict.hits) == (expected <= 0.9).sum() == strict.motifs["hits"][0]


def test_p_values_are_calibrated_in_random_sequence():
    rng = np.random.default_rng(6)
    motifs, codes = random_motifs(12, rng, low=8), rng.integers(0, 4, 300_000).astype(np.uint8)
    scan = scan_genome(motifs, Genome.from_codes({"I": codes}), background=UNIFORM, config=ScanConfig(p_value=1e-3))
    for _, row in scan.motifs.iterrows():
        tail = score_tail(MotifScores.from_motif(motifs[int(row["name"][1:])], UNIFORM), UNIFORM, p_value=1e-3).up_to(
            1e-3
        )
        expected = row["windows"] * tail.p_values[-1]
        assert abs(row["hits"] - expected) < 6 * np.sqrt(expected)  # windows overlap: more spread than Poisson


def test_scores_are_those_of_memelite():
    rng = np.random.default_rng(7)
    motifs, codes = random_motifs(6, rng, low=7, high=15), random_sequences(rng, [20_000], share_of_n=0)[0]
    ours = scan_genome(
        motifs, Genome.from_codes({"I": codes}), background=UNIFORM, config=ScanConfig(p_value=1e-3)
    ).hits
    one_hot = (codes[None, None, :] == np.arange(4)[:, None]).astype(np.int8)
    # memelite adds its pseudocount to proportions, without scaling: hand it ours
    ready = {m.name: (20 * m.ppm + 0.1 / 4) / 20.1 for m in motifs}
    theirs = pd.concat(memelite.fimo(ready, one_hot, eps=0.0, bin_size=0.001, threshold=1e-3))
    key = ["name", "start", "strand"]
    both = ours.astype({"name": str, "strand": str}).merge(
        theirs.rename(columns={"motif_name": "name"}), on=key, how="outer", suffixes=("", "_theirs"), indicator=True
    )
    shared = both[both["_merge"] == "both"]
    assert len(shared) > 0.98 * len(both)
    np.testing.assert_allclose(shared["score"], shared["score_theirs"], atol=0.01)
    np.testing.assert_allclose(shared["p_value"], shared["p-value"].map(lambda v: 2.0**v if v < 0 else v), rtol=0.03)


def test_a_window_with_an_n_is_counted_and_not_scored():
    scan = scan_sequences(
        [Motif.from_consensus("m", "ACGTAC")],
        SequenceSet.from_codes({"a": encode("ACGTACNACGTAC"), "b": encode("ACGTA")}),
        background=UNIFORM,
        config=ScanConfig(p_value=1e-3, strands="+"),
    )
    assert scan.hits["start"].tolist() == [0, 7]
    assert scan.motifs[["windows", "windows_with_n"]].to_numpy().tolist() == [[2, 6]]


def test_regions_confine_windows_and_keep_the_genome_s_coordinates():
    rng = np.random.default_rng(8)
    motifs = random_motifs(5, rng, low=4, high=9)
    contigs = dict(zip(("I", "II"), random_sequences(rng, [500, 400]), strict=True))
    genome, config = Genome.from_codes(contigs), ScanConfig(p_value=0.02)
    regions = interval_table(["II", "I", "I"], [350, 20, 60], [400, 80, 120])
    inside = scan_genome(motifs, genome, background=UNIFORM, regions=regions, config=config).hits
    everything = scan_genome(motifs, genome, background=UNIFORM, config=config).hits
    is_inside = np.zeros(len(everything), dtype=bool)
    for chrom, start, end in (("I", 20, 120), ("II", 350, 400)):
        is_inside |= (everything["chrom"] == chrom) & (everything["start"] >= start) & (everything["end"] <= end)
    columns = ["chrom", "start", "end", "name", "score", "strand"]
    pd.testing.assert_frame_equal(inside[columns], everything.loc[is_inside, columns].reset_index(drop=True))


def test_the_best_hit_of_each_sequence_is_kept(monkeypatch):
    rng = np.random.default_rng(9)
    motifs = random_motifs(4, rng, low=4, high=9)
    sequences = SequenceSet.from_codes({str(i): s for i, s in enumerate(random_sequences(rng, [300] * 9))})
    everything = scan_sequences(motifs, sequences, background=UNIFORM, config=ScanConfig(p_value=0.05)).hits
    order = everything.sort_values(["p_value", "start", "strand"], kind="stable")
    expected = order.groupby(["chrom", "name"], observed=True, sort=False).head(1).sort_index().reset_index(drop=True)
    for size in (1 << 16, 40):
        monkeypatch.setattr(store, "_PLACES_PER_TASK", size)
        monkeypatch.setattr(store, "_PLACES_PER_BATCH", size)
        config = ScanConfig(p_value=0.05, best_only=True)
        best = scan_sequences(motifs, sequences, background=UNIFORM, config=config)
        pd.testing.assert_frame_equal(best.hits, expected)
        assert best.motifs["hits"].sum() == len(expected)


def test_each_region_has_its_best_hit_even_where_regions_overlap():
    genome = Genome.from_codes({"I": encode("TTTACGTACTTT")})
    regions = interval_table(["I", "I"], [0, 2], [10, 12])
    config = ScanConfig(p_value=1e-3, strands="+", best_only=True)
    scan = scan_genome(
        [Motif.from_consensus("m", "ACGTAC")], genome, background=UNIFORM, regions=regions, config=config
    )
    assert scan.hits["start"].tolist() == [3, 3]


def test_hits_go_through_a_file_table_by_table(monkeypatch):
    monkeypatch.setattr(store, "_BYTES_IN_MEMORY", 100)
    monkeypatch.setattr(store, "_ROWS_PER_TABLE", 50)
    rng = np.random.default_rng(10)
    motifs, genome = random_motifs(3, rng, low=4, high=8), Genome.from_codes({"I": random_sequences(rng, [3000])[0]})
    told = []
    with open_scan(motifs, genome, config=ScanConfig(p_value=0.05), progress=lambda *n: told.append(n)) as scan:
        tables = list(scan.store.tables())
        again = list(scan.store.tables())
    assert len(tables) > 3
    assert max(map(len, tables)) == 50
    pd.testing.assert_frame_equal(pd.concat(tables), pd.concat(again))
    assert told[-1] == (3000, 3000)


def test_motifs_that_can_have_no_hit_are_named_and_counted():
    motifs = [Motif.from_consensus("long", "ACGTACGT"), Motif.from_consensus("short", "ACG")]
    sequences = SequenceSet.from_codes({"a": encode("TTACGTACGTTT")})
    with pytest.warns(CisgramWarning, match=r"1 of 2 motifs can have no hit.*short: 0\.0156"):
        scan = scan_sequences(motifs, sequences, background=UNIFORM)
    assert scan.motifs["hits"].tolist() == [2, 0]  # a palindrome: both strands
    assert scan.motifs["smallest_p_value"].tolist() == [4.0**-8, 4.0**-3]
    assert scan.motifs["windows"].tolist() == [10, 20]
    with pytest.raises(EmptySetError, match="raise the p-value"):
        scan_sequences(motifs[1:], sequences, background=UNIFORM)


def test_a_motif_longer_than_every_sequence_is_said():
    sequences = SequenceSet.from_codes({"a": encode("ACGTACG")})
    with pytest.warns(CisgramWarning, match=r"1 of 1 motifs are longer than every sequence \(at most 7 bp\): m: 8 bp"):
        scan = scan_sequences([Motif.from_consensus("m", "ACGTACGT")], sequences, background=UNIFORM)
    assert len(scan.hits) == 0
    assert tuple(scan.hits.columns) == HIT_COLUMNS


def test_sequences_of_n_alone_are_said():
    sequences = SequenceSet.from_codes({"a": encode("N" * 50)})
    motifs = [Motif.from_consensus("m", "ACGTACGT")]
    with pytest.raises(InputError, match="known bases"):
        scan_sequences(motifs, sequences)
    with pytest.warns(CisgramWarning, match="no window without an N"):
        assert scan_sequences(motifs, sequences, background=UNIFORM).motifs["windows_with_n"].tolist() == [86]


def test_wrong_input_is_refused():
    motif, genome = Motif.from_consensus("m", "ACGTACGT"), Genome.from_codes({"I": encode("ACGTACGTAA")})
    with pytest.raises(EmptySetError, match="no motifs"):
        scan_genome([], genome)
    with pytest.raises(InputError, match="several are named m"):
        scan_genome([motif, motif], genome)
    with pytest.raises(ContigError, match="lacks, such as 'X'"):
        scan_genome([motif], genome, regions=interval_table(["X"], [0], [5]))
    with pytest.raises(InputError, match="reach past an end"):
        scan_genome([motif], genome, regions=interval_table(["I"], [0], [11]))
    with pytest.raises(EmptySetError, match="no sequences"):
        scan_sequences([motif], SequenceSet.from_codes([]))


@pytest.mark.parametrize("field", ["p_value", "q_value"])
@pytest.mark.parametrize("value", [0.0, 1.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(field, value):
    with pytest.raises(ConfigError, match=f"{field} must be above 0"):
        ScanConfig(**{field: value})


def test_a_pseudocount_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="pseudocount"):
        ScanConfig(pseudocount=0.0)
