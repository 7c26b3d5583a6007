"""The four architectures, small and untrained: the quick way gives what the plain way gives, for every change."""

import numpy as np
import pytest

from cisgram.genomics.genome import Genome
from cisgram.genomics.variant_table import allele_table
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.score_table import score_variants
from cisgram.interpret.variants.scores import DEFAULT_SCORES
from cisgram.models import akita, basenji, basset, bpnet

from .conftest import deletion, insertion, snv

BUILT = {
    "basset": lambda: basset.build(
        basset.BassetConfig(input_length=120, n_filters=(4, 4), widths=(7, 3), pools=(3, 4), n_hidden=(6,)), n_tracks=2
    ),
    "bpnet": lambda: bpnet.build(
        bpnet.BPNetConfig(
            input_length=160, output_length=60, n_filters=4, n_dilated_layers=3, stem_width=5, profile_width=7
        ),
        n_tracks=2,
    ),
    "basenji": lambda: basenji.build(basenji.BasenjiConfig.tiny(), n_tracks=2),
    "akita": lambda: akita.build(akita.AkitaConfig.tiny(), n_tracks=2),
}


@pytest.fixture(scope="module")
def long_genome():
    return Genome.from_codes({"I": np.random.default_rng(2).integers(0, 4, 60_000).astype(np.uint8)})


@pytest.mark.parametrize("name", list(BUILT))
def test_the_quick_way_gives_the_same_scores(name, long_genome):
    module = BUILT[name]().eval()
    model = VariantModel((module,), name, ("a", "b"), strand_pairs=(1, 0) if name == "basenji" else ())
    rows = [snv(long_genome, pos) for pos in (30_000, 30_007, 5)]
    rows += [deletion(long_genome, 30_010, 4), insertion(long_genome, 29_990, "ACG")]
    plain, quick = (
        score_variants(model, allele_table(rows), long_genome, config=VariantConfig(local=local))
        for local in (False, True)
    )
    assert plain["status"].tolist()[::2] == ["ok", "ok", "near_edge", "ok", "ok"]
    for score in DEFAULT_SCORES[name]:
        both = plain[score].to_numpy(), quick[score].to_numpy()
        edge = (plain["status"] == "near_edge").to_numpy() & (score == "insulation_change")
        assert np.isfinite(both[0][~edge]).all()
        np.testing.assert_allclose(both[1], both[0], rtol=2e-3, atol=2e-5 * max(1, np.nanmax(np.abs(both[0]))))
    effects = plain[DEFAULT_SCORES[name][0]].abs()
    assert (effects.groupby(plain["index"]).max() > 0).all(), "every change is seen"
