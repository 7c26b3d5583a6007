"""Whether two runs have the same results: every file byte for byte, but for measured times in those that hold any."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import h5py
import pandas as pd

from cisgram.training.checkpoint import load_checkpoint

_TIMES = ("seconds", "examples_per_second")
_OF_MACHINE = ("disk", "memory", "time")
_SPEED = re.compile(r"\b[\d.,]+ (s|ms|seconds|minutes|min|examples per second)\b")


def results_of(folder: Path) -> dict[str, dict[str, str]]:
    """Digests of the results by step and file, as the manifest lists them."""
    steps = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["steps"]
    return {
        name: {
            "notes": json.dumps(_timeless(record["notes"]), sort_keys=True),
            **{path: digest_of(folder / path) for path in record["outputs"]},
        }
        for name, record in steps.items()
        if record["state"] == "done"
    }


def digest_of(path: Path) -> str:
    """Hash of what does not depend on the clock."""
    read = _READERS.get(path.suffix, Path.read_bytes)
    return hashlib.sha256(read(path)).hexdigest()[:16]


def _timeless(value: Any) -> Any:
    """Plain values without measured times at any depth."""
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if not name.endswith(_TIMES)}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def _checkpoint(path: Path) -> bytes:
    held = load_checkpoint(path)
    progress = _timeless(json.loads(json.dumps(held.progress)))
    tensors = {**held.weights, **held.state}
    parts = [json.dumps([vars(held.identity), progress], default=str, sort_keys=True).encode()]
    parts += [f"{name} {tensors[name].dtype}".encode() + tensors[name].numpy().tobytes() for name in sorted(tensors)]
    return b"\n".join(parts)


def _table(path: Path) -> bytes:
    if not set(_TIMES) & set(re.split(r"[,\t\n]", path.read_text(encoding="utf-8"))):
        return path.read_bytes()
    table = pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",", comment="#", dtype=str)
    return table.drop(columns=[name for name in _TIMES if name in table]).to_csv().encode()


def _page(path: Path) -> bytes:
    """Without sections that tell of the machine, its free memory and of when things were done."""
    parts = re.split(r"(?=<section )", path.read_text(encoding="utf-8"))
    kept = [part for part in parts if "data-varies" not in part.split("\n")[0] and "fit to train on" not in part[:300]]
    return _SPEED.sub("", "".join(kept)).encode()


def _plain(path: Path) -> bytes:
    """The doctor's verdicts without those on the machine, which has more or less free."""
    if path.name != "check.json":
        return path.read_bytes()
    values = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps([one for one in values["verdicts"] if one["check"] not in _OF_MACHINE]).encode()


def _hdf5(path: Path) -> bytes:
    """Datasets and attributes; a .cool notes when it was made."""
    found: list[bytes] = []

    def note(name: str, node: h5py.Group | h5py.Dataset) -> None:
        own = {key: str(value) for key, value in node.attrs.items() if key != "creation-date"}
        found.append(json.dumps([name, own], sort_keys=True).encode())
        if isinstance(node, h5py.Dataset):
            found.append(node[()].tobytes() if node.shape else str(node[()]).encode())

    with h5py.File(path) as file:
        note("/", file)
        file.visititems(note)
    return b"\n".join(found)


_READERS = {
    ".safetensors": _checkpoint,
    ".csv": _table,
    ".tsv": _table,
    ".html": _page,
    ".json": _plain,
    ".cool": _hdf5,
}
