"""From files to files: the model, the promoters, known elements and a contact map, opened and asked about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cisgram.errors import CheckpointError
from cisgram.interpret.saliency.geometry import bin_geometry
from cisgram.io.cool import open_cool
from cisgram.run.experiments.distal.asking import AskedPromoters, ask_distal
from cisgram.run.experiments.distal.promoters import PromoterSource, open_promoters
from cisgram.run.experiments.distal.study import DistalConfig
from cisgram.run.experiments.folding.windows import bed_sites
from cisgram.run.experiments.trained import TrainedModel, open_trained


@dataclass(frozen=True)
class DistalQuestion:
    """Which files are asked about."""

    model: Path
    """Run folder or checkpoint of a Basenji."""
    source: PromoterSource
    tracks: tuple[str, ...] = ()
    config: DistalConfig = field(default_factory=DistalConfig)
    elements: Path | None = None
    """BED of known elements."""
    contact_map: Path | None = None
    """``.cool`` for the pictures."""


def distal_from_files(
    question: DistalQuestion, *, out: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Open what is asked for and ask, see :func:`cisgram.run.experiments.distal.asking.ask_distal`.

    Raises
    ------
    CheckpointError
        Where the model predicts no tracks in bins.
    """
    trained = open_binned_model(question.model)
    promoters = open_promoters(question.source, bin_geometry(trained.module))
    asked = AskedPromoters(
        promoters,
        question.tracks,
        question.config,
        None if question.elements is None else bed_sites(question.elements, promoters.genome),
        None if question.contact_map is None else open_cool(question.contact_map),
    )
    notes: dict[str, object] = {"genome": question.source.genome}
    if question.source.annotation is not None:
        notes["genes"] = question.source.annotation
    if question.elements is not None:
        notes["known elements"] = question.elements
    return ask_distal(trained, asked, out=out, notes=notes, progress=progress)


def open_binned_model(path: str | Path) -> TrainedModel:
    """Open the Basenji of a run folder, or of a checkpoint.

    Raises
    ------
    CheckpointError
        Where there is none, it is damaged, or its model predicts no tracks in bins.
    """
    trained = open_trained(path)
    if trained.name != "basenji":
        raise CheckpointError(
            f"{trained.path} holds the model {trained.name!r}, which predicts no tracks in bins of long windows; give "
            "a Basenji"
        )
    return trained
