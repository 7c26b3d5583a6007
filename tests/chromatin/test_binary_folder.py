"""The folder of calls: read back as called, written anew, and not mixed with what is of another origin."""

import json

import numpy as np
import pytest

from cisgram.chromatin.binarize import BinarizeConfig
from cisgram.chromatin.binary_folder import inputs_record, write_binary_folder
from cisgram.chromatin.mark_files import ReadingConfig, binarize_files
from cisgram.errors import EmptySetError, RunFolderError
from cisgram.io.chromhmm.binarised import read_binarised
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.files import sha256_of
from cisgram.io.tables import read_table

SIZES = {"chr1": 12_000, "chr2": 6_000}


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(1)
    for name in ("a", "b", "input"):
        rows = [(chrom, s) for chrom, size in SIZES.items() for s in np.sort(rng.integers(0, size - 50, 400)).tolist()]
        rows += [("chr2", s) for s in range(3_000, 3_080)] if name != "input" else []
        (tmp_path / f"{name}.bed").write_text("".join(f"{c}\t{s}\t{s + 50}\t.\t0\t+\n" for c, s in rows))
    (tmp_path / "marks.tsv").write_text("A\tm1\ta.bed\nA\tm2\tb.bed\tinput.bed\nB\tm2\tb.bed\n")
    (tmp_path / "chrom.sizes").write_text("".join(f"{chrom}\t{size}\n" for chrom, size in SIZES.items()))
    return tmp_path / "marks.tsv"


def write(table, folder, cell=None):
    config, reading = BinarizeConfig(), ReadingConfig()
    files = [one for one in read_mark_files(table) if cell in (None, one.cell)]
    record = inputs_record(table, files, sizes=table.parent / "chrom.sizes", reading=reading)
    cells = binarize_files(files, sizes=SIZES, config=config, reading=reading)
    return write_binary_folder(folder, cells, config=config, record=record)


def test_calls_are_read_back_and_the_record_tells_where_they_come_from(table, tmp_path):
    folder = tmp_path / "binary"
    written = write(table, folder)
    assert sorted(path.name for path in written.files) == [f"{c}_chr{n}_binary.txt.gz" for c in "AB" for n in (1, 2)]
    patterns = read_binarised(folder)
    assert patterns.marks == ("m1", "m2")
    assert patterns.calls("A", "chr2")[15:17].max() == 1
    assert (patterns.calls("B", "chr1")[:, 0] == 2).all()
    summary = read_table(folder / "binarize.tsv")
    assert summary["n_present"].tolist() == written.summary["n_present"].tolist()
    assert summary["n_present"].tolist()[:2] == [
        sum(int((patterns.calls("A", chrom)[:, column] == 1).sum()) for chrom in SIZES) for column in (0, 1)
    ]
    record = json.loads((folder / "binarize.json").read_text())
    assert record["sha256"][str(tmp_path / "a.bed")] == sha256_of(tmp_path / "a.bed")
    assert record["binarize"]["bin_size"] == 200
    assert len(record["thresholds"]) == 3


def test_what_was_written_before_is_replaced(table, tmp_path):
    folder = tmp_path / "binary"
    write(table, folder)
    assert len(write(table, folder, cell="B").files) == 2
    assert read_binarised(folder).cells == ("B",)


def test_calls_of_another_origin_are_refused(table, tmp_path):
    folder = tmp_path / "binary"
    folder.mkdir()
    (folder / "K562_chr1_binary.txt").write_text("K562\tchr1\nm1\n0\n")
    with pytest.raises(RunFolderError, match=r"K562_chr1_binary\.txt, which this command did not write"):
        write(table, folder)
    with pytest.raises(EmptySetError, match="no cell types left"):
        write_binary_folder(tmp_path / "other", [], config=BinarizeConfig(), record={})
