"""Accidents inside a format: a file that opens as what it is and whose content does not make sense."""

import ast
import gzip
import json
import math
import struct
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import h5py
import numpy as np
import tomli_w
from tests.fuzz.mutations import bgzipped, mutated_bytes, mutated_text, packed

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 10**6, 2**31, 2**63, 10**30, 0.5, -0.5, math.nan, math.inf, 1e308),
    *("", "x", "nan", "1", "../..", "é", "\0", [], {}, [1], ["x"], [[]], {"a": 1}, [None]),
)


def change_file(path: Path, rng: Random, form: str) -> None:
    """Change one file in its place; ``form`` is text, json, toml, hdf5, npy, safetensors or bytes."""
    data = path.read_bytes()
    if form == "hdf5" and rng.random() < 0.6:
        change_hdf5(path, rng)
        return
    path.write_bytes(_changed(data, rng, form))


def _changed(data: bytes, rng: Random, form: str) -> bytes:
    """Content of a file that is not changed in its place."""
    if form == "text":
        whole = rng.random() < 0.1
        text = data if whole else mutated_text(data, rng)
        return packed(text, rng) if whole or rng.random() < 0.1 else text
    if rng.random() < 0.5:
        if form == "json":
            return json.dumps(changed_tree(json.loads(data), rng), ensure_ascii=rng.random() < 0.5).encode(
                "utf-8", "replace"
            )
        if form == "toml":
            return _toml(data, rng)
        if form == "npy" and data.startswith(b"\x93NUMPY"):
            return changed_npy(data, rng)
        if form == "safetensors":
            return changed_safetensors(data, rng)
    if data.startswith(b"\x1f\x8b") and rng.random() < 0.6:
        inside = gzip.decompress(data)
        return bgzipped(mutated_text(inside, rng) if inside.isascii() else mutated_bytes(inside, rng))
    return mutated_text(data, rng) if form in ("json", "toml") else mutated_bytes(data, rng)


def changed_tree(value: Any, rng: Random) -> Any:
    """Lists and dictionaries of which one place is lost, renamed, or holds something else."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        kind = rng.random()
        if kind < 0.15:
            return {name: one for name, one in value.items() if name != key}
        if kind < 0.25:
            return {("x" + name if name == key else name): one for name, one in value.items()}
        return {**value, key: changed_tree(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        kind = rng.random()
        if kind < 0.15:
            return value[:at] + value[at + 1 :]
        if kind < 0.3:
            return [*value, value[at]]
        return [*value[:at], changed_tree(value[at], rng), *value[at + 1 :]]
    return rng.choice(VALUES)


def _toml(data: bytes, rng: Random) -> bytes:
    try:
        return tomli_w.dumps(changed_tree(tomllib.loads(data.decode()), rng)).encode("utf-8", "replace")
    except (TypeError, AttributeError, ValueError):  # a value that TOML has no place for, such as None
        return mutated_text(data, rng)


def change_hdf5(path: Path, rng: Random) -> None:
    """Change a dataset, a group or an attribute of an HDF5 file."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        name = rng.choice(names)
        place = file[name]
        kind = rng.random()
        if kind < 0.12:
            del file[name]
        elif kind < 0.2:
            file.move(name, name + "x")
        elif kind < 0.35 or not isinstance(place, h5py.Dataset):
            _change_attribute(rng.choice((file, place)), rng)
        else:
            values = place[()]
            attributes = dict(place.attrs)
            del file[name]
            changed = file.create_dataset(name, data=_changed_array(np.asarray(values), rng))
            changed.attrs.update(attributes)


def _change_attribute(place: Any, rng: Random) -> None:
    """An attribute lost, or something else."""
    names = list(place.attrs) or ["x"]
    name = rng.choice(names)
    if rng.random() < 0.3 and name in place.attrs:
        del place.attrs[name]
        return
    place.attrs[name] = rng.choice((-1, 0, 1, 10**6, 2**62, 0.5, math.nan, "x", "", "square", np.zeros(3), np.zeros(0)))


def _changed_array(values: np.ndarray, rng: Random) -> Any:
    """A dataset of other values, another length, shape or type."""
    kind = rng.randrange(7)
    if kind == 0:
        return values[:-1] if values.ndim else 5
    if kind == 1:
        return values[..., None]
    if kind == 2:
        return np.concatenate([values, values]) if values.ndim else values
    if kind == 3 and values.dtype.kind in "iufb":
        with np.errstate(all="ignore"):
            return values.astype(rng.choice(("float64", "int8", "S3", "uint64", "float16", "bool")))
    if kind == 4:
        return values[:0] if values.ndim else 0
    if kind == 5 and values.dtype.kind in "iuf" and values.size:
        values = values.copy()
        special = [0, 1, -1, 2**31 - 1, 2**62] if values.dtype.kind in "iu" else [np.nan, np.inf, -1.0, 1e300, 0.0]
        with np.errstate(all="ignore"):
            values.reshape(-1)[rng.randrange(values.size)] = np.array(rng.choice(special)).astype(values.dtype)
        return values
    return np.flip(values, axis=0) if values.ndim else values


def changed_npy(data: bytes, rng: Random) -> bytes:
    """An .npy file whose header tells another shape or type."""
    length = int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10 : 10 + length].decode())
    key = rng.choice(list(header))
    others = {
        "descr": ("|O", "<f8", "|u1", "<U5", "<i4", "|V4", ">f4", "<M8[s]", "x", ""),
        "shape": ((), (0,), (2,), (10**12,), (2**40, 2**40), (-1,), (3, 4, 1), "x", (1.5,)),
        "fortran_order": (True, 1, None),
    }
    text = repr({**header, key: rng.choice(others[key])}).encode().ljust(length - 1)[: length - 1] + b"\n"
    return data[:10] + text + data[10 + length :]


def changed_safetensors(data: bytes, rng: Random) -> bytes:
    """A safetensors file with another header, whose length is told rightly."""
    length = int.from_bytes(data[:8], "little")
    text = json.dumps(changed_tree(json.loads(data[8 : 8 + length]), rng)).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]
