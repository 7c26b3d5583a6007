"""Whether disk, memory and time suffice for what a run will need."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cisgram.doctor.verdict import Level, Verdict

DISK_MARGIN = 1.5
"""Files are written aside before they replace others, and estimates are right within about a third: with less than so
many times the need, it will be tight."""

MEMORY_MARGIN = 0.8
"""Share of the memory that a run may need before it is tight: the system and other programs need some, too."""

LONG_SECONDS = 24 * 3600.0
"""A run of more than a day is better planned: a GPU, fewer epochs, a smaller model."""

_SHOWN = 2


class Need(NamedTuple):
    """What one step is expected to need."""

    step: str
    """Verb of the command line."""
    disk_bytes: float = 0.0
    """Written to the run folder."""
    memory_bytes: float = 0.0
    """At the peak, the program itself included; 0 where it is not more than that of others."""
    seconds: float = 0.0
    """On this machine; 0 where it is not known or short."""


def check_disk(needs: Sequence[Need], *, free_bytes: float, written_bytes: float = 0.0) -> Verdict:
    """Ask whether the disk has room for the run.

    Parameters
    ----------
    needs
        Of all steps that are done.
    free_bytes
        What the disk of the run folder has left.
    written_bytes
        What the run folder holds already; it is taken off.
    """
    total = sum(one.disk_bytes for one in needs)
    missing = max(total - written_bytes, 0.0)
    level: Level = "error" if missing > free_bytes else "warning" if missing * DISK_MARGIN > free_bytes else "ok"
    evidence = (
        f"the run will write about {_bytes(total)} ({_largest(needs, 'disk_bytes', _bytes)}), and the disk has "
        f"{_bytes(free_bytes)} left"
    )
    remedy = "free some space, or give a folder on a larger disk with --out"
    figures = {"needed_bytes": total, "free_bytes": free_bytes}
    return Verdict("disk", "run folder", level, evidence, "" if level == "ok" else remedy, figures)


def check_memory(needs: Sequence[Need], *, total_bytes: float | None, where: str = "this machine") -> Verdict:
    """Ask whether the step that needs most memory gets it.

    Parameters
    ----------
    needs
        Of all steps that are done.
    total_bytes
        Memory of the machine, or of the GPU that trains; None where that is not known.
    where
        What has that memory.

    Returns
    -------
    Verdict
        ``skipped`` where it is not known how much there is.
    """
    most = max(needs, key=lambda one: one.memory_bytes)
    if total_bytes is None:
        evidence = f"{most.step} needs about {_bytes(most.memory_bytes)}; this system does not say how much there is"
        return Verdict("memory", where, "skipped", evidence)
    share = most.memory_bytes / total_bytes
    level: Level = "error" if share > 1 else "warning" if share > MEMORY_MARGIN else "ok"
    evidence = f"{most.step} needs most, about {_bytes(most.memory_bytes)}; {where} has {_bytes(total_bytes)}"
    remedy = (
        'a smaller [batches] size (with [training] accumulate, steps stay the same), precision = "bf16-mixed", a '
        "smaller [model], or a machine with more memory"
    )
    figures = {"step": most.step, "needed_bytes": most.memory_bytes, "total_bytes": total_bytes}
    return Verdict("memory", where, level, evidence, "" if level == "ok" else remedy, figures)


def check_time(needs: Sequence[Need], *, long_seconds: float = LONG_SECONDS) -> Verdict:
    """Ask how long the run will take.

    Parameters
    ----------
    needs
        Of all steps that are done.
    long_seconds
        From when on it is worth a warning.

    Returns
    -------
    Verdict
        ``skipped`` where no step says how long it takes.
    """
    total = sum(one.seconds for one in needs)
    if not total:
        return Verdict("time", "run", "skipped", "it is not known how fast the model is on the device that trains")
    level: Level = "warning" if total > long_seconds else "ok"
    evidence = (
        f"about {_duration(total)} ({_largest(needs, 'seconds', _duration)}), if all epochs are needed and nothing "
        "else runs here"
    )
    remedy = "train on a GPU, with fewer epochs or windows, or make the [model] smaller"
    return Verdict("time", "run", level, evidence, "" if level == "ok" else remedy, {"seconds": total})


def _largest(needs: Sequence[Need], field: str, shown: Callable[[float], str]) -> str:
    """The steps that need most, in words."""
    ordered = sorted((one for one in needs if getattr(one, field)), key=lambda one: -getattr(one, field))
    return ", ".join(f"{one.step} {shown(getattr(one, field))}" for one in ordered[:_SHOWN]) or "nothing"


def _bytes(n: float) -> str:
    """A number of bytes in words.

    Examples
    --------
    >>> _bytes(2.5e9), _bytes(3e6)
    ('2.5 GB', '3 MB')
    """
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    """A time in words.

    Examples
    --------
    >>> _duration(30), _duration(300), _duration(7200), _duration(400_000)
    ('30 s', '5 min', '2.0 h', '4.6 days')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
