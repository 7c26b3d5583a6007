"""Variants of a simulation, predicted and true: a model that knows the truth is found to know it."""

import json

import numpy as np
import pytest

from cisgram.interpret.variants.config import VariantConfig
from cisgram.io.tables import read_table
from cisgram.models.basset import BassetConfig, build
from cisgram.report.planted_variants import planted_variant_blocks
from cisgram.run import planted_variants
from cisgram.run.planted_variants import notes_of, planted_variant_figures
from cisgram.simulate.accessibility import AccessibilityConfig, simulate_accessibility
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return simulate_accessibility(AccessibilityConfig.preset("tiny"), tmp_path_factory.mktemp("cells") / "made")


@pytest.fixture
def figures(simulated, tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    truth = read_table(simulated.variant_effects)
    cells = [name.removeprefix("log2_fold_") for name in truth if name.startswith("log2_fold_")]
    form = {"input_length": 60, "n_filters": [2], "widths": [5], "pools": [4], "n_hidden": [2]}
    model = build(BassetConfig(60, n_filters=(2,), widths=(5,), pools=(4,), n_hidden=(2,)), n_tracks=len(cells), seed=1)
    path = tmp_path / "best.safetensors"
    identity = ModelIdentity("basset", {**form, "n_tracks": len(cells)}, {"tracks": cells})
    save_checkpoint(path, Checkpoint(identity, model.state_dict()))
    monkeypatch.setattr("cisgram.run.variants.agree._N_RESAMPLES", 20)
    inner = planted_variants.iterate_scores

    def knowing(model, checked, genome, *, config):
        for part in inner(model, checked, genome, config=config):
            long = truth.set_index("name").loc[part.scores["name"]].reset_index()
            known = [long[f"log2_fold_{track}"].iloc[row] for row, track in enumerate(part.scores["track"])]
            yield part._replace(scores=part.scores.assign(diff_logit=np.array(known) * 2))

    monkeypatch.setattr(planted_variants, "iterate_scores", knowing)

    def asked(held_out):
        return planted_variant_figures(
            path,
            simulated.genome,
            {name: getattr(simulated, name) for name in ("variants", "variant_effects", "motifs")},
            held_out=held_out,
            config=VariantConfig(),
            seed=1,
        )

    return asked


def test_a_model_that_knows_the_truth_is_found_to_know_it(figures):
    found = figures(["nowhere"])
    assert "as few lie" in found["where"]
    correlations = notes_of(found)
    assert correlations
    assert all(value == pytest.approx(1) for value in correlations.values())
    blocks, findings = planted_variant_blocks({"variants": json.loads(json.dumps(found))})
    assert len(blocks) >= 3
    assert "correlate by 1.00" in findings[0]


def test_variants_of_contigs_that_were_not_trained_on_count_alone(figures, simulated):
    counts = read_table(simulated.variant_effects)["chrom"].value_counts()
    found = figures(counts.index[:2])
    assert found["n_variants"] == counts.iloc[:2].sum() >= planted_variants.FEWEST
    assert found["where"] == "on contigs that the model was not trained on"


def test_a_page_without_variants_says_nothing():
    assert planted_variant_blocks({}) == ([], [])
    assert planted_variant_blocks({"variants": {}}) == ([], [])
