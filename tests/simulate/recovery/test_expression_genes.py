"""Genes and variants of simulated expression: what is compared, and what floors say."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.io.tables import read_table
from cisgram.simulate.expression_cells import ExpressionConfig, simulate_expression
from cisgram.simulate.recovery.expression_genes import GENE_FLOORS, gene_floors, gene_recovery
from cisgram.simulate.recovery.expression_variants import ALL_KINDS, effects_by_kind

CELLS = ["erythroid", "hepatic", "myeloid"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return simulate_expression(ExpressionConfig.preset("tiny"), tmp_path_factory.mktemp("cell"))


def test_units_do_not_matter_and_a_gene_level_alone_says_nothing_of_cells():
    rng = np.random.default_rng(1)
    true = rng.gamma(1.0, 1.0, size=(200, 3))
    level = np.repeat(true.mean(axis=1, keepdims=True), 3, axis=1)
    found = gene_recovery(true, {"same": 7 * true, "level": level, "noise": rng.gamma(1.0, 1.0, size=(200, 3))})
    found = found.set_index("method")
    assert found.loc["same", ["across_genes", "across_cells"]].tolist() == pytest.approx([1, 1])
    assert np.isnan(found.loc["level", "across_cells"])
    assert found.loc["level", "across_genes"] > 0.4
    assert abs(found.loc["noise", "across_cells"]) < 0.2


def test_enhancers_not_promoters_say_in_which_cells_a_simulated_gene_is_on(files):
    genes, links = read_table(files.promoters), read_table(files.links)
    true = genes[[f"rate_{cell}" for cell in CELLS]].to_numpy(float)
    table = gene_recovery(true, gene_floors(genes, links, CELLS)).set_index("method")
    assert tuple(table.index) == GENE_FLOORS
    assert table.loc["activity x distance", "across_cells"] > 0.6
    assert table.loc["own promoter", "across_cells"] < 0.45


def test_genes_without_enhancers_have_an_activity_of_nothing():
    promoters = pd.DataFrame({"gene": ["a", "b"], "rate_x": [1.0, 2.0], "proximal_x": [1.0, 0.5]})
    links = pd.DataFrame({"gene": ["b"], "distance": [2_000], "activity_x": [4.0]})
    floors = gene_floors(promoters, links, ["x"])
    assert floors["activity x distance"].tolist() == [[0.0], [0.002]]
    assert floors["own promoter"].tolist() == [[1.0], [1.0]]


def test_too_few_genes_and_other_shapes_are_refused():
    with pytest.raises(EmptySetError, match="genes"):
        gene_recovery(np.ones((2, 3)), {})
    with pytest.raises(InputError, match="0 or more"):
        gene_recovery(np.ones((4, 3)), {"model": -np.ones((4, 3))})


def effects(n=60):
    rng = np.random.default_rng(2)
    broken = -rng.uniform(0.5, 2, n)
    parts = [
        pd.DataFrame({"kind": "breaks", "true": broken, "predicted": 0.5 * broken}),
        pd.DataFrame({"kind": "background", "true": 0.0, "predicted": rng.normal(0, 0.01, n)}),
    ]
    return pd.concat(parts, ignore_index=True).assign(measure="x")


def test_kinds_are_judged_by_themselves_and_against_neutral_variants():
    found = effects_by_kind(effects(), strong_from={"x": 0.2}).set_index("kind")
    assert list(found.index) == [ALL_KINDS, "background", "breaks"]
    assert found.loc["breaks", ["pearson", "sign_agreement", "auroc"]].tolist() == pytest.approx([1, 1, 1])
    assert found.loc["breaks", "n_strong"] == 60
    assert found.loc["background", "n_strong"] == 0
    assert np.isnan(found.loc["background", "pearson"])  # all are 0 in truth
    turned = effects().assign(predicted=lambda table: -table["predicted"])
    wrong = effects_by_kind(turned, strong_from={"x": 0.2}).set_index("kind")
    assert wrong.loc["breaks", ["sign_agreement", "auroc"]].tolist() == [0.0, 1.0]


def test_without_neutral_variants_there_is_no_null_and_bad_numbers_are_refused():
    found = effects_by_kind(effects(), strong_from={"x": 0.2}, neutral="other").set_index("kind")
    assert np.isnan(found.loc["breaks", "auroc"])
    with pytest.raises(InputError, match="finite"):
        effects_by_kind(effects().assign(predicted=np.nan), strong_from={"x": 0.2})
    with pytest.raises(InputError, match="measure"):
        effects_by_kind(effects().drop(columns="measure"), strong_from={})
    with pytest.raises(EmptySetError):
        effects_by_kind(effects().head(0), strong_from={})
