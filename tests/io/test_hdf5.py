"""HDF5 files on a disk that is full: an error with a name, not the end of the process."""

import subprocess
import sys
import warnings

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.contacts import ContactBins
from cisgram.io.cool import write_cool
from cisgram.io.hdf5 import PACKED

PROGRAM = """
import resource, sys
import numpy as np
from cisgram.errors import OutputError
from cisgram.io.hdf5 import PACKED, require_written, writing_hdf5

path, limit, form = sys.argv[1], int(sys.argv[2]), sys.argv[3]
options = {"plain": {}, "chunks": {"chunks": (1, 100_000)}, "packed": {"chunks": (1, 100_000), **PACKED}}[form]
rng = np.random.default_rng(1)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
n_written = 0
try:
    with writing_hdf5(path, attributes={"a": 1}) as file:
        rows = file.create_dataset("rows", (100, 100_000), "f4", **options)
        for row in range(100):
            rows[row] = rng.random(100_000)
            require_written(file)
            n_written += 1
        file.create_dataset("after", data=rng.random(100))
except OutputError as error:
    print("refused", n_written, error)
"""


def written(path, limit, form):
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(path), str(limit), form]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("form", ["plain", "chunks", "packed"])
def test_a_disk_that_is_full_is_an_output_error_and_not_the_end_of_the_process(tmp_path, form):
    # HDF5 by itself dies of a segmentation fault here, when it closes the file that it could not write.
    done = written(tmp_path / "x.h5", 1_000_000, form)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("refused")
    assert "x.h5 cannot be written: File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_long_work_stops_soon_after_the_disk_is_full(tmp_path):
    n_written = int(written(tmp_path / "x.h5", 1_000_000, "chunks").stdout.split()[1])
    assert n_written < 90  # of 100 rows, of which 2 have room; what the library holds back comes later


def test_with_room_for_it_the_file_is_there(tmp_path):
    done = written(tmp_path / "x.h5", 100_000_000, "plain")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["x.h5"]


COOL = """
import resource, sys
import numpy as np
from cisgram.errors import OutputError
from cisgram.genomics.contacts import ContactBins
from cisgram.io.cool import write_cool, write_weights

path, limit, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
first, second = np.triu_indices(300)
counts = np.random.default_rng(1).integers(1, 1_000_000, len(first))
bins = ContactBins({"I": 30_000}, 100)
try:
    if what == "weights":
        write_cool(path, bins, [(first, second, counts)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if what == "weights":
        write_weights(path, {"/": (np.ones(300), {})})
    else:
        write_cool(path, bins, [(first, second, counts)], weights=np.ones(300))
except OutputError as error:
    print("refused", error)
"""


@pytest.mark.parametrize(("limit", "what"), [(400, "map"), (20_000, "map"), (120_000, "map"), (100_000, "weights")])
def test_a_contact_map_on_a_full_disk_is_an_output_error_and_not_the_end_of_the_process(tmp_path, limit, what):
    command = [sys.executable, "-W", "error", "-c", COOL, str(tmp_path / "a.cool"), str(limit), what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("refused")
    assert "a.cool cannot be written: File too large; " in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == (["a.cool"] if what == "weights" else [])


def test_a_contact_map_that_has_room_is_the_one_that_cooler_writes_by_itself(tmp_path):
    first, second = np.triu_indices(40)
    bins, pixels = ContactBins({"I": 400}, 10), (first, second, np.arange(1, len(first) + 1))
    write_cool(tmp_path / "ours.cool", bins, [pixels])
    theirs = str(tmp_path / "theirs.cool")
    table = pd.DataFrame(dict(zip(("bin1_id", "bin2_id", "count"), pixels, strict=True)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cooler.create_cooler(theirs, bins.table(), table, dtypes={"count": np.int64}, h5opts=dict(PACKED))
    ours, theirs = cooler.Cooler(str(tmp_path / "ours.cool")), cooler.Cooler(theirs)
    assert np.array_equal(ours.matrix(balance=False)[:], theirs.matrix(balance=False)[:])
    pd.testing.assert_frame_equal(ours.bins()[:], theirs.bins()[:])
    assert cooler.create.create_cooler.__globals__["h5py"] is h5py
