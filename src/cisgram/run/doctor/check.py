"""The data doctor's round: every question that can be asked of the data of a run, and the verdicts on them."""

import warnings
from functools import partial
from pathlib import Path

from cisgram.doctor.questions import CHECKS
from cisgram.doctor.verdict import Diagnosis, Verdict
from cisgram.errors import CisgramWarning
from cisgram.io.fasta import read_genome
from cisgram.run.config import RunConfig
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.examined import examine
from cisgram.run.doctor.files import file_verdicts
from cisgram.run.doctor.resources import resource_verdicts
from cisgram.run.doctor.sequences import sequence_verdicts
from cisgram.run.doctor.signals import signal_verdicts

_PLACED = (("depth", "signals"), ("unknown_bases", "sequences"), ("disk", "run folder"))
"""Check and subject that stand for all questions which need files on the contigs of the genome."""


def diagnose(config: RunConfig, data_folder: Path, *, run_folder: Path | None = None) -> Diagnosis:
    """Examine the data that the settings of a run name.

    Parameters
    ----------
    config
        Settings of any kind of run.
    data_folder
        Where relative paths of the settings begin.
    run_folder
        Where the run is, or will be: room on its disk is asked for; ``runs/NAME`` by default.

    Returns
    -------
    Diagnosis
        Verdicts in the order of :data:`~cisgram.doctor.questions.CHECKS`. Data that cannot be read for a question are
        an error of that question.

    Raises
    ------
    InputError
        Where a file that the settings name is missing, empty, or no file; or the genome cannot be read.
    """
    folder = Path("runs", config.name) if run_folder is None else run_folder
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # the verdicts say it
        examined = examine(config, data_folder)
        genome = None if examined.fasta is None else read_genome(examined.fasta)
        verdicts = file_verdicts(examined, genome)
        if _is_unplaced(verdicts) and "contigs" not in config.check.accept:
            text = "not asked before files lie on the contigs of the genome"
            verdicts += [Verdict(check, subject, "skipped", text) for check, subject in _PLACED]
        else:
            of_signals, of_sequences, of_resources = _PLACED
            verdicts += ask(*of_signals, partial(signal_verdicts, examined, genome))
            verdicts += ask(*of_sequences, partial(sequence_verdicts, examined, genome))
            verdicts += ask(*of_resources, partial(resource_verdicts, examined, folder, genome=genome))
    order = list(CHECKS)
    return Diagnosis(tuple(sorted(verdicts, key=lambda one: order.index(one.check))))


def _is_unplaced(verdicts: list[Verdict]) -> bool:
    """Whether files could not be laid on the genome: what else is asked of them would be an error for that reason."""
    return any(one.level == "error" for one in verdicts if one.check == "contigs")
