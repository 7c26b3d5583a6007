"""What the data doctor answers: a verdict on one question about one thing, and the diagnosis that all of them make."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

from cisgram.doctor.questions import CHECKS
from cisgram.errors import FormatError

Level: TypeAlias = Literal["ok", "warning", "error", "skipped"]
"""``error``: what is trained on it would be wrong, or the run cannot end; ``warning``: look at it; ``skipped``: the
question could not be asked."""

LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels in the order in which tables count them."""

_MOST_NAMED = 3
_GRAVITY: Mapping[Level, int] = {"skipped": 0, "ok": 1, "warning": 2, "error": 3}


@dataclass(frozen=True)
class Verdict:
    """The answer to one question about one thing.

    Raises
    ------
    ValueError
        For a question that is not one of :data:`~cisgram.doctor.questions.CHECKS`, for an unknown level, without
        evidence, and for a warning or an error that does not say what to do.

    Examples
    --------
    >>> Verdict("depth", "Oct4 replicate 1", "ok", "4.2 million reads", figures={"reads": 4_200_000}).is_bad
    False
    >>> Verdict("depth", "Oct4 replicate 1", "error", "12 reads")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: the verdict 'depth' on 'Oct4 replicate 1' has the level 'error' and needs a remedy: one sentence on ...
    """

    check: str
    """Name of the question, a key of :data:`~cisgram.doctor.questions.CHECKS`."""
    subject: str
    """What it is about: a file, a track or a pair of them, such as ``Oct4 replicate 1``."""
    level: Level
    """How it came out."""
    evidence: str
    """One sentence with numbers and units; of a skipped question, why it could not be asked."""
    remedy: str = ""
    """One sentence that says what to do; always there with a warning or an error."""
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    """The numbers that the evidence gives, for programs."""

    def __post_init__(self) -> None:
        if self.check not in CHECKS:
            raise ValueError(f"a verdict is on one of {', '.join(CHECKS)}; got {self.check!r}")
        if self.level not in LEVELS:
            raise ValueError(f"a verdict's level is one of {', '.join(LEVELS)}; got {self.level!r}")
        if not self.subject or not self.evidence:
            raise ValueError(f"the verdict {self.check!r} needs a subject and evidence; got {self}")
        if self.is_bad and not self.remedy:
            raise ValueError(
                f"the verdict {self.check!r} on {self.subject!r} has the level {self.level!r} and needs a remedy: one "
                "sentence on what to do"
            )

    @property
    def is_bad(self) -> bool:
        """Whether it is a warning or an error."""
        return self.level in ("warning", "error")


@dataclass(frozen=True)
class Diagnosis:
    """All verdicts on the data of a run, in the order in which the questions were asked.

    Examples
    --------
    >>> fine = Verdict("contigs", "signal.bw", "ok", "16 of 16 contigs have the genome's lengths")
    >>> shallow = Verdict("depth", "Oct4", "warning", "900 reads", "sequence more, or pool replicates")
    >>> diagnosis = Diagnosis((fine, shallow))
    >>> diagnosis.worst, diagnosis.counts
    ('warning', {'ok': 1, 'warning': 1, 'error': 0, 'skipped': 0})
    >>> Diagnosis.from_json(diagnosis.to_json()) == diagnosis
    True
    """

    verdicts: tuple[Verdict, ...]

    @property
    def worst(self) -> Level:
        """The gravest level that was given; ``ok`` where there are no verdicts at all."""
        levels: list[Level] = [one.level for one in self.verdicts]
        return max(levels, key=_GRAVITY.__getitem__) if levels else "ok"

    @property
    def counts(self) -> dict[str, int]:
        """How many verdicts there are of each level."""
        return {level: len(self.of(level)) for level in LEVELS}

    def of(self, level: Level) -> tuple[Verdict, ...]:
        """The verdicts of one level, in their order."""
        return tuple(one for one in self.verdicts if one.level == level)

    def accepting(self, checks: Collection[str]) -> "Diagnosis":
        """The same, with the errors of some questions as warnings.

        Parameters
        ----------
        checks
            Names of the questions whose errors the user has accepted.
        """
        return Diagnosis(
            tuple(
                replace(one, level="warning", evidence=f"accepted in [check]: {one.evidence}")
                if one.level == "error" and one.check in checks
                else one
                for one in self.verdicts
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file: counts, the worst level, and every verdict."""
        return {"worst": self.worst, "counts": self.counts, "verdicts": [_plain(one) for one in self.verdicts]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], *, path: str = "the diagnosis") -> "Diagnosis":
        """Take up what :meth:`to_json` gave; other keys are left aside.

        Parameters
        ----------
        values
            What a JSON file held.
        path
            Name of the file, for messages.

        Raises
        ------
        FormatError
            Where the values are no diagnosis.
        """
        try:
            return cls(tuple(Verdict(**one) for one in values["verdicts"]))
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(path, f"is not a diagnosis of cisgram check ({error}); do the step again") from error


def merge_alike(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Verdicts that differ in nothing but their subject as one, for people: eighteen files with one fault.

    Parameters
    ----------
    verdicts
        In any order; the first of several alike keeps its place and its figures.

    Returns
    -------
    list of Verdict
        Subjects of one are counted, and the first three named.

    Examples
    --------
    >>> names = ["a.bw", "b.bw", "c.bw", "d.bw"]
    >>> [one.subject for one in merge_alike(Verdict("contigs", name, "error", "other", "rename") for name in names)]
    ['4 of them (a.bw, b.bw, c.bw, ...)']
    """
    groups: dict[tuple[str, str, str, str], list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault((one.check, one.level, one.evidence, one.remedy), []).append(one)
    merged = []
    for alike in groups.values():
        names = [one.subject for one in alike]
        listed = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
        subject = names[0] if len(names) == 1 else f"{len(names)} of them ({listed})"
        merged.append(replace(alike[0], subject=subject))
    return merged


def _plain(one: Verdict) -> dict[str, Any]:
    """A verdict as a dictionary that JSON can write: NumPy numbers become plain ones."""
    figures = {name: getattr(value, "tolist", lambda value=value: value)() for name, value in one.figures.items()}
    return {**vars(one), "figures": figures}
