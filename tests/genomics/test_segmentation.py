"""Segmentations: bins to segments and back, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.genomics.segmentation import SEGMENT_COLUMNS, Segmentation


@settings(max_examples=40)
@given(st.lists(st.integers(-1, 3), min_size=1, max_size=40))
def test_states_come_back_as_they_were_given(states):
    given_states = np.array(states, np.int16)
    found = Segmentation.from_states("cell", {"chr1": given_states}, n_states=4)
    assert tuple(found.segments.columns) == SEGMENT_COLUMNS
    if (given_states >= 0).any():
        assert np.array_equal(found.states("chr1", len(states)), given_states)
    else:
        assert found.segments.empty


def test_shares_are_those_of_the_bins():
    states = {"chr1": np.array([0, 0, 2, 2, 2]), "chr2": np.array([2, 0, 0])}
    found = Segmentation.from_states("cell", states, n_states=4, bin_size=100)
    assert found.share.tolist() == [0.5, 0.0, 0.5, 0.0]
    assert found.chroms == ("chr1", "chr2")
    assert found.segments["end"].max() == 500


def test_neighbouring_segments_of_two_contigs_are_not_joined():
    found = Segmentation.from_states("cell", {"chr1": np.array([1, 1]), "chr2": np.array([1])}, n_states=2)
    assert found.segments.to_dict("list") == {
        "chrom": ["chr1", "chr2"],
        "start": [0, 0],
        "end": [400, 200],
        "state": [1, 1],
    }


def table(*rows):
    return pd.DataFrame(rows, columns=list(SEGMENT_COLUMNS))


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        (table(("chr1", 0, 200, 2)), "states must be 0 to 1"),
        (table(("chr1", 0, 250, 0)), "whole bins of 200 bp"),
        (table(("chr1", 200, 200, 0)), "whole bins"),
        (table(("chr1", 0, 400, 0), ("chr1", 200, 600, 1)), "must not overlap"),
        (table(("chr1", 0, 400, 0), ("chr2", 0, 600, 1), ("chr1", 400, 600, 0)), "sorted along each contig"),
        (table(("chr1", 0, 400, 0)).drop(columns="state"), "lacks"),
    ],
)
def test_what_is_no_segmentation_is_refused(segments, message):
    with pytest.raises(InputError, match=message):
        Segmentation("cell", 200, 2, segments)


def test_contigs_that_there_are_not_and_too_few_bins_are_refused():
    found = Segmentation.from_states("cell", {"chr1": np.array([0, 0, 1])}, n_states=2)
    with pytest.raises(InputError, match="has no contig 'chr2'"):
        found.states("chr2")
    with pytest.raises(InputError, match="beyond 2 bins"):
        found.states("chr1", 2)
