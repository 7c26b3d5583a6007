"""Models of chromatin states in ChromHMM's text files: ``model_N.txt``, ``emissions_N.txt``, ``transitions_N.txt``."""

import os
from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.state_model import StateModel
from cisgram.io.files import about_file, write_text_atomic
from cisgram.io.packing import read_bytes

_ORDERS = {"E": "Emission", "T": "Transition", "U": "User"}


class StoredModel(NamedTuple):
    """A model, and what its file says about how it was learned."""

    model: StateModel
    log_likelihood: float | None
    """Natural log of the probability of the marks; None where the file does not tell."""
    n_iterations: int | None
    """Passes over the data; None where the file does not tell."""


def read_state_model(path: str | os.PathLike[str]) -> StateModel:
    """Read the model from a ``model_N.txt`` (plain or gzip); see :func:`read_stored_model`."""
    return read_stored_model(path).model


def read_stored_model(path: str | os.PathLike[str]) -> StoredModel:
    """Read a ``model_N.txt`` of ChromHMM or of :func:`write_state_model` (plain or gzip).

    Raises
    ------
    InputError
        There is no such file.
    FormatError
        A line is of no known kind or names a state or mark that there is not; probabilities are missing or do not sum
        to 1.
    """
    lines = read_bytes(path, "model of states").decode("utf-8", "replace").splitlines()
    head, *below = lines or [""]
    n_states, n_marks, order, numbers = _head(path, head)
    shapes = {
        "probinit": (n_states,),
        "transitionprobs": (n_states, n_states),
        "emissionprobs": (n_states, n_marks, 2),
    }
    kinds = [line.partition("\t")[0].strip().lower() for line in below]
    for number, kind in enumerate(kinds, start=2):
        if kind and kind not in shapes:
            raise FormatError(path, f"lines are {', '.join(shapes)}; got {kind[:60]!r}", line=number)
    there = Counter(kinds)
    _require_all(path, [name for name, shape in shapes.items() if there[name] < prod(shape)])
    arrays = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
    marks: list[str] = [""] * n_marks
    for number, line in enumerate(below, start=2):
        if line.strip():
            _read_line(path, line, number, arrays, marks)
    _require_all(path, [name for name, values in arrays.items() if np.isnan(values).any()])
    present, absent = arrays["emissionprobs"][:, :, 1], arrays["emissionprobs"][:, :, 0]
    # a state without weight has neither in files of ChromHMM
    if (np.abs(present + absent - 1) > 1e-6).any() and ((present + absent)[np.abs(present + absent - 1) > 1e-6]).any():
        raise FormatError(path, "emissionprobs of presence and absence must sum to 1 for each state and mark")
    with about_file(path):
        model = StateModel(tuple(marks), arrays["probinit"], arrays["transitionprobs"], present, order_by=order)
    log_likelihood = numbers[0] if numbers else None
    return StoredModel(model, log_likelihood, int(numbers[1]) if len(numbers) > 1 else None)


def write_state_model(
    path: str | os.PathLike[str],
    model: StateModel,
    *,
    log_likelihood: float | None = None,
    n_iterations: int | None = None,
) -> None:
    """Write a ``model_N.txt`` that ChromHMM reads; names of states have no place in it.

    Numbers are written so that they are read back bit for bit.

    Raises
    ------
    OutputError
        Writing fails.
    """
    head = [str(model.n_states), str(len(model.marks)), model.order_by]
    if log_likelihood is not None:
        head += [repr(float(log_likelihood)), str(n_iterations or 0)]
    lines = ["\t".join(head)]
    lines += [f"probinit\t{state + 1}\t{float(value)!r}" for state, value in enumerate(model.initial)]
    for (left, right), value in np.ndenumerate(model.transitions):
        lines.append(f"transitionprobs\t{left + 1}\t{right + 1}\t{float(value)!r}")
    for (state, mark), value in np.ndenumerate(model.emissions):
        start = f"emissionprobs\t{state + 1}\t{mark}\t{model.marks[mark]}"
        lines += [f"{start}\t0\t{float(1 - value)!r}", f"{start}\t1\t{float(value)!r}"]
    write_text_atomic(path, "\n".join(lines) + "\n")


def write_emissions(
    path: str | os.PathLike[str], model: StateModel, *, mark_order: Sequence[int] | np.ndarray | None = None
) -> None:
    """Write an ``emissions_N.txt``: one row per state, one column per mark.

    Parameters
    ----------
    path
        The file.
    model
        The model.
    mark_order
        Which mark (0-based) comes first, second and so on; as in the model where not given.
    """
    columns = range(len(model.marks)) if mark_order is None else np.asarray(mark_order)
    head = [_corner("State", model), *(model.marks[column] for column in columns)]
    _write_matrix(path, head, model, model.emissions[:, list(columns)])


