"""Our own tables come back as they were written, and say where they come from."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import FormatError, InputError
from cisgram.io.tables import read_provenance, read_table, write_table

texts = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), max_size=6)
tricky = st.sampled_from(
    ["", "1", "007", "nan", "True", "1e5", "1_000", "-0", "#a", "12345678901234567890", "inf", "."]
)
columns = st.sampled_from(["text", "tricky", "whole", "gaps", "number", "truth"])


def column_of(draw, kind, n_rows):
    def values(strategy):
        return draw(st.lists(strategy, min_size=n_rows, max_size=n_rows))

    whole = st.integers(-(10**17), 10**17)
    match kind:
        case "text":
            return pd.Series(values(texts), dtype=str)
        case "tricky":
            return pd.Series(values(tricky), dtype=str)
        case "whole":
            return pd.Series(values(whole), dtype=np.int64)
        case "gaps":
            # One gap is certain: without any, whole numbers come back as plain int64.
            filled = [None, *values(st.one_of(whole, st.none()))]
            return pd.Series(filled[: max(n_rows, 1)], dtype="Int64")[:n_rows]
        case "number":
            return pd.Series(values(st.floats()), dtype=np.float64)
        case _:
            return pd.Series(values(st.booleans()), dtype=bool)


@st.composite
def tables(draw):
    n_rows = draw(st.integers(0, 5))
    names = draw(st.lists(st.sampled_from(["a", "b", "chrom", "name", "x y", "ä", "n=1"]), min_size=1, unique=True))
    return pd.DataFrame({name: column_of(draw, draw(columns), n_rows) for name in names})


def as_read(table):
    """Whole numbers that could have gaps but have none are plain ones."""
    plain = {name: np.int64 for name in table if table[name].dtype == "Int64" and not table[name].hasnans}
    return table.astype(plain)


@settings(max_examples=80)
@given(tables(), st.sampled_from(["x.tsv", "x.tsv.gz"]), st.booleans())
def test_a_table_is_read_as_it_was_written(tmp_path_factory, table, name, has_provenance):
    path = tmp_path_factory.mktemp("tables") / name
    write_table(path, table, provenance={"genome": "x.fa", "seed": 1} if has_provenance else None)
    pd.testing.assert_frame_equal(read_table(path), as_read(table))


@settings(max_examples=40)
@given(st.dictionaries(st.text("abc_1", min_size=1, max_size=5), texts.map(str.strip), max_size=4))
def test_provenance_is_read_as_it_was_written(tmp_path_factory, provenance):
    path = tmp_path_factory.mktemp("tables") / "x.tsv"
    write_table(path, pd.DataFrame({"name": ["1"], "code": ["1"]}), provenance=provenance)
    assert read_provenance(path) == provenance


def test_a_plain_table_is_plain_text(tmp_path):
    table = pd.DataFrame({"chrom": ["1"], "start": [5], "x": [0.5], "keep": [True]}, index=[7])
    write_table(tmp_path / "x.tsv", table)
    assert (tmp_path / "x.tsv").read_text() == "chrom\tstart\tx\tkeep\n1\t5\t0.5\tTrue\n"


def test_types_are_written_only_where_they_would_be_mistaken(tmp_path):
    write_table(tmp_path / "x.tsv", pd.DataFrame({"barcode": ["01", "1"], "n": [1, 2]}))
    assert (tmp_path / "x.tsv").read_text().startswith("barcode\tn\n")
    write_table(tmp_path / "x.tsv", pd.DataFrame({"barcode": ["10", "1"], "n": [1, 2]}), provenance={"a": "b: c"})
    assert (tmp_path / "x.tsv").read_text().startswith('# a: b: c\n# types: {"barcode": "text"}\nbarcode\tn\n')
    assert read_provenance(tmp_path / "x.tsv") == {"a": "b: c"}


def test_pandas_reads_what_we_write(tmp_path):
    table = pd.DataFrame({"name": ["a", "b"], "n": [1, 2], "x": [0.1, 1e-300], "keep": [True, False]})
    write_table(tmp_path / "x.tsv.gz", table, provenance={"version": "1"})
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "x.tsv.gz", sep="\t", comment="#"), table)


def test_categories_and_missing_text_are_written_as_text(tmp_path):
    table = pd.DataFrame({"kind": pd.Categorical(["peak", "negative"]), "note": pd.Series([None, "x"], dtype=object)})
    write_table(tmp_path / "x.tsv", table)
    assert read_table(tmp_path / "x.tsv").to_dict("list") == {"kind": ["peak", "negative"], "note": ["", "x"]}


def test_float32_keeps_its_value(tmp_path):
    values = np.float32([0.1, 1 / 3, 1e-40])
    write_table(tmp_path / "x.tsv", pd.DataFrame({"x": values}))
    np.testing.assert_array_equal(read_table(tmp_path / "x.tsv")["x"].to_numpy().astype(np.float32), values)


def test_types_that_are_asked_for_go_before_what_a_column_looks_like(tmp_path):
    (tmp_path / "x.tsv").write_text("barcode\tn\ty\n1\t1\t1\n2\t2\t\n")
    table = read_table(tmp_path / "x.tsv", types={"barcode": "text", "n": "number", "y": "integer"})
    assert table["barcode"].tolist() == ["1", "2"]
    assert table["n"].dtype == np.float64
    assert table["y"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n1\t2\n\n3\n", r"line 4: 1 columns, but line 1 has 2"),
        ("#x: y\n\na\ta\n1\t2\n", r"names of columns must be unique|columns, but line"),
        ("a\ta\n1\t2\n", r"line 1: names of columns must be unique; got \['a', 'a'\]"),
        ('# types: {"a": "integer"}\na\tb\n1\tx\ny\tx\n', r"line 4: a \(column 1\) must be a whole number; got 'y'"),
        ('# types: {"a": "truth"}\na\tb\nTrue\tx\nyes\tx\n', r"line 4: a must be True or False; got 'yes'"),
        ('# types: {"a": "colour"}\na\n1\n', r"the line '# types: ...' is damaged"),
        ("# types: [1\na\n1\n", r"the line '# types: ...' is damaged"),
        ("# only: comments\n", r"there is no row in this file"),
        ("", r"is empty"),
    ],
)
def test_faulty_tables_are_refused(tmp_path, content, message):
    (tmp_path / "x.tsv").write_text(content)
    with pytest.raises(FormatError, match=message):
        read_table(tmp_path / "x.tsv")


def test_a_truncated_table_is_refused(tmp_path):
    (tmp_path / "x.tsv.gz").write_bytes(gzip.compress(b"a\tb\n" + b"1\t2\n" * 5000)[:-12])
    with pytest.raises(FormatError, match="ends too early"):
        read_table(tmp_path / "x.tsv.gz")
    with pytest.raises(InputError, match="there is no file"):
        read_provenance(tmp_path / "none.tsv")


def test_types_of_columns_that_are_not_there_are_refused(tmp_path):
    (tmp_path / "x.tsv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"has no columns \['b'\]; it has \['a'\]"):
        read_table(tmp_path / "x.tsv", types={"b": "text"})


@pytest.mark.parametrize(
    ("table", "provenance", "message"),
    [
        (pd.DataFrame({"a": ["x\ty"]}), {}, r"column 'a': text in a table must not have a tab"),
        (pd.DataFrame({"a\n": ["x"]}), {}, "names of columns: text in a table must not have a tab"),
        (pd.DataFrame({"a": ["\ud800"]}, dtype=object), {}, "cannot be written as UTF-8"),
        (pd.DataFrame({"#a": ["x"]}), {}, "not beginning with #"),
        (pd.DataFrame(), {}, "columns need unique names"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, "columns need unique names"),
        (pd.DataFrame({"a": [10**18]}), {}, "more than 18 digits"),
        (pd.DataFrame({"a": [1]}), {"types": "x"}, "keys of provenance are words other than 'types'"),
        (pd.DataFrame({"a": [1]}), {"a:b": "x"}, "keys of provenance are words"),
        (pd.DataFrame({"a": [1]}), {"a": "x\ny"}, "provenance: text in a table must not have a tab"),
    ],
)
def test_a_table_that_could_not_be_read_back_is_not_written(tmp_path, table, provenance, message):
    with pytest.raises(InputError, match=message):
        write_table(tmp_path / "x.tsv", table, provenance=provenance)
    assert list(tmp_path.iterdir()) == []
