"""Further libraries of simulated cell types: a replicate, or the same cells by another protocol."""

from dataclasses import dataclass, replace

from cisgram.errors import ConfigError
from cisgram.simulate.assays.atac import AtacExperiment

USUAL_PROTOCOL = "nuclei"
"""What the protocol of the cell types is called."""


@dataclass(frozen=True)
class AtacLibrary:
    """One more library of one cell type, of cells of its own; what is None is as in the other libraries.

    Parameters
    ----------
    name
        Its name, and that of its files.
    cell_type
        Whose open chromatin it shows.
    protocol
        What the protocol is called; empty for that of the other libraries, which makes it a replicate.
    share_in_peaks, tn5_preference, share_nucleosomal
        What the protocol changes (:class:`cisgram.simulate.assays.atac.AtacExperiment`).

    Raises
    ------
    ConfigError
        Where a replicate, which has no protocol of its own, changes something.
    """

    name: str
    cell_type: str
    protocol: str = ""
    share_in_peaks: float | None = None
    tn5_preference: float | None = None
    share_nucleosomal: float | None = None

    def __post_init__(self) -> None:
        if self.changes and not self.protocol:
            raise ConfigError(f"library {self.name!r} changes {', '.join(self.changes)}: give its protocol a name")

    @property
    def changes(self) -> dict[str, float]:
        """What is not as in the other libraries."""
        names = ("share_in_peaks", "tn5_preference", "share_nucleosomal")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def experiment(self, usual: AtacExperiment) -> AtacExperiment:
        """Depth and noise of this library, given those of the others.

        Examples
        --------
        >>> old = AtacLibrary("stem_old", "stem", protocol="whole cells", share_in_peaks=0.15)
        >>> old.experiment(AtacExperiment()).share_in_peaks
        0.15
        """
        return replace(usual, **self.changes)


def default_libraries() -> tuple[AtacLibrary, ...]:
    """A replicate of the stem cells, and the same cells by a protocol with more noise.

    Examples
    --------
    >>> [library.name for library in default_libraries()]
    ['stem_replicate', 'stem_whole_cells']
    """
    return (
        AtacLibrary("stem_replicate", "stem"),
        AtacLibrary(
            "stem_whole_cells",
            "stem",
            protocol="whole cells",
            share_in_peaks=0.12,
            tn5_preference=2.0,
            share_nucleosomal=0.7,
        ),
    )
