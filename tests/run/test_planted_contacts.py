"""Planted boundaries, corners and edits: what is there is found, what is not is not."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from cisgram.data.contact_store import ContactLayout
from cisgram.data.contact_targets import ContactTargetConfig
from cisgram.errors import EmptySetError
from cisgram.genomics.contact_pairs import count_pairs, pairs_of
from cisgram.interpret.experiments.responses import ONE_STRAND
from cisgram.io.fasta import read_genome
from cisgram.run.steps.contacts.planted_edits import EditedLoci, choose_loci, edit_figures, edit_loci
from cisgram.run.steps.contacts.planted_features import (
    PlantedWindows,
    boundary_figures,
    corner_figures,
    corner_scores,
    planted_windows,
)
from cisgram.simulate.contact_cells import ContactConfig, simulate_contacts

N = 64


def layout(n_bins=N):
    return ContactLayout(("HiC",), 128, n_bins * 128, n_bins, 2, 2.0, "replicates", "0" * 64)


def planted(boundaries=(), pairs=()):
    return PlantedWindows(
        pd.DataFrame({"chrom": ["I", "I"], "start": [0, N * 128], "end": [N * 128, 2 * N * 128]}),
        layout(),
        pd.DataFrame(list(boundaries), columns=["window", "bin"]),
        pd.DataFrame(list(pairs), columns=["window", "one", "other", "orientation"]),
    )


def test_boundaries_are_found_where_insulation_dips_and_nowhere_else():
    places = [(0, 20), (0, 40), (1, 30)]
    insulation = np.zeros((2, N))
    insulation[:, :8] = insulation[:, -8:] = np.nan
    away, there = insulation.copy(), insulation.copy()
    for window, at in places:
        there[window, at + 1] = -1.0
        away[window, at + 4] = -1.0
    found = boundary_figures(there, planted(boundaries=[*places, (1, 3)]), seed=1)
    assert found["n_planted"] == 3  # where insulation is not known, nothing is asked for
    assert found["share_found"] == 1.0
    assert found["share_by_chance"] < 0.4
    assert boundary_figures(away, planted(boundaries=places), seed=1)["share_found"] == 0.0
    assert boundary_figures(insulation, planted(boundaries=places), seed=1)["share_found"] == 0.0
    assert boundary_figures(insulation, planted(), seed=1)["share_found"] is None


def test_corners_are_averaged_by_orientation_and_compared_with_true_ones():
    pairs = [(0, 10, 30, "convergent"), (1, 10, 30, "convergent"), (0, 12, 50, "divergent"), (1, 40, 60, "tandem")]
    squares = np.zeros((2, N, N))
    squares[0, 9:12, 29:32] = 2.0
    squares[1, 9:12, 29:32] = 1.0
    values = np.stack([pairs_of(one + one.T, 2) for one in squares])
    own = planted(pairs=pairs)
    scores = corner_scores(values, own)
    np.testing.assert_allclose(scores, [2, 1, 0, 0])
    found = {one["method"]: one for one in corner_figures({"a": scores, "b": -scores}, scores, own)}
    assert found["a"]["mean"] == {"convergent": 1.5, "tandem": 0.0, "divergent": 0.0}
    assert found["a"]["pearson"] == pytest.approx(1)
    assert found["b"]["pearson"] == pytest.approx(-1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return simulate_contacts(ContactConfig.preset("tiny", seed=2), tmp_path_factory.mktemp("tiny") / "folded")


def windows_of(files, n=10):
    genome = read_genome(files.genome)
    chrom = next(iter(genome.sizes))
    start = np.arange(n) * N * 128
    table = pd.DataFrame({"chrom": chrom, "start": start, "end": start + N * 128})
    return genome, table[table["end"] <= genome.sizes[chrom]].reset_index(drop=True)


def test_pairs_of_sites_stand_alone_and_far_enough_apart(files):
    _, windows = windows_of(files)
    found = planted_windows(files, windows, layout())
    assert len(found.boundaries) > 5
    assert set(found.pairs["orientation"]) <= {"convergent", "tandem", "divergent"}
    assert (found.pairs["other"] - found.pairs["one"]).min() >= 6
    assert found.pairs["other"].max() < N
    assert found.boundaries["bin"].between(0, N - 1).all()


class Flat(nn.Module):
    """A model that sees nothing."""

    input_length, bin_size, n_bins, crop, diagonal_offset = N * 128, 128, N, 0, 2

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, one_hot):
        contacts = self.weight.expand(len(one_hot), 1, count_pairs(N, 2))
        return type("Output", (), {"contacts": contacts})()


@pytest.mark.slow
def test_edits_of_sites_take_true_corners_away_and_a_model_that_sees_nothing_has_no_part_in_it(files):
    genome, windows = windows_of(files)
    options = {"windows": windows, "layout": layout(), "asking": ONE_STRAND, "n_loci": 3}
    edited = edit_loci(Flat(), genome, files, targets=ContactTargetConfig(), **options)
    assert edited.true.shape == (2, 3, 2, count_pairs(N, 2))
    assert not edited.predicted.any()
    deleted = edit_figures(edited)["edits"][0]
    assert deleted["true_corner"] < -0.05
    assert deleted["ceiling"] > 0.7
    assert (deleted["pearson"], deleted["corner_sign"]) == (0.0, 0.0)
    right = edit_figures(EditedLoci(edited.loci, edited.true, edited.true.mean(axis=0), edited.layout))["edits"]
    for one in right:
        assert one["pearson"] == pytest.approx(1)
        assert (one["corner_sign"], one["corner_pearson"]) == (1.0, pytest.approx(1))
    whole = edit_loci(Flat(), genome, files, targets=ContactTargetConfig(expected="map"), **options)
    change = [one.mean(axis=0).ravel() for one in (edited.true, whole.true)]
    assert np.corrcoef(change)[0, 1] > 0.7  # the same corners go, whatever contacts are divided by
    assert abs(change[0].mean()) < abs(change[1].mean())  # a window's own mean hides that it became looser


def test_the_site_at_the_end_of_a_loop_points_into_it(files):
    genome, windows = windows_of(files)
    loci = choose_loci(files, windows, layout(), n_loci=10)
    for row in loci.itertuples(index=False):
        middle = (row.start + row.end) // 2 // 128
        assert middle in (row.one, row.other)
        assert row.other - row.one >= 8
    assert len(choose_loci(files, windows, layout(), n_loci=2)) == 2
    options = {"windows": windows.iloc[:1], "layout": layout(), "asking": ONE_STRAND, "targets": ContactTargetConfig()}
    with pytest.raises(EmptySetError, match="windows with a planted loop"):
        edit_loci(Flat(), genome, files, **options)
