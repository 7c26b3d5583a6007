"""Which bases and motifs matter: those that were planted."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.interpret.folding.motif_effects import INSTANCE_EFFECT_COLUMNS, MOTIF_COLUMNS, disrupt_motifs
from cisgram.interpret.folding.prediction import BOTH_STRANDS, fold
from cisgram.interpret.folding.saturation import StretchConfig, mutate_bases, shuffle_stretches
from cisgram.interpret.folding.scores import contact_change

from .conftest import BIN, CROP, WORD, place


def test_every_base_of_a_site_matters_and_no_other(corner_model, background):
    codes, sites = place(background, (11, "+"), (20, "-"))
    found = mutate_bases(corner_model, codes[None], part_bp=200)
    largest = found.map(0, 0).gain
    start = int(sites["start"].iloc[0]) - found.start
    assert (largest[start : start + len(WORD)] > 0.5).all()
    largest[start : start + len(WORD)] = 0
    np.testing.assert_array_equal(largest, 0)


def test_a_substitution_has_the_score_of_its_map(corner_model, background):
    codes, sites = place(background, (11, "+"), (20, "-"))
    at = int(sites["start"].iloc[0]) + 3
    mutant = codes.copy()
    mutant[at] = 3
    expected = np.log1p(contact_change(*(fold(corner_model, one[None]) for one in (codes, mutant))).scd[0, 0])
    found = mutate_bases(corner_model, codes[None], part_bp=200)
    assert found.effects[0, 0, 3, at - found.start] == pytest.approx(expected, rel=1e-5)


def test_only_stretches_with_a_site_change_the_map(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"))
    found = shuffle_stretches(corner_model, codes[None], config=StretchConfig(width_bp=BIN, n_draws=2))
    hit = np.flatnonzero(found.root_mean_square[0, :, 0])
    assert hit.tolist() == [5 + CROP, 15 + CROP]
    assert found.starts[hit[0]] <= sites["start"].iloc[0] < found.starts[hit[0]] + BIN


def test_batches_do_not_change_the_profile(corner_model, background):
    codes, _ = place(background, (5, "+"), (15, "-"))
    one, other = (
        shuffle_stretches(
            corner_model,
            codes[None],
            config=StretchConfig(n_draws=2),
            asking=type(BOTH_STRANDS)(both_strands=True, batch_size=n),
        )
        for n in (1, 64)
    )
    np.testing.assert_allclose(one.root_mean_square, other.root_mean_square, atol=1e-6)


def test_the_motif_that_makes_the_map_is_told_from_one_that_does_not(corner_model, background):
    windows, tables = [], []
    for row in range(8):
        codes, sites = place(np.roll(background, row), (5, "+"), (15, "-"))
        idle = sites.assign(start=sites["start"] + 200, end=sites["end"] + 200, name="idle")
        tables.append(pd.concat([sites.assign(name="CTCF"), idle]).assign(row=row))
        windows.append(codes)
    found = disrupt_motifs(corner_model, np.stack(windows), pd.concat(tables))
    assert tuple(found.motifs.columns) == MOTIF_COLUMNS
    assert tuple(found.instances.columns) == INSTANCE_EFFECT_COLUMNS
    table = found.motifs.set_index("motif")
    assert table.loc["CTCF", "p_value"] < 1e-4
    assert table.loc["CTCF", "mean"] > 0.05
    assert table.loc["CTCF", "random_median"] == 0
    assert table.loc["idle", "mean"] == 0
    assert table.loc["idle", "p_value"] > 0.05
    assert (table["n"] == 16).all()


def test_no_instances_are_refused(corner_model, background):
    with pytest.raises(InputError, match="no motif instances"):
        disrupt_motifs(corner_model, background[None], pd.DataFrame({"row": [], "start": [], "end": []}))