def write_transitions(path: str | os.PathLike[str], model: StateModel) -> None:
    """Write a ``transitions_N.txt``: from the state of the row to that of the column."""
    _write_matrix(path, [_corner(r"State (from\to)", model), *_labels(model)], model, model.transitions)


class EmissionsFile(NamedTuple):
    """What an ``emissions_N.txt`` holds: no whole model."""

    marks: tuple[str, ...]
    names: tuple[str, ...]
    """Names of the states, without their numbers where they have others."""
    emissions: np.ndarray
    """Probability that a mark is present, states by marks."""


def read_emissions(path: str | os.PathLike[str]) -> EmissionsFile:
    """Read an ``emissions_N.txt`` (plain or gzip).

    Raises
    ------
    InputError
        There is no such file.
    FormatError
        A row has not one probability per mark.
    """
    lines = read_bytes(path, "emissions of states").decode("utf-8", "replace").splitlines()
    head, *below = lines or [""]
    marks = tuple(name.strip() for name in head.split("\t")[1:])
    names, rows = [], []
    for number, line in enumerate(below, start=2):
        if not line.strip():
            continue
        label, *cells = line.split("\t")
        values = [_probability(path, cell, number) for cell in cells]
        if len(values) != len(marks):
            raise FormatError(path, f"{len(marks)} marks need as many numbers; got {len(values)}", line=number)
        names.append(label.strip().partition("_")[2] or label.strip())
        rows.append(values)
    if not rows or not marks:
        raise FormatError(path, "a line of marks and one line per state are needed")
    return EmissionsFile(marks, tuple(names), np.array(rows))


def _write_matrix(path: Any, head: list[str], model: StateModel, rows: np.ndarray) -> None:
    lines = ["\t".join(head)]
    for label, values in zip(_labels(model), rows, strict=True):
        lines.append("\t".join([label, *(repr(float(value)) for value in values)]))
    write_text_atomic(path, "\n".join(lines) + "\n")


def _labels(model: StateModel) -> list[str]:
    """Numbers of states, and their names where they have others."""
    return [f"{number}_{name}" if model.is_named else name for number, name in enumerate(model.names, start=1)]


def _corner(text: str, model: StateModel) -> str:
    return f"{text} ({_ORDERS[model.order_by]} order)"


def _head(path: Any, line: str) -> tuple[int, int, Literal["E", "T", "U"], list[float]]:
    """Numbers of states and marks, the order, and what else the first line has."""
    cells = line.split()
    try:
        n_states, n_marks, order = int(cells[0]), int(cells[1]), cells[2]
        rest = [float(cell) for cell in cells[3:4]] + [int(float(cell)) for cell in cells[4:5]]
    except (ValueError, IndexError, OverflowError):
        n_states = n_marks = 0
        order, rest = "", []
    if order not in ("E", "T", "U") or n_states < 1 or n_marks < 1:
        raise FormatError(
            path,
            "the first line must have the number of states, the number of marks and the order (E, T or U); "
            f"got {line[:60]!r}. Is this a model_N.txt?",
            line=1,
        )
    return n_states, n_marks, order, rest


def _require_all(path: Any, missing: list[str]) -> None:
    """Refuse a file that has too few lines of some kinds."""
    if missing:
        raise FormatError(path, f"some of the lines {', '.join(missing)} are missing; is the file cut off?")


def _read_line(path: Any, line: str, number: int, arrays: dict[str, np.ndarray], marks: list[str]) -> None:
    """Put one line's probability into its place."""
    kind, *cells = (cell.strip() for cell in line.split("\t"))
    kind = kind.lower()
    try:
        place = _place(kind, cells)
        arrays[kind][tuple(place)] = _probability(path, cells[-1], number)
        if kind == "emissionprobs":
            mark = place[1]
            if marks[mark] not in ("", cells[2]):
                raise FormatError(path, f"mark {mark} is {marks[mark]} above and {cells[2]} here", line=number)
            marks[mark] = cells[2]
    except FormatError:
        raise
    except (ValueError, IndexError) as error:
        raise FormatError(
            path, f"the line does not fit the numbers of states and marks: {line[:60]!r}", line=number
        ) from error


def _place(kind: str, cells: list[str]) -> list[int]:
    """Where a probability belongs; states are counted from 1 in the file, marks from 0."""
    if kind == "probinit":
        place = [int(cells[0]) - 1]
    elif kind == "transitionprobs":
        place = [int(cells[0]) - 1, int(cells[1]) - 1]
    else:
        place = [int(cells[0]) - 1, int(cells[1]), int(cells[3])]
    if min(place) < 0:
        raise IndexError
    return place


def _probability(path: Any, text: str, line: int) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not -1e-9 <= value <= 1 + 1e-6:
        raise FormatError(path, f"a probability must be 0 to 1; got {text!r}", line=line)
    return value
