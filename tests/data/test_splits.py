"""Held-out contigs."""

import pandas as pd
import pytest

from cisgram.data.splits import split_by_contig
from cisgram.errors import ConfigError, ContigError, EmptySetError


@pytest.fixture
def windows():
    return pd.DataFrame(
        {
            "chrom": ["I", "II", "III", "IV", "Mito", "III"],
            "kind": "peak",
            "split": "",
            "dropped": ["", "", "", "", "", "too many N"],
        }
    )


def test_contigs_that_are_not_named_are_for_training(windows):
    split = split_by_contig(windows, valid=["II"], test=["III"], leave_out=["Mito"])
    assert split["split"].tolist() == ["train", "valid", "test", "train", "", "test"]
    assert split["dropped"].tolist() == ["", "", "", "", "contig left out", "too many N"]
    assert windows["split"].eq("").all()


@pytest.mark.parametrize("role", ["valid", "test", "leave_out"])
def test_an_unknown_contig_is_refused_with_those_that_are_known(windows, role):
    named = {"valid": ["II"], "test": ["III"], "leave_out": [], role: ["chrV"]}
    with pytest.raises(ContigError, match=f"{role} names chrV.*it has I, II, III, IV, Mito"):
        split_by_contig(windows, **named)


def test_a_contig_without_windows_may_be_named_if_the_genome_has_it(windows):
    sizes = dict.fromkeys(["I", "II", "III", "IV", "Mito", "2-micron"], 100)
    split = split_by_contig(windows, valid=["II"], test=["III"], leave_out=["2-micron"], sizes=sizes)
    assert split["dropped"].tolist()[:5] == [""] * 5
    with pytest.raises(EmptySetError, match="no valid windows"):
        split_by_contig(windows, valid=["2-micron"], test=["III"], sizes=sizes)


@pytest.mark.parametrize(("valid", "test", "leave_out"), [(["II"], ["II"], []), (["II"], ["III"], ["II"])])
def test_a_contig_has_one_role(windows, valid, test, leave_out):
    with pytest.raises(ConfigError, match="contig II is in"):
        split_by_contig(windows, valid=valid, test=test, leave_out=leave_out)


def test_a_single_word_is_not_a_list_of_contigs(windows):
    with pytest.raises(ConfigError, match="single word 'II'"):
        split_by_contig(windows, valid="II", test=["III"])


def test_a_part_without_kept_windows_is_an_error_with_reasons(windows):
    windows.loc[2, "dropped"] = "in an excluded region"
    with pytest.raises(EmptySetError, match=r"no test windows left \(1 in an excluded region, 1 too many N\)"):
        split_by_contig(windows, valid=["II"], test=["III"])
