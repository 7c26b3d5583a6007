"""The folder that learning or segmenting leaves: whose it is, models of all sizes, segments as ChromHMM has them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numba
import numpy as np

import cisgram
from cisgram.chromatin.learn import LearnedStates
from cisgram.chromatin.names import StateName
from cisgram.errors import RunFolderError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.model import write_emissions, write_state_model, write_transitions
from cisgram.io.chromhmm.segments import write_dense_segments, write_segments
from cisgram.io.files import write_json_atomic

STATES_RECORD = "states.json"
"""What the folder was made of and by: written when work begins (``is_complete`` false), and again as the last file."""

Verb: TypeAlias = Literal["learn", "segment"]
_FORMAT = "cisgram chromatin states"
_OWN = (
    "model_*.txt", "emissions_*.txt", "transitions_*.txt", "*_segments.bed", "*_dense.bed", "*.tsv", "*.png",
    "*_overlap.txt", "*_neighborhood.txt", "report.html", "*_posterior.txt.gz", "*_[ETU][0-9]*.bw",
)  # fmt: skip


def claim_state_folder(folder: Path, verb: Verb) -> None:
    """Make a folder ready for a new result of a verb; what an earlier one left there is removed.

    Parameters
    ----------
    folder
        New, empty, or made by the same verb, finished or not.
    verb
        ``learn`` or ``segment``.

    Raises
    ------
    RunFolderError
        The folder holds something else.
    """
    record = folder / STATES_RECORD
    found = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    if found:
        known = _read(record) if record.is_file() else {}
        if known.get("format") != _FORMAT or known.get("verb") != verb:
            raise RunFolderError(
                f"{folder} holds {sorted(found)[0].name}, which 'states {verb}' did not make; choose a new folder or "
                "empty this one"
            )
        for pattern in _OWN:
            for path in folder.glob(pattern):
                path.unlink()
    write_json_atomic(record, {"format": _FORMAT, "verb": verb, "is_complete": False})


def finish_state_folder(folder: Path, verb: Verb, about: Mapping[str, Any]) -> Path:
    """Write what the folder was made of; says that it is complete.

    Parameters
    ----------
    folder
        Claimed before.
    verb
        As it was claimed.
    about
        Settings, hashes of inputs, and what came out.
    """
    record = folder / STATES_RECORD
    files = sorted(path.name for pattern in _OWN for path in folder.glob(pattern))
    versions = {"cisgram": cisgram.__version__, "numpy": np.__version__, "numba": numba.__version__}
    head = {"format": _FORMAT, "verb": verb, "is_complete": True, "versions": versions}
    write_json_atomic(record, {**head, **about, "files": files})
    return record


def write_learned_models(folder: Path, models: Iterable[LearnedStates]) -> None:
    """Write ``model_N.txt``, ``emissions_N.txt`` and ``transitions_N.txt`` of each, as ChromHMM does."""
    for learned in models:
        n = learned.model.n_states
        write_state_model(
            folder / f"model_{n}.txt",
            learned.model,
            log_likelihood=learned.log_likelihood,
            n_iterations=learned.n_iterations,
        )
        write_emissions(folder / f"emissions_{n}.txt", learned.model, mark_order=learned.mark_order)
        write_transitions(folder / f"transitions_{n}.txt", learned.model)


def write_segmentations(
    folder: Path, segmentations: Sequence[Segmentation], names: Sequence[StateName], *, order_by: str
) -> None:
    """Write ``<cell>_<N>_segments.bed`` (states by number) and ``<cell>_<N>_dense.bed`` (names and colours) of each.

    Parameters
    ----------
    folder
        Where to.
    segmentations
        Cell types.
    names
        One per state.
    order_by
        The letter before numbers of states.
    """
    labels = tuple(one.label for one in names)
    colors = [_rgb(one.color) for one in names]
    for one in segmentations:
        stem = f"{one.cell}_{one.n_states}"
        write_segments(folder / f"{stem}_segments.bed", one, order_by=order_by)
        named = replace(one, names=labels)
        write_dense_segments(folder / f"{stem}_dense.bed", named, colors=colors, order_by=order_by)


def learned_record(learned: LearnedStates) -> dict[str, Any]:
    """How learning ended, for the record."""
    return {
        "n_states": learned.model.n_states,
        "log_likelihood": learned.log_likelihood,
        "iterations": learned.n_iterations,
        "has_converged": learned.has_converged,
        "best_start": learned.best_start,
    }


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in np.frombuffer(bytes.fromhex(color.lstrip("#")), np.uint8))
    return red, green, blue


def _read(record: Path) -> dict[str, Any]:
    """What a record says; nothing where it is no JSON."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
