"""The model and predictions that LS-GKM ships, and training on its sequences."""

import numpy as np
import pytest

from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
from cisgram.baselines.gkmsvm.score import gkm_scores
from cisgram.baselines.gkmsvm.train import GkmConfig, cross_validate, fit_gkmsvm
from cisgram.baselines.judge import judge_scores
from cisgram.genomics.gkm_model import GkmKernel
from cisgram.io.gkm_model import read_gkm_model
from cisgram.io.sequences import read_sequences
from cisgram.nn.metrics import auroc


def read(nfe2, *endings):
    return [read_sequences(nfe2(ending)).sequences for ending in endings]


@pytest.mark.parametrize("ending", [".test", ".neg.test"])
def test_predictions_of_a_model_of_ls_gkm_are_reproduced(nfe2, ending):
    model = read_gkm_model(nfe2(".model.txt"))
    assert (model.kernel.word_bp, model.kernel.informative_bp, len(model.support)) == (10, 6, 958)
    theirs = np.array([float(line.split()[1]) for line in nfe2(f"{ending}.pred.txt").read_text().splitlines()])
    np.testing.assert_allclose(gkm_scores(model, *read(nfe2, f"{ending}.fa")), theirs, atol=1e-5)


@pytest.mark.slow
def test_training_on_nfe2_is_as_good_as_that_of_ls_gkm(nfe2):
    train, test = read(nfe2, ".tr.fa", ".neg.tr.fa"), read(nfe2, ".test.fa", ".neg.test.fa")
    values = []
    for fit in (fit_gkmsvm, fit_gkmsvm_large):
        model = fit(*train)
        scores = np.concatenate([gkm_scores(model, one) for one in test])
        values.append(judge_scores(np.repeat([True, False], 69), scores).auroc.value)
    assert values[0] == pytest.approx(0.9924, abs=1e-4)
    assert values[1] == pytest.approx(values[0], abs=0.005)


@pytest.mark.slow
def test_cross_validation_on_nfe2_agrees_with_what_ls_gkm_ships(nfe2):
    # Its folds are others than ours, and its scores those of l = 10, k = 6.
    config = GkmConfig(GkmKernel(word_bp=10, informative_bp=6))
    found = cross_validate(*read(nfe2, ".tr.fa", ".neg.tr.fa"), config=config)
    theirs = [line.split() for line in nfe2(".cvpred.txt").read_text().splitlines()]
    their_auroc = auroc(np.array([row[2] == "1" for row in theirs]), np.array([float(row[1]) for row in theirs]))
    assert auroc(found.is_positive, found.scores) == pytest.approx(their_auroc, abs=0.003)
    score_of = {row[0]: float(row[1]) for row in theirs}
    pairs = np.array([(score, score_of[name]) for name, score in zip(found.names, found.scores, strict=True)])
    assert np.corrcoef(pairs.T)[0, 1] > 0.98
