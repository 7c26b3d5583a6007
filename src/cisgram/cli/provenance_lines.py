"""What ``verify`` and ``run --reproduce`` say to people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisgram.run.reproduce.repeat import Reproduction
    from cisgram.run.verify import Verification

_MEANINGS = {
    "identical": "byte for byte the same",
    "equal": "the same but for measured times",
    "close": "numbers within the tolerance",
    "differs": "other",
    "missing": "only in the first run",
    "new": "only in the repeat",
}


def verification_lines(found: "Verification") -> Iterator[str]:
    """A line for each thing that was found, and the sum of it."""
    width = max((len(one.kind) for one in found.findings), default=0)
    for one in found.findings:
        step = f" ({one.step})" if one.step and one.step != one.where else ""
        yield f"{one.kind:<{width}}  {one.where}{step}: {one.detail}"
    inputs = f"{found.n_inputs} inputs" if found.n_inputs else "no inputs"
    yield f"read: {found.n_outputs} results of {found.n_steps} steps, {inputs}"
    n_problems = sum(one.is_problem for one in found.findings)
    if n_problems:
        are = "thing is" if n_problems == 1 else "things are"
        yield f"{n_problems} {are} not as the manifest of {found.folder} says; cisgram run does again what is concerned"
    else:
        yield f"everything is as the manifest of {found.folder} says"


def reproduction_lines(found: "Reproduction") -> Iterator[str]:
    """A line for each result that is not the same byte for byte, and the sum of it."""
    others = [one for one in found.files if one.likeness != "identical"]
    width = max((len(one.path) for one in others), default=0)
    for one in others:
        largest = f"  {one.largest:.2g}" if 0 < one.largest < float("inf") else ""
        where = f"  {one.where}" if one.where else ""
        yield f"{one.likeness:<9}  {one.step:<13}  {one.path:<{width}}{largest}{where}".rstrip()
    for one in found.conditions:
        yield f"other than the first time: {one.what} ({one.before} -> {one.after})"
    if not found.conditions:
        yield "machine, versions, threads and settings are those of the first time: every byte must be the same"
    counts = found.counts
    yield "; ".join(f"{counts[name]} {meaning}" for name, meaning in _MEANINGS.items() if name in counts)
    tolerance = f" (tolerance {found.tolerance:g})" if found.conditions else ""
    yield f"{found.before} is {'' if found.holds else 'NOT '}reproduced in {found.after}{tolerance}"
