"""Flanks of a core from files to files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import decode, encode
from cisgram.interpret.experiments.edits import instances_of
from cisgram.interpret.experiments.flanks import FlankConfig, flank_preference_table, flank_table, vary_flanks
from cisgram.io.tables import write_table
from cisgram.report.experiments.flanks import write_flank_report
from cisgram.run.experiments.motifs import one_motif_per_word
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences
from cisgram.run.experiments.trained import Place, Question, TrainedModel


class Core(NamedTuple):
    """What stands between the flanks."""

    name: str
    codes: SequenceCodes


def core_asked(letters: str | None, motif: str | None, source: str | None) -> Core:
    """The core from words of the command line: letters, or the consensus of a motif.

    Parameters
    ----------
    letters
        A, C, G, T, and N, which keeps what is there.
    motif
        A name in the file, or IUPAC letters; of equally frequent bases the first in the alphabet is taken.
    source
        What :func:`cisgram.io.motifs.read_motifs` takes, or None.

    Raises
    ------
    ConfigError
        Where not exactly one of letters and motif is given, or letters are others.

    Examples
    --------
    >>> core_asked("TTGNNCAA", None, None).name
    'TTGNNCAA'
    """
    if (letters is None) == (motif is None):
        raise ConfigError("name the core: either --core LETTERS, or --motif NAME of --motif-file FILE")
    if letters is not None:
        wrong = sorted(set(letters.upper()) - set("ACGTN"))
        if wrong or not letters.upper().strip("N"):
            raise ConfigError(f"--core takes the letters A, C, G, T, and N for what is there; got {letters!r}")
        return Core(letters.upper(), encode(letters.upper()))
    (found,) = one_motif_per_word([str(motif)], source)
    codes = instances_of(found, 1, rng=np.random.default_rng(0))[0]
    return Core(f"{found.name} ({decode(codes)})", codes)


def flank(
    trained: TrainedModel,
    core: Core,
    source: SequenceSource,
    *,
    question: Question,
    config: FlankConfig,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Vary the flanks of a core; write ``results.tsv``, ``preferences.tsv`` and ``report.html``.

    Parameters
    ----------
    trained
        The model.
    core
        What stands between the flanks.
    source
        Backgrounds.
    question
        Tracks, score and strands. Scores near a motif are read around the middle of the core.
    config
        Which flanks, and where.
    out
        Folder; made if it is not there.
    progress
        Told about backgrounds done and to do.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    n = core.codes.size
    first = (trained.input_length - n) // 2 if config.position is None else config.position
    scored = trained.scored(question, at=Place(first + n // 2))
    sequences = read_model_sequences(source, length_bp=trained.input_length)
    found = vary_flanks(
        trained.module,
        sequences.codes,
        core.codes,
        scores=scored.scores,
        config=config,
        asking=question.asking,
        progress=progress,
    )
    options = {"tracks": scored.tracks, "sources": sequences.sources, "seed": config.seed}
    table, preferences = flank_table(found, **options), flank_preference_table(found, **options)
    out.mkdir(parents=True, exist_ok=True)
    notes = trained.provenance(scored, settings=config, core=core.name, source=source)
    write_table(out / "results.tsv", table, provenance=notes)
    write_table(out / "preferences.tsv", preferences, provenance=notes)
    about = {
        "core": core.name,
        "place of the core": "in the middle" if config.position is None else f"from {config.position} on (0-based)",
        "flanks": f"{len(found.flanks):,} of {4 ** (2 * config.flank_bp):,} with {config.flank_bp} bp on either side",
        "seed": config.seed,
    }
    settings = {**trained.settings(scored, question), **sequences.remarks, **about}
    write_flank_report(
        out / "report.html", table, preferences, core=decode(core.codes), unit=scored.unit, settings=settings
    )
    best = table[table["rank"] == 1]
    return {
        "report": str(out / "report.html"),
        "n_sequences": len(sequences.codes),
        "n_flanks": len(found.flanks),
        "score": scored.name,
        "best": best.to_dict("records"),
    }
