"""A trained model of contact maps with what its checkpoint says about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from cisgram import __version__
from cisgram.errors import CheckpointError
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import MapGeometry, geometry_of
from cisgram.io.files import sha256_of
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.load import best_checkpoint, load_model


@dataclass(frozen=True, eq=False)
class FoldingModel:
    """A model to ask.

    Parameters
    ----------
    module
        In evaluation mode, on the CPU.
    track_names
        One per map.
    path, sha256
        The checkpoint.
    """

    module: nn.Module
    track_names: tuple[str, ...]
    path: Path
    sha256: str

    @property
    def geometry(self) -> MapGeometry:
        """Which bases its bins stand for."""
        return geometry_of(self.module)

    def provenance(self, **more: object) -> Mapping[str, object]:
        """What a file of results says about where it comes from."""
        return {"cisgram": __version__, "model": self.path, "model_sha256": self.sha256, **more}

    def settings(self, asking: Asking) -> dict[str, object]:
        """What a page says about the model."""
        own = self.geometry
        return {
            "model": f"{self.path} (reads {own.input_length:,} bp)",
            "map": f"{own.n_bins} bins of {own.bin_size:,} bp, pairs at least {own.diagonal_offset} bins apart",
            "values": "natural logarithm of observed over expected contacts",
            "strands read by the model": "mean of both" if asking.both_strands else "as given",
        }


def open_folding(path: str | Path) -> FoldingModel:
    """Open the Akita of a run folder, or of a checkpoint.

    Raises
    ------
    CheckpointError
        Where there is none, it is damaged, or its model predicts no contact maps.
    """
    path = best_checkpoint(path)
    identity = load_checkpoint(path).identity
    if identity.name != "akita":
        raise CheckpointError(
            f"{path} holds the model {identity.name!r}, which predicts no contact maps; give one of a run on contacts"
        )
    n_tracks = int(identity.settings["n_tracks"])
    names = [str(name) for name in identity.context.get("tracks", ())]
    if len(names) != n_tracks:
        names = [f"map_{number + 1}" for number in range(n_tracks)]
    return FoldingModel(load_model(path), tuple(names), path, sha256_of(path))
