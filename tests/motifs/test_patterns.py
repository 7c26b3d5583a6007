import sys

import h5py
import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError, MissingExtraError
from cisgram.genomics.sequence import one_hot
from cisgram.io.patterns import read_patterns, write_patterns
from cisgram.motifs.patterns import PatternConfig, find_patterns

MOTIF, REPRESSOR = np.array([2, 0, 3, 0, 0, 2, 1]), np.array([1, 1, 3, 2, 3, 3, 1, 1])
LENGTH, WINDOW, MARGIN = 200, 160, 20
SETTINGS = PatternConfig(window_bp=WINDOW, n_leiden_runs=1, min_seqlets=50)


def plant(n, *, length=LENGTH, lows=(65, 115)):
    """Sequences with a motif that raises the score, in half of them another that lowers it, and where they are."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (n, length), dtype=np.uint8)
    places = []
    hypothetical = rng.normal(0, 0.02, (n, 4, length)).astype(np.float32)
    for row in range(n):
        for motif, sign, low in ((MOTIF, 1, lows[0]), (REPRESSOR, -1, lows[1])):
            if sign < 0 and row % 2:
                continue
            start, turned = int(rng.integers(low, low + 25)), bool(rng.random() < 0.5)
            letters = 3 - motif[::-1] if turned else motif
            codes[row, start : start + len(motif)] = letters
            block = hypothetical[row, :, start : start + len(motif)]
            block += sign * (np.eye(4)[letters].T - 0.25)
            places.append((row, start, len(motif), "-" if turned else "+", sign))
    return one_hot(codes), hypothetical, places


@pytest.fixture(scope="module")
def planted():
    pytest.importorskip("modiscolite")
    return plant(240)


@pytest.fixture(scope="module")
def search(planted):
    return find_patterns(*planted[:2], config=SETTINGS)


def letters_of(pattern):
    return "".join("ACGT"[base] for base in pattern.trimmed().ppm.argmax(axis=0))


def test_planted_motifs_come_out_with_their_sign(search):
    assert [pattern.name for pattern in search.patterns] == ["pos_pattern_0", "neg_pattern_0"]
    assert search.reason == ""
    assert letters_of(search.patterns[0]) in ("GATAAGC", "GCTTATC")
    assert letters_of(search.patterns[1]) in ("CCTGTTCC", "GGAACAGG")
    assert [pattern.sign for pattern in search.patterns] == [1, -1]


def test_seqlets_lie_on_the_planted_places_and_strands(search, planted):
    for pattern, sign in zip(search.patterns, (1, -1), strict=True):
        turned = letters_of(pattern) in ("GCTTATC", "GGAACAGG")
        truth = {
            (row, start - MARGIN, start - MARGIN + width, strand)
            for row, start, width, strand, of_sign in planted[2]
            if of_sign == sign
        }
        table = pattern.trimmed().seqlets
        if turned:
            table = table.assign(strand=table["strand"].map({"+": "-", "-": "+"}))
        found = {tuple(row) for row in table.itertuples(index=False)}
        assert len(found & truth) >= 0.85 * len(found)  # the repressor is nearly its own reverse complement
        assert len(found) >= 0.25 * len(truth)


def test_matrices_are_means_over_seqlets(search):
    for pattern in search.patterns:
        np.testing.assert_allclose(pattern.values.contributions.mean(axis=0), pattern.cwm, atol=1e-6)
        np.testing.assert_allclose(pattern.values.sequences.mean(axis=0), pattern.ppm, atol=1e-6)
        np.testing.assert_array_equal(
            pattern.values.contributions, pattern.values.sequences * pattern.values.hypothetical
        )
        assert sum(one.n_seqlets for one in pattern.subpatterns) == pattern.n_seqlets


def test_seqlets_are_the_sequences_they_point_to(search, planted):
    middle = planted[0][..., MARGIN:]
    for pattern in search.patterns:
        for number, (row, start, end, strand) in enumerate(pattern.seqlets.itertuples(index=False)):
            there = middle[row, :, start:end]
            np.testing.assert_array_equal(
                pattern.values.sequences[number], there if strand == "+" else there[::-1, ::-1]
            )


def contents(path, *, root="/"):
    found = {}
    with h5py.File(path) as file:
        file[root].visititems(
            lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
    return found


def test_a_search_gives_the_file_that_modisco_lite_writes_and_is_repeatable(search, planted, tmp_path):
    from modiscolite import io, tfmodisco

    sequences, hypothetical = (
        array[..., MARGIN : MARGIN + WINDOW].transpose(0, 2, 1).astype(np.float32) for array in planted[:2]
    )
    positive, negative = tfmodisco.TFMoDISco(
        sequences,
        hypothetical,
        sliding_window_size=20,
        flank_size=5,
        min_metacluster_size=50,
        max_seqlets_per_metacluster=20000,
        target_seqlet_fdr=0.05,
        n_leiden_runs=1,
        trim_to_window_size=30,
        initial_flank_to_add=10,
        final_flank_to_add=0,
    )
    io.save_hdf5(tmp_path / "theirs.h5", positive, negative, WINDOW)
    write_patterns(tmp_path / "ours.h5", {("track", "profile"): search}, attributes={})
    theirs = contents(tmp_path / "theirs.h5")
    for root in ("/", "/track/profile"):
        ours = {name: value for name, value in contents(tmp_path / "ours.h5", root=root).items() if "track" not in name}
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            np.testing.assert_array_equal(ours[name], value)
            assert ours[name].dtype == value.dtype
    read = read_patterns(tmp_path / "theirs.h5")
    assert [one.name for one in read.patterns] == [one.name for one in search.patterns]
    np.testing.assert_array_equal(read.patterns[1].cwm, search.patterns[1].cwm)


def test_too_few_seqlets_are_counted(planted):
    search = find_patterns(planted[0][:40], planted[1][:40], config=SETTINGS)
    assert search.patterns == []
    assert "more than 50 of one sign are needed (min_seqlets)" in search.reason
    assert any(character.isdigit() for character in search.reason.split("seqlets of positive")[0])


def test_contributions_of_zero_and_short_sequences_are_explained(planted):
    assert "are zero" in find_patterns(planted[0], np.zeros_like(planted[1]), config=SETTINGS).reason
    short = find_patterns(planted[0][..., :20], planted[1][..., :20], config=SETTINGS)
    assert short.reason == "sequences of 20 bp are too short for seqlets of 30 bp"
    assert short.patterns == []


def test_merging_that_would_go_on_forever_ends():
    # Windows so short that seqlets at their ends cannot be extended: modisco-lite alone never returns from this.
    pytest.importorskip("modiscolite")
    sequences, hypothetical, _ = plant(400, length=120, lows=(20, 65))
    settings = PatternConfig(window_bp=100, n_leiden_runs=1, min_seqlets=50, max_passing=0.4)
    search = find_patterns(sequences, hypothetical, config=settings)
    assert search.patterns or "cannot be extended to 50 bp" in search.reason


def test_noise_gives_no_patterns_but_a_reason(planted):
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(100, 4, LENGTH)).astype(np.float32)
    search = find_patterns(planted[0][:100], noise, config=SETTINGS)
    assert search.patterns == []
    assert "stand out" in search.reason


def test_arrays_that_do_not_fit_are_refused(planted):
    sequences, hypothetical = planted[:2]
    with pytest.raises(InputError, match="needs sequences; got none"):
        find_patterns(sequences[:0], hypothetical[:0])
    broken = hypothetical.copy()
    broken[[3, 8], 0, 0] = np.nan
    with pytest.raises(InputError, match="2 of 240 sequences have NaN"):
        find_patterns(sequences, broken)


def test_a_missing_library_names_the_extra(planted, monkeypatch):
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cisgram\[patterns\]'"):
        find_patterns(*planted[:2], config=SETTINGS)


@pytest.mark.parametrize("wrong", [{"window_bp": 401}, {"fdr": 0.0}, {"min_passing": 0.3}, {"max_seqlets": 0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        PatternConfig(**wrong)
