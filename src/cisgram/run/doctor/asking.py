"""How a question is put to files: what cannot be read is an answer too."""

from collections.abc import Callable, Iterable

from cisgram.doctor.verdict import Verdict
from cisgram.errors import InputError


def ask(check: str, subject: str, question: Callable[[], Verdict | Iterable[Verdict]]) -> list[Verdict]:
    """The verdicts on one question; an error where the data cannot even be read for it.

    Parameters
    ----------
    check
        Name of the question.
    subject
        What it is about, for the verdict on what cannot be read.
    question
        Reads and judges. What it raises as :class:`~cisgram.errors.InputError` becomes an error with that message;
        other exceptions are ours and pass.

    Examples
    --------
    >>> def unreadable():
    ...     raise InputError("signal.bw is truncated; copy it again")
    >>> ask("depth", "signal.bw", unreadable)[0].evidence
    'signal.bw is truncated; copy it again'
    """
    try:
        found = question()
    except InputError as error:
        message = " ".join(str(error).split())
        return [Verdict(check, subject, "error", message, "do what the message says; the run would stop at it, too")]
    return [found] if isinstance(found, Verdict) else list(found)
