"""What can happen to a run, when, and to what: a fault is a line of text that says all that is needed to repeat it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

INTERRUPTING: Mapping[str, str] = {
    "clock": "SIGKILL after a share of the time that the step takes",
    "kill": "SIGKILL right before the n-th file operation of the step",
    "term": "SIGTERM right before the n-th file operation of the step",
    "full": "from the n-th file that is opened for writing on, the disk is full",
    "eio": "the n-th file that is opened for writing, moved or removed gives an input/output error",
    "denied": "the n-th file that is opened for reading may not be read",
    "limit": "no file may become larger than so many bytes, whoever writes it",
    "disk": "the run lies on a real disk that is too small",
    "input_lost": "at the n-th file operation an input is removed",
    "input_changed": "at the n-th file operation an input gets other bytes",
    "second": "after a share of the time the same command is given a second time",
}
"""Faults that happen while a command works, and what they are."""

DAMAGING: Mapping[str, str] = {
    "cut": "a file is cut short between two calls",
    "flip": "bits of a file are turned between two calls",
    "lost": "a file is removed between two calls",
}
"""Faults that happen between two calls; ``at`` 0 for a run that was done, else the operation that it was killed at."""

KINDS: Mapping[str, str] = {**INTERRUPTING, **DAMAGING}


@dataclass(frozen=True)
class Fault:
    """One fault."""

    run: str
    """Kind of run."""
    step: str
    """Step during which, or to whose files, it happens."""
    kind: str
    """One of :data:`KINDS`."""
    at: float
    """Share of a time, number of an operation or number of bytes, as the kind says."""
    seed: int = 0
    """Decides which file is damaged, where and how."""

    @property
    def id(self) -> str:
        """What ``--only`` takes."""
        return f"{self.run}/{self.step}/{self.kind}@{self.at:g}#{self.seed}"

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """The fault that an id names."""
        run, step, what = text.split("/")
        kind, _, rest = what.partition("@")
        at, _, seed = rest.partition("#")
        return cls(run, step, kind, float(at), int(seed or 0))


@dataclass(frozen=True)
class Course:
    """What an undisturbed step did: what there is to disturb."""

    seconds: float
    n_operations: int
    """Files opened for writing, made, moved and removed in the run folder and the cache."""
    n_writes: int
    """Files opened for writing there."""
    n_reads: int
    """Files of the data and the run folder opened for reading."""
    n_bytes: int
    """Size of all its files."""
    largest: int
    """Size of the largest of its files."""


def draw(courses: Mapping[str, Mapping[str, Course]], n: int, *, seed: int, kinds: Sequence[str] = ()) -> list[Fault]:
    """Draw faults: every kind of run, every step and every kind of fault in turn, moments and places at random.

    Parameters
    ----------
    courses
        By kind of run and step.
    n
        How many.
    seed
        The same seed draws the same faults as long as runs do the same.
    kinds
        Of fault; all by default.
    """
    rng = Random(seed)
    pairs = [(run, step) for run, steps in courses.items() for step in steps]
    named = list(kinds or KINDS)
    rng.shuffle(pairs)
    rng.shuffle(named)
    found = []
    for number in range(n):
        turn, place = divmod(number, len(pairs))  # in every turn each step once, each time with another kind
        run, step = pairs[place]
        kind = named[(place + turn) % len(named)]
        at = moment(kind, courses[run][step], rng)
        found.append(Fault(run, step, kind, at, rng.randrange(10_000)))
    return found


def moment(kind: str, course: Course, rng: Random) -> float:
    """When, or how much, at random within what a step does."""
    if kind in ("clock", "second"):
        return round(rng.random(), 3)
    if kind == "disk":
        return round(rng.uniform(0.0, 0.95), 3)
    if kind == "limit":
        return round(max(course.largest, 64) ** rng.uniform(0.3, 0.99))
    if kind == "full":
        return rng.randint(1, max(course.n_writes, 1))
    if kind == "denied":
        return rng.randint(1, max(course.n_reads, 1))
    if kind in DAMAGING and rng.random() < 0.5:
        return 0
    return rng.randint(1, max(course.n_operations, 1))
