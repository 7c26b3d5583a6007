"""Two files that should be equal: identical, equal but for times, close, or different, and where."""

from itertools import zip_longest
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from cisgram.run.reproduce.contents import Part, contents

Likeness: TypeAlias = Literal["identical", "equal", "close", "differs", "missing", "new"]
"""``identical``: every byte; ``equal``: all but measured times; ``close``: numbers differ by no more than the
tolerance; ``missing``: the repeat has no such file; ``new``: only the repeat has it."""

TOLERANCE = 1e-3
"""Largest difference, as a share of the largest number of the same array or column, up to which it is close."""

_OF_PICTURES = 10.0
"""Pixels jump where a line moves by a hair: their mean difference may be so many times larger."""


class FileDifference(NamedTuple):
    """How a result and its repeat compare."""

    path: str
    """Relative to the run folder; or whose notes they are."""
    step: str
    likeness: Likeness
    largest: float = 0.0
    """Largest difference of numbers as a share of the largest number beside it; of pictures the mean one."""
    where: str = ""
    """The part with the largest difference, or the first one that cannot be compared."""


class _Worst(NamedTuple):
    largest: float = 0.0
    where: str = ""
    is_other: bool = False
    """Whether shapes, text or whole numbers differ, for which there is no tolerance."""


def compare_files(before: Path, after: Path, *, tolerance: float = TOLERANCE) -> tuple[Likeness, float, str]:
    """Compare what two files say, of whatever format.

    Parameters
    ----------
    before, after
        The files.
    tolerance
        See :data:`TOLERANCE`.

    Returns
    -------
    tuple of str, float, str
        The last three fields of :class:`FileDifference`.
    """
    try:
        return compare_parts(contents(before), contents(after), tolerance=tolerance)
    except (ValueError, OSError, KeyError, EOFError) as error:
        return "differs", float("inf"), f"cannot be read: {error}"


def compare_parts(before: object, after: object, *, tolerance: float = TOLERANCE) -> tuple[Likeness, float, str]:
    """Compare parts one by one, as :func:`cisgram.run.reproduce.contents.contents` gives them."""
    worst = _Worst()
    for one, other in zip_longest(before, after):  # type: ignore[call-overload]
        found = _difference(one, other)
        if found.is_other:
            return "differs", found.largest, found.where
        if found.largest > worst.largest:
            worst = found
    if worst.largest == 0:
        return "equal", 0.0, ""
    return ("close" if worst.largest <= tolerance else "differs"), worst.largest, worst.where


def _difference(one: Part | None, other: Part | None) -> _Worst:
    """How two parts differ."""
    if one is None or other is None or one.name != other.name:
        names = [repr(part.name) if part else "nothing" for part in (one, other)]
        return _Worst(float("inf"), f"{names[0]} became {names[1]}", is_other=True)
    first, second = one.values, other.values
    if first.shape != second.shape:
        return _Worst(float("inf"), f"{one.name}: shape {first.shape} became {second.shape}", is_other=True)
    if first.dtype.kind not in "f" or second.dtype.kind not in "f":
        return _of_exact(one.name, first, second)
    if one.is_picture:
        return _Worst(float(np.abs(first - second).mean()) / _OF_PICTURES, one.name)
    return _of_numbers(one.name, first.astype(np.float64), second.astype(np.float64))


def _of_exact(name: str, first: np.ndarray, second: np.ndarray) -> _Worst:
    """Text, truth values and whole numbers: equal or not."""
    is_other = np.atleast_1d(first != second)
    if not is_other.any():
        return _Worst()
    at = np.unravel_index(int(is_other.argmax()), is_other.shape)
    words = [str(values[at])[:60] for values in (first, second)]
    place = ", ".join(map(str, map(int, at)))
    return _Worst(float("inf"), f"{name} [{place}]: {words[0]!r} became {words[1]!r}", is_other=True)


def _of_numbers(name: str, first: np.ndarray, second: np.ndarray) -> _Worst:
    """The largest difference as a share of the largest number; NaN and infinity must be in the same places."""
    finite = np.isfinite(first)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True) or not np.isfinite(second[finite]).all():
        return _Worst(float("inf"), f"{name}: NaN or infinity in other places", is_other=True)
    if not finite.any() or np.array_equal(first[finite], second[finite]):
        return _Worst()
    apart = np.where(finite, np.abs(np.where(finite, first, 0.0) - np.where(finite, second, 0.0)), 0.0)
    scale = max(np.abs(first[finite]).max(), np.abs(second[finite]).max())
    at = np.unravel_index(int(apart.argmax()), apart.shape)
    place = ", ".join(map(str, map(int, at)))
    return _Worst(float(apart.max() / scale), f"{name} [{place}]: {first[at]:.6g} became {second[at]:.6g}")
