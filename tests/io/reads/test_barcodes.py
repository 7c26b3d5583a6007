"""Tables of barcodes and groups."""

import gzip

import pytest

from cisgram.errors import FormatError
from cisgram.io.reads import read_barcode_groups, read_barcodes


@pytest.mark.parametrize("header", ["", "barcode\tgroup\n", "cell\tcluster\n", "# made by hand\n"])
@pytest.mark.parametrize("name", ["cells.tsv", "cells.tsv.gz"])
def test_groups_come_in_the_order_of_the_file_with_or_without_header(tmp_path, header, name):
    content = f"{header}AAC-1\tNK\nAAG-1\tB\nAAT-1\tNK\nAAT-1\tNK\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert read_barcode_groups(tmp_path / name) == {"NK": ("AAC-1", "AAT-1"), "B": ("AAG-1",)}
    assert read_barcodes(tmp_path / name) == ("AAC-1", "AAG-1", "AAT-1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("AAC-1\n", "got one column"),
        ("AAC-1\tB\nAAC-1\tNK\n", r"line 2: barcode 'AAC-1' is in two groups, 'B' and 'NK'"),
        ("AAC-1\tB\nAAG-1\t\n", r"line 2: the group \(column 2\) is empty"),
        ("barcode\tgroup\n", "only a header"),
    ],
)
def test_tables_that_do_not_say_it_are_refused(tmp_path, content, message):
    (tmp_path / "cells.tsv").write_text(content)
    with pytest.raises(FormatError, match=message):
        read_barcode_groups(tmp_path / "cells.tsv")
