"""Copies of held-out windows in the training set are found, on both strands and shifted."""

import numpy as np
import pandas as pd
import pytest

from cisgram.data.leaks import LEAK_COLUMNS, drop_leaks, find_leaks
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement

LENGTH = 600
SPLITS = {"a": "train", "b": "valid", "c": "test"}


@pytest.fixture
def contigs():
    rng = np.random.default_rng(3)
    return {name: rng.integers(0, 4, 6_000, dtype=np.uint8) for name in "abc"}


def windows_of(contigs, starts):
    rows = [(name, start, start + LENGTH, SPLITS[name], "") for name in contigs for start in starts]
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "split", "dropped"])


def leaks_of(contigs, **options):
    windows = windows_of(contigs, range(0, 6_000, LENGTH))
    return windows, find_leaks(windows, Genome.from_codes(contigs), **options)


def test_independent_sequences_do_not_leak(contigs):
    _, leaks = leaks_of(contigs, min_shared=0.01)
    assert leaks.empty
    assert tuple(leaks.columns) == LEAK_COLUMNS


@pytest.mark.parametrize("is_reverse", [False, True], ids=["copy", "reverse complement"])
def test_a_copy_in_a_later_split_is_found_whole(contigs, is_reverse):
    copy = contigs["c"][600:1_200]
    contigs["a"][1_800:2_400] = reverse_complement(copy) if is_reverse else copy
    windows, leaks = leaks_of(contigs)
    assert leaks.to_numpy().tolist() == [[3, "train", 1.0, 21, "test", "same"]]
    dropped = drop_leaks(windows, leaks)
    assert np.flatnonzero(dropped["dropped"] == "like a held-out window").tolist() == [3]


def test_a_shifted_or_mutated_copy_is_alike_and_the_share_says_how_much(contigs):
    contigs["a"][1_900:2_400] = contigs["b"][2_400:2_900]  # 500 of 600 bp, shifted
    _, leaks = leaks_of(contigs)
    assert leaks[["row", "partner", "kind"]].to_numpy().tolist() == [[3, 14, "alike"]]
    assert leaks["shared"].item() == pytest.approx((500 - 23) / (600 - 23), abs=0.12)
    _, strict = leaks_of(contigs, min_shared=0.99)
    assert strict.empty


def test_validation_windows_leak_into_the_test_set_and_are_not_dropped(contigs):
    contigs["b"][:600] = contigs["c"][3_000:3_600]
    windows, leaks = leaks_of(contigs)
    assert leaks[["row", "split", "partner", "partner_split"]].to_numpy().tolist() == [[10, "valid", 25, "test"]]
    assert drop_leaks(windows, leaks)["dropped"].eq("").all()


def test_dropped_windows_and_unknown_bases_leak_nothing(contigs):
    contigs["a"][600:1_200] = contigs["c"][:600]
    contigs["a"][3_000:3_600] = contigs["c"][5_400:6_000] = 4
    windows = windows_of(contigs, range(0, 6_000, LENGTH))
    windows.loc[windows["chrom"].eq("a") & windows["start"].eq(600), "dropped"] = "too many N"
    assert find_leaks(windows, Genome.from_codes(contigs)).empty


def test_settings_are_checked(contigs):
    for wrong in ({"word_bp": 32}, {"word_bp": 7}, {"min_shared": 0.0}):
        with pytest.raises(ConfigError):
            leaks_of(contigs, **wrong)
