"""Loci on disk: what is written is read, and a picture needs nothing else."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.locus_study import EFFECT_COLUMNS, INSTANCE_COLUMNS, LocusStudy
from cisgram.io.locus_studies import read_locus_studies, read_locus_study, write_locus_study
from cisgram.io.tables import write_table


def make_study(*, n_strands=2, n_instances=2, start=99):
    rng = np.random.default_rng(1)
    rows = [
        (n + 1, "Oct4-Sox2" if n else "1", start + 40 * n + 5, start + 40 * n + 16, "+-"[n % 2])
        for n in range(n_instances)
    ]
    effects = [(*row, track, -0.5, -1.0, 0.25, 10) for row in rows for track in ("Oct4", "my track")]
    return LocusStudy(
        chrom="7",
        start=start,
        tracks=("Oct4", "my track"),
        codes=rng.integers(0, 5, 100).astype(np.uint8),
        observed=rng.poisson(1, (2, n_strands, 100)).astype(float),
        predicted=rng.random((2, n_strands, 100)),
        contributions=rng.normal(0, 1, (2, 100)),
        score="profile",
        instances=pd.DataFrame(rows, columns=list(INSTANCE_COLUMNS)),
        effects=pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)),
        remark="made up",
    )


@pytest.mark.parametrize("n_strands", [1, 2])
@pytest.mark.parametrize("n_instances", [0, 2])
def test_a_locus_is_read_as_it_was_written(tmp_path, n_strands, n_instances):
    study = make_study(n_strands=n_strands, n_instances=n_instances)
    write_locus_study(tmp_path / "loci", study)
    (found,) = read_locus_studies(tmp_path / "loci")
    assert (found.chrom, found.start, found.end, str(found)) == ("7", 99, 199, "7:100-199")
    assert (found.tracks, found.score, found.remark) == (study.tracks, "profile", "made up")
    for name in ("codes", "observed", "predicted", "contributions"):
        np.testing.assert_array_equal(getattr(found, name), getattr(study, name))
    assert found.effects.to_numpy().tolist() == study.effects.to_numpy().tolist()
    assert found.instances.to_numpy().tolist() == study.instances.to_numpy().tolist()


def test_a_folder_that_is_not_there_has_no_loci(tmp_path):
    assert read_locus_studies(tmp_path / "none") == []


def test_a_table_of_something_else_is_refused(tmp_path):
    path = tmp_path / "x.bases.tsv.gz"
    write_table(path, pd.DataFrame({"a": [1], "contribution Oct4": [0.5]}))
    with pytest.raises(FormatError, match="a locus says its chrom, start, score and remark on top"):
        read_locus_study(path)


def test_parts_that_do_not_fit_are_refused():
    study = make_study()
    with pytest.raises(InputError, match="needs arrays of these sizes"):
        LocusStudy(**{**vars(study), "tracks": ("Oct4",)})
