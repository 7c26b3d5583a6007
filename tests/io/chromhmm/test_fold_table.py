"""Tables of folds in ChromHMM's layout."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.io.chromhmm.fold_table import write_fold_table


def test_states_that_never_occur_are_left_out_and_shares_are_per_cent(tmp_path):
    folds = np.array([[1.0, 2.5], [np.nan, np.nan], [0.0, 1 / 3]])
    shares = {"genome_share": np.array([0.25, 0.0, 0.75]), "set_share": np.array([0.01, 0.02])}
    write_fold_table(tmp_path / "overlap.txt", ["1_TssA", "2", "3"], ["a.bed", "b.bed"], folds, **shares)
    assert (tmp_path / "overlap.txt").read_text().splitlines() == [
        "State (Emission order)\tGenome %\ta.bed\tb.bed",
        "1_TssA\t25.00000\t1.00000\t2.50000",
        "3\t75.00000\t0.00000\t0.33333",
        "Base\t100\t1.0000000000\t2.0000000000",
    ]
    with pytest.raises(InputError, match="a row per state"):
        write_fold_table(tmp_path / "x.txt", ["1"], ["a"], folds)
