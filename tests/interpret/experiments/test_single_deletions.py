import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.ablation import ablate_pairs
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.deletion import AblationConfig
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.single_deletions import SINGLE_COLUMNS, ablate_singles, single_table


@pytest.fixture
def planted(words):
    """Windows of A and T with an A at 30; in all but the first, a B at 50."""
    codes = random_sequences(8, 120, gc=0.0, seed=5)
    rows = []
    for row in range(8):
        for name, word, start in [("a", words.a, 30), ("b", words.b, 50)][: 2 if row else 1]:
            codes[row, start : start + len(word)] = encode(word)
            rows.append((row, start, start + len(word), name))
    return codes, pd.DataFrame(rows, columns=["row", "start", "end", "name"])


@pytest.mark.parametrize("filling", ["random", "shuffle", "n"])
def test_each_deletion_costs_what_the_motif_weighs_also_of_an_instance_without_a_partner(words, planted, filling):
    config = AblationConfig(filling, n_draws=3)
    found = ablate_singles(words.WordModel(words.logs_add_up), *planted, scores=[words.score], config=config)
    table = single_table(found, tracks=["x"])
    assert tuple(table.columns) == SINGLE_COLUMNS
    assert table[["name", "n_instances", "n"]].to_numpy().tolist() == [["a", 8, 8], ["b", 7, 7]]
    np.testing.assert_allclose(table[["effect", "low", "high"]], [[-1.5] * 3, [-0.7] * 3], atol=1e-5)
    assert table["local_effect"].isna().all()


def test_instances_of_pairs_get_the_same_fillings_as_there_and_their_places_their_own_scores(words, planted):
    codes, instances = planted
    instances = instances.iloc[::-1].reset_index(drop=True)
    model, config = words.WordModel(words.counts_add_up), AblationConfig(n_draws=2, seed=3)

    def local(at):
        return [lambda output: words.score(output) * at]

    options = {"scores": [words.score], "local": local, "config": config}
    singles = ablate_singles(model, codes, instances, **options)
    pairs = ablate_pairs(model, codes, instances, **options)
    of_a = (singles.instances["name"] == "a").to_numpy() & (singles.instances["row"] > 0).to_numpy()
    np.testing.assert_array_equal(singles.without[of_a], pairs.whole.without_a)
    np.testing.assert_array_equal(singles.local_without[of_a], pairs.at_a.without_a)
    np.testing.assert_array_equal(singles.local_intact[of_a], pairs.at_a.intact)


def test_bad_input_is_refused(words, planted):
    model, (codes, instances) = words.WordModel(words.logs_add_up), planted
    with pytest.raises(EmptySetError, match="no motif instances to delete"):
        ablate_singles(model, codes, instances.iloc[:0], scores=[words.score])
    with pytest.raises(InputError, match="ask one strand"):
        ablate_singles(
            model,
            codes,
            instances,
            scores=[words.score],
            local=lambda _: [words.score],
            asking=Asking(both_strands=True),
        )
    found = ablate_singles(model, codes, instances, scores=[words.score])
    with pytest.raises(InputError, match="one name per track"):
        single_table(found, tracks=["x", "y"])
