"""Motif sites that a change makes or takes away: against a scan of every window, and planted ones."""

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.motifs.allele_sites import AlleleStretches, Stretch, allele_sites, differing_stretch
from cisgram.motifs.scanning.motif_scores import MotifScores

MOTIF = Motif.from_consensus("reb1", "TTACCCG")


def stretches(*pairs, flank_bp=20):
    cut = [differing_stretch(encode(ref), encode(alt), flank_bp=flank_bp) for ref, alt in pairs]
    return AlleleStretches(list(range(len(cut))), *(list(part) for part in zip(*cut, strict=True)))


def test_a_site_that_a_substitution_breaks_is_lost_and_the_other_way_round_gained():
    broken, whole = "GATAGAGATTAGCCGAGAGATA", "GATAGAGATTACCCGAGAGATA"
    table = allele_sites([MOTIF], stretches((whole, broken), (broken, whole)))
    assert table["change"].tolist() == ["lost", "gained"]
    assert table["ref_site"].tolist() == ["TTACCCG", "TTAGCCG"]
    assert table["change_bits"].iloc[0] == pytest.approx(-table["change_bits"].iloc[1])
    assert table["ref_offset"].tolist() == [-3, -3]


def test_a_site_on_the_other_strand_reads_the_same():
    whole, broken = "GATAGAGATTACCCGAGAGATA", "GATAGAGATTAGCCGAGAGATA"
    turned = ["".join("ACGT"[base] for base in reverse_complement(encode(one))) for one in (whole, broken)]
    table = allele_sites([MOTIF], stretches((whole, broken), tuple(turned)))
    assert table["ref_strand"].tolist() == ["+", "-"]
    assert table["ref_site"].nunique() == 1
    assert table["ref_p"].nunique() == 1


def test_a_site_beside_the_change_does_not_count():
    ref, alt = "TTACCCGAAAAAAAAAAAAAAGAAAA", "TTACCCGAAAAAAAAAAAAAACAAAA"
    assert allele_sites([MOTIF], stretches((ref, alt))).empty


def test_an_insertion_that_parts_a_site_takes_it_away_and_a_deletion_joins_one():
    whole, parted = "GATAGAGATTACCCGAGAGATA", "GATAGAGATTAGATCCCGAGAGATA"
    table = allele_sites([MOTIF], stretches((whole, parted), (parted, whole)))
    assert table["change"].tolist() == ["lost", "gained"]


def test_scores_are_the_best_of_all_windows_that_touch_the_change():
    rng = np.random.default_rng(3)
    motif = Motif("m", rng.dirichlet(np.ones(4), size=6).T)
    pwm = MotifScores.from_motif(motif, Background.from_bases()).units(2**20)[:, 0, :] / 2**20  # column base
    pairs = []
    for _ in range(60):
        ref = rng.integers(4, size=31)
        alt = ref.copy()
        alt[15] = (ref[15] + 1) % 4
        pairs.append(tuple("".join("ACGT"[base] for base in one) for one in (ref, alt)))
    table = allele_sites([motif], stretches(*pairs), p_value=0.01)
    assert len(table) > 5
    for row in table.to_dict("records"):
        for which, text in zip(("ref", "alt"), pairs[row["index"]], strict=True):
            near = encode(text)[10:21]  # windows of 6 bp that touch base 15
            words = [near[i : i + 6] for i in range(6)]
            words += [reverse_complement(word) for word in words]
            assert row[f"{which}_bits"] == pytest.approx(max(pwm[np.arange(6), word].sum() for word in words), abs=1e-4)


def test_equal_sequences_and_a_large_p_value_are_refused():
    with pytest.raises(ConfigError, match="must differ"):
        differing_stretch(encode("ACGT"), encode("ACGT"), flank_bp=2)
    with pytest.raises(ConfigError, match="p_value"):
        allele_sites([MOTIF], stretches(("ACGT", "ACCT")), p_value=0.5)


@pytest.mark.parametrize(("ref", "alt"), [("AACGTT", "AACCTT"), ("AACGTT", "AATT"), ("AAAA", "AAAAAA"), ("ACAC", "AC")])
def test_a_stretch_and_its_flanks_give_the_sequences_back(ref, alt):
    found = differing_stretch(encode(ref), encode(alt), flank_bp=100)
    assert isinstance(found, Stretch)
    assert found.ref.tolist() == encode(ref).tolist()
    assert found.alt.tolist() == encode(alt).tolist()
    assert (found.ref[: found.n_left] == found.alt[: found.n_left]).all()
    right = found.n_right
    assert right == 0 or (found.ref[-right:] == found.alt[-right:]).all()
    assert found.n_left + right <= min(len(ref), len(alt))


def test_without_variants_the_table_is_empty():
    assert allele_sites([MOTIF], AlleleStretches([], [], [], [], [])).empty
