import numpy as np
import pytest
import torch

from cisgram.interpret.ism import mutagenesis_effects
from cisgram.interpret.scores import log_counts, weighted_profile
from cisgram.nn.blocks import one_hot


@pytest.mark.parametrize("score", [log_counts(), weighted_profile()])
def test_effects_are_those_of_single_substitutions_one_by_one(toys, score):
    model = toys.seeded(toys.TwoHeads)
    codes = torch.from_numpy(toys.random_codes(2, 12, share_of_n=0.2))
    (result,) = mutagenesis_effects(model, one_hot(codes), scores=[score], batch_size=5)
    with torch.no_grad():
        for row in range(2):
            output = model(one_hot(codes[[row]]))
            fixed = (score.anchor(output),) if hasattr(score, "anchor") else ()
            as_it_is = float(score(output, *fixed))
            assert float(result.example_scores[row]) == pytest.approx(as_it_is, rel=1e-5)
            for position in range(12):
                for base in range(4):
                    mutant = codes[[row]].clone()
                    mutant[0, position] = base
                    effect = float(score(model(one_hot(mutant)), *fixed)) - as_it_is
                    assert float(result.effects[row, base, position]) == pytest.approx(effect, rel=1e-3, abs=1e-5)


def test_the_base_that_is_there_has_no_effect(toys):
    codes = torch.from_numpy(toys.random_codes(2, 12))
    examples = one_hot(codes)
    model = toys.seeded(toys.TwoHeads)
    (result,) = mutagenesis_effects(model, examples, scores=[log_counts()], batch_size=7)
    assert not (result.effects * examples).any()
    assert np.count_nonzero(result.effects) == 2 * 3 * 12
