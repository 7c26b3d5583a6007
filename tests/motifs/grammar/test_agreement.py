"""Agreement of hit tables, against counting hit by hit and base by base; and hits by sequence alone."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.motifs.grammar.agreement import AGREEMENT_COLUMNS, hit_agreement
from cisgram.motifs.grammar.instances import INSTANCE_COLUMNS, find_instances
from cisgram.motifs.grammar.pwm_instances import find_pwm_instances
from cisgram.motifs.scanning.scan import ScanConfig


def random_hits(seed, n=60):
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 800, n)
    columns = {"chrom": rng.choice(["I", "II"], n), "start": start, "end": start + rng.integers(5, 15, n)}
    return pd.DataFrame({**columns, "pattern": rng.choice(["a", "b", "c"], n)})


def test_agreement_is_that_of_counting_hit_by_hit_and_base_by_base():
    first, second = random_hits(1), random_hits(2, 40).query("pattern != 'c'").reset_index(drop=True)
    table = hit_agreement(first, second, min_shared=0.6).set_index("pattern")

    def bases(hits):
        return {(row.chrom, base) for row in hits.itertuples() for base in range(row.start, row.end)}

    def partners(hits, others):
        n = 0
        for row in hits.itertuples():
            same = others[(others["chrom"] == row.chrom) & (others["pattern"] == row.pattern)]
            shared = np.minimum(same["end"], row.end) - np.maximum(same["start"], row.start)
            n += bool((shared >= 0.6 * np.minimum(same["end"] - same["start"], row.end - row.start)).any())
        return n

    for name in ["a", "b", "c", "all"]:
        own, their = (hits if name == "all" else hits[hits["pattern"] == name] for hits in (first, second))
        row = table.loc[name]
        assert (row["n_first"], row["n_second"]) == (len(own), len(their))
        assert (row["n_first_shared"], row["n_second_shared"]) == (partners(own, their), partners(their, own))
        covered = bases(own), bases(their)
        counted = [len(covered[0]), len(covered[1]), len(covered[0] & covered[1])]
        assert row[["bases_first", "bases_second", "bases_shared"]].tolist() == counted
        assert row["base_jaccard"] == pytest.approx(counted[2] / len(covered[0] | covered[1]))
    assert np.isnan(table.loc["c", "share_of_second"])


def test_a_table_agrees_with_itself_wholly():
    hits = random_hits(3)
    table = hit_agreement(hits, hits)
    assert tuple(table.columns) == AGREEMENT_COLUMNS
    assert (table[["share_of_first", "share_of_second", "base_jaccard"]] == 1).all(axis=None)
    with pytest.raises(InputError, match="min_shared"):
        hit_agreement(hits, hits, min_shared=0)


def test_hits_by_sequence_find_the_same_sites_and_more(planted, patterns):
    by_contributions = find_instances(patterns, planted.one_hot, planted.contributions, planted.windows)
    by_sequence = find_pwm_instances(patterns, planted.one_hot, planted.windows, scan=ScanConfig(p_value=1e-3))
    assert tuple(by_sequence.columns) == INSTANCE_COLUMNS
    assert by_sequence["match"].isna().all()
    row = hit_agreement(by_contributions, by_sequence).set_index("pattern").loc["all"]
    assert row["share_of_first"] > 0.97
    assert row["share_of_second"] < 0.95
    kinds = by_contributions.dtypes
    pd.testing.assert_series_equal(by_sequence.dtypes, kinds)
    starts = planted.windows["start"].to_numpy()[by_sequence["window"].to_numpy()]
    assert ((by_sequence["start"] - starts).between(0, 400)).all()
    motifs = [pattern.motif() for pattern in patterns]
    whole = find_pwm_instances(motifs, planted.one_hot, planted.windows, scan=ScanConfig(p_value=1e-3))
    pd.testing.assert_frame_equal(whole, by_sequence)
    with pytest.raises(InputError, match="as many"):
        find_pwm_instances(patterns, planted.one_hot[:3], planted.windows)
