"""Names that a file may have on every system."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.io.file_names import LONGEST, file_name_from, require_distinct_files, require_file_name


@pytest.mark.parametrize("name", ["Oct4", "rep-1.plus", "_hidden_", "7SK", "Ω-protein", "console", "x" * LONGEST])
def test_ordinary_names_pass(name):
    require_file_name(name, "a track")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is made of letters"),
        ("a/b", "is made of letters"),
        ("a\\b", "is made of letters"),
        ("chr1:5", "is made of letters"),
        ("a b", "is made of letters"),
        ("$(rm)", "is made of letters"),
        ("..", "begins with a letter"),
        (".hidden", "begins with a letter"),
        ("-o", "begins with a letter"),
        ("end.", "does not end in"),
        ("CON", "a device on Windows"),
        ("aux.plus", "a device on Windows"),
        ("lpt1", "a device on Windows"),
        ("x" * (LONGEST + 1), "at most"),
    ],
)
def test_names_that_some_system_cannot_hold_are_refused(name, said):
    with pytest.raises(InputError, match=said):
        require_file_name(name, "a track")


def test_names_that_differ_in_capital_letters_alone_are_refused():
    require_distinct_files(["Oct4", "Sox2", "Oct4"], "tracks")
    with pytest.raises(InputError, match="'Oct4' and 'OCT4' differ in capital letters alone"):
        require_distinct_files(["Oct4", "Sox2", "OCT4"], "tracks")


@given(st.text())
def test_whatever_a_text_holds_its_name_can_be_that_of_a_file(text):
    name = file_name_from(text)
    assert re.fullmatch(r"[\w.+-]+", name)
    assert name not in (".", "..")
    assert len(name) <= LONGEST + 1
    assert file_name_from(name) == name
    require_file_name(name.replace("+", "_"), "a file")


@pytest.mark.parametrize(
    ("text", "name"),
    [("rs123", "rs123"), ("chrIV:1,200 A>G", "chrIV_1_200_A_G"), ("../../etc/passwd", "etc_passwd"), ("nul", "nul_")],
)
def test_names_stay_readable(text, name):
    assert file_name_from(text) == name


def test_a_text_without_letters_gets_the_name_that_is_given():
    assert file_name_from("///", otherwise="gene") == "gene"
