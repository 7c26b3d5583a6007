"""Fragments that several tests read."""

import numpy as np
import pytest

SIZES = {"I": 6000, "II": 3000}
BARCODES = [f"CELL{number}-1" for number in range(12)]


def random_fragments(seed=1, n=1500):
    """Rows of chrom, start, end, barcode, support; some lines are equal, as in real files."""
    rng = np.random.default_rng(seed)
    rows = []
    for chrom, size in SIZES.items():
        for start in np.sort(rng.integers(0, size - 400, n // 2)).tolist():
            rows.append((chrom, start, start + int(rng.integers(30, 400)), BARCODES[int(rng.integers(0, 12))], 1))
        rows += rows[-3:]
    return rows


def write_rows(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.fixture
def rows():
    return random_fragments()


@pytest.fixture
def fragments_file(tmp_path, rows):
    return write_rows(tmp_path / "fragments.tsv", rows)
