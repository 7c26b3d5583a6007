"""What a result says, part by part, whatever its format; without measured times and what tells of the machine."""

import base64
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import h5py
import matplotlib.image
import numpy as np
import pandas as pd
from safetensors import safe_open

from cisgram.doctor.questions import OF_THE_MACHINE
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig
from cisgram.io.files import sha256_of
from cisgram.io.packing import read_bytes

_BLOCK = 1 << 22
_VARIES = re.compile(r"<(section|td|tr)\b[^>]*\bdata-varies\b.*?</\1>", re.DOTALL)
_IMAGE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")


class Part(NamedTuple):
    """A piece of a file."""

    name: str
    values: np.ndarray
    """Numbers, truth values or text."""
    is_picture: bool = False


Reader: TypeAlias = Callable[[Path], Iterator[Part]]


def contents(path: Path) -> Iterator[Part]:
    """The parts of a file in their order, a few megabytes at a time; of a format that is not known, its hash alone.

    Raises
    ------
    ValueError, OSError
        Where the file is damaged.
    """
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    yield from _READERS.get(suffixes[-1] if suffixes else "", _as_bytes)(path)


def plain_parts(value: Any, name: str = "") -> Iterator[Part]:
    """The parts of plain values, such as JSON holds."""
    if isinstance(value, Mapping):
        if value.get("check") in OF_THE_MACHINE:
            return
        for key, one in value.items():
            if not is_time(str(key)):
                yield from plain_parts(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and value and all(isinstance(one, int | float) for one in value):
        yield Part(name, np.array(value))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from plain_parts(one, f"{name}[{number}]")
    elif isinstance(value, int | float):
        yield Part(name, np.array([value]))
    else:
        yield Part(name, np.array([_SHA256.sub("sha256", str(value))]))


def is_time(name: str) -> bool:
    """Whether a field holds a time that was measured, or a speed.

    Examples
    --------
    >>> [is_time(name) for name in ("seconds", "examples_per_second", "seconds per window", "second_peak")]
    [True, True, True, False]
    """
    return name.endswith(("seconds", "examples_per_second")) or name.startswith("seconds per ")


def _json(path: Path) -> Iterator[Part]:
    values = json.loads(path.read_text(encoding="utf-8"))
    if path.name == "check.json" and isinstance(values, dict):  # counts of verdicts go with those on the machine
        values = {name: one for name, one in values.items() if name not in ("counts", "worst")}
    yield from plain_parts(values)


def _table(path: Path) -> Iterator[Part]:
    """Columns by their name, or by their number where the rows have no heading."""
    text = read_bytes(path, "a result").decode("utf-8")
    lines = text.splitlines()
    notes = [line for line in lines if line.startswith("#")]
    yield from _words("\n".join(notes), "lines that begin with #")
    separator = "," if ".csv" in path.suffixes else "\t"
    rows = [line for line in lines if not line.startswith("#")]
    if len({line.count(separator) for line in rows}) != 1:
        yield from _words(text)
        return
    heading = 0 if {".csv", ".tsv"} & set(path.suffixes) else None
    body = StringIO("\n".join(rows) + "\n")
    table = pd.read_csv(body, sep=separator, header=heading, dtype=str, keep_default_na=False, quoting=3)
    for name in table.columns:
        if not is_time(str(name)):
            yield Part(f"column {name}", _numbers_or_text(table[name]))


def _numbers_or_text(column: pd.Series) -> np.ndarray:
    values = column.to_numpy(dtype=str)
    for kind in (np.int64, np.float64):
        try:
            return values.astype(kind)
        except (ValueError, OverflowError):
            continue
    return values


def _words(text: str, name: str = "text") -> Iterator[Part]:
    """Free text: its numbers, and all between them; hashes of other files, which are compared themselves, left out."""
    text = _SHA256.sub("sha256", text)
    numbers = [float(one.replace(",", "")) for one in _NUMBER.findall(text)]
    yield Part(name, np.array(_NUMBER.split(text), dtype=str))
    yield Part(f"numbers in the {name}", np.array(numbers, dtype=np.float64))


def _text(path: Path) -> Iterator[Part]:
    yield from _words(read_bytes(path, "a result").decode("utf-8"))


def _page(path: Path) -> Iterator[Part]:
    text = _VARIES.sub("", path.read_text(encoding="utf-8"))
    for number, image in enumerate(_IMAGE.findall(text), 1):
        yield _picture(f"picture {number}", base64.b64decode(image))
    yield from _words(_IMAGE.sub("", text))


def _png(path: Path) -> Iterator[Part]:
    yield _picture("picture", path.read_bytes())


def _picture(name: str, data: bytes) -> Part:
    return Part(name, np.asarray(matplotlib.image.imread(BytesIO(data), format="png")), is_picture=True)


def _array(path: Path) -> Iterator[Part]:
    yield from _in_blocks("", np.load(path, mmap_mode="r", allow_pickle=False))


def _arrays(path: Path) -> Iterator[Part]:
    with np.load(path, allow_pickle=False) as file:
        for name in sorted(file.files):
            yield from _in_blocks(name, file[name])


def _hdf5(path: Path) -> Iterator[Part]:
    """Datasets and attributes by name, but for the date on which cooler says that a file was made."""
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        for name in ["/", *sorted(names)]:
            node = file[name]
            for key, value in sorted(node.attrs.items()):
                if key != "creation-date":
                    yield Part(f"{name} @{key}", _plain_array(np.atleast_1d(value)))
            if isinstance(node, h5py.Dataset):
                yield from _in_blocks(name, node)


def _tensors(path: Path) -> Iterator[Part]:
    """Tensors, and what a checkpoint of ours says about itself; its own hash covers its times and is left out."""
    with safe_open(path, framework="pt") as file:
        for key, text in sorted((file.metadata() or {}).items()):
            values = json.loads(text)
            content = values.get("content") if isinstance(values, dict) else None
            yield from plain_parts(json.loads(content) if isinstance(content, str) else values, key)
        for name in sorted(file.keys()):
            tensor = file.get_tensor(name)
            yield from _in_blocks(name, (tensor.float() if tensor.is_floating_point() else tensor).numpy())


def _bigwig(path: Path) -> Iterator[Part]:
    for chrom in sorted(bigwig_sizes(path)):
        yield from _in_blocks(chrom, read_bigwig_contig(path, chrom))


def _as_bytes(path: Path) -> Iterator[Part]:
    yield Part("bytes", np.array([sha256_of(path)]))


def _in_blocks(name: str, values: Any) -> Iterator[Part]:
    """An array or a dataset, a block of rows at a time."""
    if not values.shape:
        yield Part(name, _plain_array(np.atleast_1d(values[()])))
        return
    rows = max(1, _BLOCK // max(1, math.prod(values.shape[1:])))
    if values.shape[0] <= rows:
        yield Part(name, _plain_array(np.asarray(values[:])))
        return
    for first in range(0, values.shape[0], rows):
        yield Part(f"{name} from row {first}", _plain_array(np.asarray(values[first : first + rows])))


def _plain_array(values: np.ndarray) -> np.ndarray:
    """Numbers and truth values as they are, all else as text."""
    return values if values.dtype.kind in "biuf" else values.astype(str)


_READERS: Mapping[str, Reader] = {
    ".json": _json,
    **dict.fromkeys((".tsv", ".csv", ".bed", ".narrowPeak", ".sizes", ".bedgraph"), _table),
    **dict.fromkeys((".txt", ".meme", ".toml", ".md"), _text),
    ".html": _page,
    ".png": _png,
    ".npy": _array,
    ".npz": _arrays,
    **dict.fromkeys((".h5", ".cool"), _hdf5),
    ".safetensors": _tensors,
    ".bw": _bigwig,
}
