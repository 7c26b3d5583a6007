"""MACS3 on the reads of a library of the run."""

from pathlib import Path

from cisgram.io.reads import CoverageSource
from cisgram.peaks.macs import MacsConfig, MacsResult, call_macs
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.known import KnownGenome


def macs_peaks(run: CoverageRun, known: KnownGenome, source: CoverageSource, *, with_score: bool = False) -> MacsResult:
    """Call peaks with MACS3 as the settings say.

    Parameters
    ----------
    run
        For its settings.
    known
        Its size stands in for that of the genome where the settings give none.
    source
        Reads.
    with_score
        Give the score per base, too.
    """
    rule = run.config.peaks
    config = MacsConfig.atac(rule.genome_size or float(known.n_bases), q_value=rule.q_value)
    program = Path(rule.program).expanduser() if rule.program else None
    return call_macs(source, config, program=program, with_score=with_score)
