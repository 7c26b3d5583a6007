import numpy as np
import pytest

from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import Disruption
from cisgram.run.experiments.sites import SITE_COLUMNS, site_changes

LEFT, RIGHT = "C" * 18, "C" * 15


@pytest.fixture
def question():
    variants = [Variant("I", 20, "T", "G"), Variant("I", 20, "A", "G")]
    ref = encode(LEFT + "GATTACA" + RIGHT)  # the variant is its third base, at 40 // 2
    alt = ref.copy()
    alt[20] = 2
    nothing = np.full((2, 1), np.nan, dtype=np.float32)
    codes = np.stack([ref, np.full_like(ref, 4)]), np.stack([alt, np.full_like(ref, 4)])
    return Disruption(("ok", "ref differs"), *codes, nothing, nothing), variants


def test_a_broken_site_loses_the_bits_of_its_base_and_others_are_not_listed(question):
    disruption, variants = question
    motifs = [Motif.from_consensus("site", "GATTACA"), Motif.from_consensus("other", "TTTTTTTT")]
    table = site_changes(motifs, disruption, variants)
    assert tuple(table.columns) == SITE_COLUMNS
    assert table[["variant", "motif"]].to_numpy().tolist() == [["I:21:T>G", "site"]]
    pwm = motifs[0].pwm()
    row = table.iloc[0]
    assert row["ref_bits"] == pytest.approx(pwm.max(axis=0).sum(), abs=1e-4)
    assert row["change_bits"] == pytest.approx(pwm[2, 2] - pwm[3, 2], abs=1e-4)


def test_sites_that_do_not_touch_the_variant_do_not_hide_the_change(question):
    disruption, variants = question
    for codes in (disruption.ref_codes, disruption.alt_codes):
        codes[0, 30:37] = encode("GATTACA")  # an unbroken one nearby
    table = site_changes([Motif.from_consensus("site", "GATTACA")], disruption, variants)
    assert table["change_bits"][0] < -5


def test_no_variant_that_fits_gives_no_rows(question):
    disruption, variants = question
    none = disruption._replace(status=("ref differs", "ref differs"))
    assert site_changes([Motif.from_consensus("site", "GATTACA")], none, variants).empty
