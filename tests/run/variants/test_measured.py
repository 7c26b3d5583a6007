"""Columns of effects are found, matched to variants, and set beside the score that means the same."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError
from cisgram.io.tables import write_table
from cisgram.run.variants.agree import agree, score_beside
from cisgram.run.variants.measured import read_measured

N = 12


@pytest.fixture
def variants():
    places = {"chrom": "chr1", "pos": np.arange(10, 10 + N), "ref": "A", "alt": "C"}
    return pd.DataFrame({"index": range(N), "name": [f"v{k}" for k in range(N)], **places})


def truth(tmp_path, variants, **columns):
    path = tmp_path / "effects.tsv"
    keys = variants[["name", "chrom", "ref", "alt"]].assign(start=variants["pos"] - 1)
    write_table(path, keys.assign(**columns))
    return path


def test_a_column_per_track_is_found_and_positions_from_0_are_understood(tmp_path, variants):
    effects = np.arange(N, dtype=float)
    path = truth(tmp_path, variants, log2_fold_liver=effects, log2_fold_lung=-effects, ref_liver=1.0)
    (found,) = read_measured(path, variants.iloc[::-1], ["liver", "lung", "heart"])
    assert (found.column, found.n_matched) == ("log2_fold", N)
    np.testing.assert_array_equal(found.effects["liver"], effects[::-1])
    assert set(found.effects) == {"liver", "lung"}


def test_columns_that_are_called_as_scores_are_all_read(tmp_path, variants):
    path = truth(tmp_path, variants, root_mean_square=0.5, insulation_change=-0.1, kind="x")
    found = read_measured(path, variants, ["HiC"], scores=["root_mean_square", "l2_diff", "insulation_change"])
    assert [one.column for one in found] == ["root_mean_square", "insulation_change"]
    assert set(found[1].effects["HiC"]) == {-0.1}
    (one,) = read_measured(path, variants, ["HiC"], scores=["root_mean_square"], column="insulation_change")
    assert one.column == "insulation_change"


def test_a_variant_that_comes_twice_has_its_effect_twice(tmp_path, variants):
    path = truth(tmp_path, variants, measured=np.arange(N, dtype=float))
    twice = pd.concat([variants, variants.iloc[[3]]], ignore_index=True)
    (found,) = read_measured(path, twice, ["liver"])
    assert found.effects["liver"][3] == found.effects["liver"][N] == 3.0


@pytest.mark.parametrize(
    ("columns", "asked", "message"),
    [
        ({"log2_fold_heart": 1.0}, {}, "one per track .COLUMN_TRACK, of the tracks liver.*--measured-column"),
        ({"measured": 1.0}, {"column": "fold"}, "no column 'fold'"),
        ({"measured": 1.0}, {"beside": ["other"]}, "no column 'other'"),
        ({"measured": "NA"}, {}, "hold no number"),
    ],
)
def test_a_table_without_effects_is_refused_in_words(tmp_path, variants, columns, asked, message):
    with pytest.raises(FormatError, match=message):
        read_measured(truth(tmp_path, variants, **columns), variants, ["liver"], **asked)


def test_rows_of_other_variants_are_refused(tmp_path, variants):
    path = truth(tmp_path, variants, measured=1.0)
    with pytest.raises(FormatError, match="none of its 12 rows matches"):
        read_measured(path, variants.assign(pos=variants["pos"] + 1000), ["liver"])


def test_a_column_stands_beside_the_score_of_its_name_or_meaning():
    assert score_beside("insulation_change", ["l2_diff", "insulation_change"]) == "insulation_change"
    assert score_beside("log2_fold", ["diff_sum", "diff_logit"]) == "diff_logit"
    assert score_beside("effect", ["diff_sum", "diff_logit"]) == "diff_sum"


def test_sizes_are_compared_as_sizes_and_each_column_with_its_own_score(tmp_path, variants):
    rng = np.random.default_rng(0)
    size, change = rng.random(N), rng.normal(size=N)
    path = truth(tmp_path, variants, root_mean_square=size, insulation_change=change)
    scores = ["root_mean_square", "insulation_change"]
    table = variants[["index"]].assign(track="HiC", root_mean_square=size * 2, insulation_change=-change)
    effects = read_measured(path, variants, ["HiC"], scores=scores)
    found = agree(table, effects, {"GC": {"": -size}}, scores=scores, groups=range(N), seed=0).table
    value = found.set_index(["measured", "predictor", "metric"])["value"]
    assert value["root_mean_square", "this model", "pearson"] == pytest.approx(1)
    assert value["root_mean_square", "GC", "pearson"] == pytest.approx(1)  # -size is as large
    assert value["insulation_change", "this model", "pearson"] == pytest.approx(-1)
    assert ("root_mean_square", "this model", "sign_auroc") not in value.index
