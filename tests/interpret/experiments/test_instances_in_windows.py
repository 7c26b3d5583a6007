import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.interpret.experiments.deletion import INSTANCE_COLUMNS
from cisgram.interpret.experiments.instances_in_windows import instances_in_windows


def sites(*rows):
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "pattern"])


def windows(*starts, chrom="I", length=100):
    return pd.DataFrame({"chrom": chrom, "start": starts, "end": [one + length for one in starts]})


@pytest.mark.parametrize("margin_bp", [0, 17])
def test_placement_is_that_of_a_plain_loop(margin_bp):
    rng = np.random.default_rng(4)
    start = rng.integers(0, 2000, 300)
    table = sites(*((f"c{s % 3}", s, s + 5 + s % 4, f"m{s % 7}") for s in start.tolist()))
    places = pd.DataFrame({"chrom": [f"c{k % 4}" for k in range(40)], "start": rng.integers(0, 1900, 40)})
    places["end"] = places["start"] + rng.integers(60, 140, 40)

    def holds(window, site):
        centre = site.start + (site.end - site.start) // 2
        is_inner = window.start + margin_bp <= centre < window.end - margin_bp
        return window.chrom == site.chrom and window.start <= site.start and site.end <= window.end and is_inner

    held = {s.Index: [w.Index for w in places.itertuples() if holds(w, s)] for s in table.itertuples()}
    n_held = [sum(w in rows for rows in held.values()) for w in range(len(places))]
    expected, taken = [], []
    for site in table.itertuples():
        if held[site.Index]:
            row = min(held[site.Index], key=lambda w: (-n_held[w], w))
            other = [
                (r, n, e) for r, n, s, e in taken if r == row and n == site.pattern and s < site.end and site.start < e
            ]
            if not other:
                taken.append((row, site.pattern, site.start, site.end))
                offset = places.start[row]
                expected.append((row, site.start - offset, site.end - offset, site.pattern))
    found = instances_in_windows(table, places, margin_bp=margin_bp)
    assert tuple(found.table.columns) == INSTANCE_COLUMNS
    assert list(found.table.itertuples(index=False, name=None)) == sorted(expected)
    assert len(found.table) + sum(found.dropped.values()) == len(table)


def test_neighbours_stay_in_one_window_where_one_holds_both():
    found = instances_in_windows(sites(("I", 48, 54, "a"), ("I", 90, 96, "b")), windows(0, 45, 85))
    assert found.table["row"].tolist() == [0, 0]


def test_what_is_left_out_is_counted_by_reason():
    codes = np.zeros((1, 100), dtype=np.uint8)
    codes[0, 72] = 4
    table = sites(
        *(("I", 40, 46, "a"), ("I", 44, 50, "a"), ("I", 44, 50, "b")),
        *(("I", 70, 76, "a"), ("I", 2, 8, "a"), ("I", 98, 104, "a"), ("II", 40, 46, "a")),
    )
    found = instances_in_windows(table, windows(0), codes=codes, margin_bp=10)
    assert found.table.to_numpy().tolist() == [[0, 40, 46, "a"], [0, 44, 50, "b"]]
    assert found.dropped == {
        "outside all windows": 2,
        "too near the ends of their windows": 1,
        "at unknown bases (N)": 1,
        "overlapping another one of the same motif": 1,
    }


def test_bad_input_says_what_is_wrong():
    with pytest.raises(InputError, match="pattern is missing"):
        instances_in_windows(sites(("I", 4, 9, "a")).drop(columns="pattern"), windows(0))
    with pytest.raises(InputError, match="got I:9-9 of a"):
        instances_in_windows(sites(("I", 9, 9, "a")), windows(0))
    with pytest.raises(InputError, match="got 2 of 100 bp for 1 windows"):
        instances_in_windows(sites(("I", 4, 9, "a")), windows(0), codes=np.zeros((2, 100), dtype=np.uint8))
    with pytest.raises(EmptySetError, match=r"1 outside all windows.*same assembly"):
        instances_in_windows(sites(("chrI", 4, 9, "a")), windows(0))
