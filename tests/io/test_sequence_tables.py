"""Rows of a table of sequences that are asked for, and those that are not."""

import pytest

from cisgram.errors import InputError
from cisgram.io.sequence_tables import read_sequence_table

TEXT = "sequence,measured,set,medium\nACG,1.5,Drift,one\nACC,2.5,Native,one\nAGG,3.5,Native,two\nTTT,,Random,two\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ((), [1.5, 2.5, 3.5]),
        (("set!=Drift",), [2.5, 3.5]),
        (("set != Drift", "medium=one"), [2.5]),
        (("set=Drift",), [1.5]),
    ],
)
def test_only_rows_of_which_all_conditions_hold_are_read(table, where, values):
    found = read_sequence_table(table, tracks=["measured"], where=where)
    assert [label for label in found.labels[:, 0].tolist() if label == label] == values
    n_not_asked = 4 - len(found.labels)
    assert found.dropped == ({"not asked for": n_not_asked} if n_not_asked else {})


@pytest.mark.parametrize("where", [("kind=x",), ("set",), ("set=Nothing",)])
def test_conditions_that_cannot_hold_are_refused(table, where):
    with pytest.raises(InputError):
        read_sequence_table(table, where=where)
