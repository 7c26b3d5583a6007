"""The page of all variants says what there is to say, whatever a model, a null and measured effects leave out."""

import numpy as np
import pandas as pd
import pytest

from cisgram.report.variants.overview import strongest_rows, write_variants_report
from cisgram.report.variants.results import ScoreMeaning, VariantResults

N = 8
MEANING = ScoreMeaning("root_mean_square", "ln(observed/expected)", "how much maps differ")


def results(*, has_null=False, has_totals=False, n_scored=N, **more):
    rng = np.random.default_rng(0)
    size = np.where(np.arange(N) < n_scored, rng.random(N), np.nan)
    table = pd.DataFrame(
        {
            "index": range(N),
            "variant": [f"chr1:{k}:A>C" for k in range(N)],
            "name": ".",
            "status": "ok",
            "track": "HiC",
            "kind": "SNV",
            "reference": 2.0 if has_totals else np.nan,
            "alternative": 1.0 if has_totals else np.nan,
            "n_null": 3,
            "root_mean_square": size,
        }
    )
    null = None
    if has_null:
        table = table.assign(root_mean_square_quantile=0.5, root_mean_square_p=1 - size, root_mean_square_q=0.04)
        null = pd.DataFrame({"track": "HiC", "root_mean_square": rng.random(5)})
    ranked = table["root_mean_square"].dropna().sort_values(ascending=False).index.tolist()
    statuses = [("ok", n_scored, "fits"), ("symbolic", N - n_scored, "ALT is no sequence")]
    return VariantResults(
        table, MEANING.name, [MEANING], ranked, statuses, null=null, null_text="null changes are 5 changes", **more
    )


def page(tmp_path, found):
    return write_variants_report(tmp_path / "report.html", found).read_text()


def test_sizes_have_no_sign_and_missing_totals_no_columns(tmp_path):
    text = page(tmp_path, results())
    assert ">reference<" not in text
    assert "root_mean_square +" not in text
    assert ">reference<" in page(tmp_path, results(has_totals=True)).replace("</", "<")


@pytest.mark.parametrize("has_null", [True, False])
def test_the_strongest_variant_stands_first(tmp_path, has_null):
    found = results(has_null=has_null)
    first = strongest_rows(found)["root_mean_square"].iloc[0]
    assert first == found.table["root_mean_square"].max()
    assert ("How large is large" in page(tmp_path, found)) == has_null


def test_what_is_suspected_and_what_was_not_scored_is_said(tmp_path):
    text = page(tmp_path, results(n_scored=5, warning="another assembly"))
    assert "Beware: another assembly." in text
    assert "5 of 8 variants have scores" in text
    assert "ALT is no sequence" in text


def test_every_column_of_measured_effects_has_its_picture_and_sentence(tmp_path):
    keys = {"column": "root_mean_square", "score": "root_mean_square", "track": "HiC"}
    points = pd.DataFrame({"index": range(N), **keys, "measured": np.arange(N), "predicted": np.arange(N)})
    rows = [("pearson", 0.9), ("spearman", 0.8)]
    agreement = pd.DataFrame(
        [
            {**{"measured": keys["column"]}, "score": keys["score"], "track": "HiC", "predictor": who, "metric": metric,
             "n": N, "value": value, "low": value - 0.1, "high": value + 0.05}
            for who in ("this model", "GC") for metric, value in rows
        ]
    )  # fmt: skip
    text = page(tmp_path, results(agreement=agreement, measured=points, predictors={"this model": "score"}))
    assert "root_mean_square and the column root_mean_square correlate by 0.90 over 8 variants" in text
    assert "AUROC of the sign" not in text
