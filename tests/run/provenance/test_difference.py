"""Files of every format are identical in what they say, close, or different, and the place is named."""

import json

import h5py
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from cisgram.io.bigwig import write_bigwig
from cisgram.run.reproduce.difference import compare_files
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

VALUES = np.linspace(1, 2, 40)


def json_file(path, values, time):
    path.write_text(json.dumps({"metrics": [{"value": one, "name": "a"} for one in values], "seconds": time}))


def table_file(path, values, time):
    rows = "".join(f"a\t{one!r}\t{time}\n" for one in values.tolist())
    path.write_text(f"# seed: 1\nname\tvalue\tseconds\n{rows}")


def array_file(path, values, _):
    np.save(path, values)


def arrays_file(path, values, _):
    np.savez(path, values=values, names=np.array(["a"]))


def hdf5_file(path, values, time):
    with h5py.File(path, "w") as file:
        file.create_dataset("group/values", data=values)
        file.attrs["creation-date"] = f"2026-01-01T00:00:{time}"
        file["group"].attrs["bins"] = 3


def checkpoint_file(path, values, time):
    weights = {"w": torch.tensor(values, dtype=torch.bfloat16 if path.name.startswith("b") else torch.float64)}
    save_checkpoint(path, Checkpoint(ModelIdentity("m", {"n": 1}), weights, {"history": [{"seconds": time}]}))


def bigwig_file(path, values, _):
    write_bigwig(path, {"I": values.size}, {"I": values.astype(np.float32)}.items())


def page_file(path, values, time):
    text = "".join(f"<td>{one:.12f}</td>" for one in values)
    path.write_text(
        f'<table>{text}<td class="n" data-varies>{time}</td></table><section id="p" data-varies>{time}</section>'
    )


WRITERS = {
    "a.json": json_file,
    "a.tsv": table_file,
    "a.npy": array_file,
    "a.npz": arrays_file,
    "a.h5": hdf5_file,
    "a.safetensors": checkpoint_file,
    "a.bw": bigwig_file,
    "a.html": page_file,
}


@pytest.mark.parametrize("name", WRITERS)
def test_numbers_may_be_as_far_apart_as_the_tolerance_and_times_as_they_like(tmp_path, name):
    def likeness(values, time, tolerance=1e-3):
        for folder, own, when in (("one", VALUES, 11), ("two", values, time)):
            (tmp_path / folder).mkdir(exist_ok=True)
            WRITERS[name](tmp_path / folder / name, own, when)
        return compare_files(tmp_path / "one" / name, tmp_path / "two" / name, tolerance=tolerance)

    assert likeness(VALUES.copy(), 12) == ("equal", 0.0, "")
    near = VALUES + np.where(np.arange(VALUES.size) == 7, 1e-4, 0)
    kind, largest, where = likeness(near, 12)
    assert kind == "close"
    assert largest == pytest.approx(1e-4 / (near[7] if name == "a.json" else 2), rel=0.05)
    assert "7" in where
    assert likeness(near, 12, tolerance=1e-6)[0] == "differs"
    assert likeness(VALUES[:-1], 12)[0] == "differs"
    if name not in ("a.json", "a.html", "a.bw"):  # these have no NaN
        assert likeness(np.where(near == near[7], np.nan, VALUES), 12)[0] == "differs"


@pytest.mark.parametrize(
    ("name", "first", "second", "where"),
    [
        ("a.json", '{"a": 1}', '{"a": 2}', "a [0]: '1' became '2'"),
        ("a.json", '{"a": 1}', '{"b": 1}', "'a' became 'b'"),
        ("a.json", '{"a": true}', '{"a": false}', "a [0]"),
        ("a.tsv", "x\ty\n1\tb\n", "x\ty\n1\tc\n", "column y [0]: 'b' became 'c'"),
        ("a.tsv", "x\ty\n1\tb\n", "x\tz\n1\tb\n", "'column y' became 'column z'"),
        ("a.meme", "MOTIF a\n0.1 0.9\n", "MOTIF b\n0.1 0.9\n", "text [0]"),
        ("a.html", "<p>4 peaks</p>", "<p>4 sites</p>", "text [1]"),
        ("a.bin", "x", "y", "bytes [0]"),
        ("a.npy", "", "x", "cannot be read"),
    ],
)
def test_what_is_no_number_is_equal_or_not(tmp_path, name, first, second, where):
    for folder, text in (("one", first), ("two", second)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    kind, _, found = compare_files(tmp_path / "one" / name, tmp_path / "two" / name)
    assert kind == "differs"
    assert where in found


def test_hashes_of_other_files_are_left_out(tmp_path):
    for name, digest in (("one.tsv", "0" * 64), ("two.tsv", "a" * 64)):
        (tmp_path / name).write_text(f"# model_sha256: {digest}\nx\n1\n")
    assert compare_files(tmp_path / "one.tsv", tmp_path / "two.tsv")[0] == "equal"


def test_pictures_are_compared_by_their_pixels(tmp_path):
    for name, height in (("one", 1.0), ("two", 1.0001), ("three", 5.0)):
        figure = Figure(figsize=(2, 1))
        figure.subplots().bar([0, 1], [height, 2.0])
        figure.savefig(tmp_path / f"{name}.png", metadata={"Software": name})
    one = tmp_path / "one.png"
    assert compare_files(one, tmp_path / "two.png")[0] in ("equal", "close")
    assert compare_files(one, tmp_path / "three.png")[0] == "differs"


def test_the_doctors_words_on_the_machine_are_left_out(tmp_path):
    for name, free, depth in (("one", "3 GB", "9 reads"), ("two", "7 GB", "9 reads"), ("three", "3 GB", "8 reads")):
        (tmp_path / name).mkdir()
        verdicts = [{"check": "disk", "evidence": free}, {"check": "depth", "evidence": depth}]
        (tmp_path / name / "check.json").write_text(json.dumps({"counts": {"ok": 2}, "verdicts": verdicts}))
    assert compare_files(tmp_path / "one/check.json", tmp_path / "two/check.json")[0] == "equal"
    assert compare_files(tmp_path / "one/check.json", tmp_path / "three/check.json")[0] == "differs"
