"""The best window of every sequence against a plain look at all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif, ppm_to_pwm
from cisgram.genomics.sequence import encode
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.scanning import best_scores as module
from cisgram.motifs.scanning.best_scores import best_scores


def plain_best(motif, background, codes, strands):
    best = (-np.inf, -1, ".")
    smoothed = np.log2((20 * motif.ppm + 0.1 * background.bases[:, None]) / 20.1)
    for start in range(len(codes) - len(motif) + 1):
        for strand in strands:
            word = codes[start : start + len(motif)]
            if (word > 3).any():
                continue
            word = word if strand == "+" else np.ascontiguousarray(3 - word[::-1])
            score = smoothed[word, np.arange(len(motif))].sum() - background.log2_probabilities(word).sum()
            if score > best[0] + 1e-4:
                best = (score, start, strand)
    return best


@settings(max_examples=30)
@given(width=st.integers(1, 22), order=st.integers(0, 5), is_stranded=st.booleans(), seed=st.integers(0, 1000))
def test_the_best_window_is_that_of_a_look_at_all(width, order, is_stranded, seed):
    rng = np.random.default_rng(seed)
    background = Background.from_word_counts(rng.integers(1, 50, 4 ** (order + 1)).astype(float))
    motif = Motif("m", rng.dirichlet(np.ones(4), width).T)
    sequences = [rng.integers(0, rng.integers(4, 6), n, dtype=np.uint8) for n in rng.integers(0, 60, 8)]
    found = best_scores(motif, SequenceSet.from_codes(sequences), background=background, is_stranded=is_stranded)
    for row, codes in enumerate(sequences):
        score, start, strand = plain_best(motif, background, codes, "+" if is_stranded else "+-")
        assert (found.place[row], found.strand[row]) == (start, strand)
        assert found.score[row] == pytest.approx(score, abs=1e-4) or (np.isnan(found.score[row]) and start < 0)


def test_a_pwm_is_taken_as_it_stands():
    motif = Motif.from_consensus("m", "ACGTTN")
    sequences = SequenceSet.from_codes([encode("TTTACGTTATT"), encode("AAACGTAA")])
    pwm = ppm_to_pwm(motif.ppm)
    np.testing.assert_allclose(
        best_scores(pwm, sequences).score, best_scores(motif, sequences).score, rtol=0, atol=1e-9
    )
    assert best_scores(pwm + 1.0, sequences).score == pytest.approx(best_scores(pwm, sequences).score + 6)


def test_tiles_do_not_change_the_result():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 20_000).astype(np.uint8)
    motif = Motif("m", rng.dirichlet(np.ones(4), 11).T)
    cut = range(0, 20_000 - 10, 997)  # windows of all pieces are all windows
    pieces = [codes[start : start + 997 + 10] for start in cut]
    whole = best_scores(motif, SequenceSet.from_codes([codes]))
    parts = best_scores(motif, SequenceSet.from_codes(pieces))
    best = int(np.argmax(parts.score))
    assert parts.score[best] == whole.score[0]
    assert whole.place[0] == parts.place[best] + cut[best]
    assert module._TILE < 20_000


def test_no_sequences_have_no_scores():
    assert best_scores(Motif.from_consensus("m", "ACG"), SequenceSet.from_codes([])).score.size == 0
