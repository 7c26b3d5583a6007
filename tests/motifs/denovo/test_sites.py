import numpy as np
import pytest
from toy_sets import arrangements, normalised, random_background, random_codes, random_ppm, ratio

from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.places import Places
from cisgram.motifs.denovo.sites import SITE_COLUMNS, place_sites


@pytest.mark.parametrize("occurrence", ["oops", "zoops", "anr"])
def test_posteriors_equal_the_sum_over_all_arrangements(occurrence):
    rng = np.random.default_rng(3)
    sequences = SequenceSet.from_codes([random_codes(rng, 10) for _ in range(40)])
    background, ppm = random_background(rng, 1), normalised(random_ppm(rng, 4) ** 6)
    places = Places(sequences, background, is_stranded=False)
    table = place_sites(places, ppm, rate=0.4, occurrence=occurrence)
    assert tuple(table.columns) == SITE_COLUMNS
    assert len(table) >= 5
    for site in table.itertuples():
        codes = sequences[site.sequence]
        total = here = 0.0
        for prior, sites in arrangements(codes, 4, n_strands=2, occurrence=occurrence, rate=0.4):
            weight = prior * np.prod([ratio(codes, at, ppm, background, is_reversed=bool(turn)) for at, turn in sites])
            total += weight
            here += weight * any(at == site.start for at, _ in sites)
        assert site.posterior == pytest.approx(here / total, abs=1e-9)
        own = ratio(codes, site.start, ppm, background, is_reversed=site.strand == "-")
        assert site.score == pytest.approx(np.log2(own), abs=1e-9)
    if occurrence == "oops":
        assert table["sequence"].tolist() == list(range(40))
    if occurrence == "anr":
        assert (table["posterior"] >= 0.5).all()
