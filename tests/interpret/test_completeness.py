import warnings

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, InputError
from cisgram.interpret.completeness import CompletenessCheck


def test_errors_are_counted_over_blocks_and_scores():
    check = CompletenessCheck(tolerance=0.01, max_median_error=0.05)
    check.add([np.array([0.0, 0.02, 0.0]), np.array([0.0, 0.0, 0.0])], first_row=0)
    check.add([np.array([0.001, 0.003, 0.3]), np.array([0.001, 0.02, 0.0])], first_row=3)
    assert (check.n_sequences, check.n_incomplete, check.worst_row) == (12, 3, 5)
    with pytest.warns(CisgramWarning, match=r"3 of 12 sequences .* more than 1.0% \(worst: row 5, by 30.0%\)"):
        check.warn()


def test_a_large_median_stops_the_work():
    check = CompletenessCheck(tolerance=0.01, max_median_error=0.05)
    with pytest.raises(InputError, match=r"by 7.0% in the median, more than 5.0%"):
        check.add([np.array([0.0, 0.07, 0.9])], first_row=0)


def test_methods_without_references_are_not_judged():
    check = CompletenessCheck(tolerance=0.01, max_median_error=0.05)
    check.add([np.full(3, np.nan)], first_row=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check.warn()
