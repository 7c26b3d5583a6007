"""Mutants that were measured: what is changed in their genomes, and the files of their tracks."""

from dataclasses import dataclass
from pathlib import Path

from cisgram.errors import ConfigError
from cisgram.run.settings.shared import require_track_name
from cisgram.run.toml import read_toml, section_from


@dataclass(frozen=True)
class MutantTrack:
    """One track of the run, measured on a mutant; paths begin at the folder of the TOML file."""

    name: str
    """Name of the track in the run."""
    plus: tuple[str, ...]
    """bigWig of counts per base, one per replicate: the plus strand, or both strands of an unstranded signal."""
    minus: tuple[str, ...] = ()
    """bigWig of the minus strand, one per replicate."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if not self.plus or (self.minus and len(self.minus) != len(self.plus)):
            raise ConfigError(
                f"track {self.name!r} needs one bigWig per replicate and strand; got {len(self.plus)} of the plus and "
                f"{len(self.minus)} of the minus strand"
            )

    @property
    def n_strands(self) -> int:
        """2 where the strands are told apart, else 1."""
        return 2 if self.minus else 1


@dataclass(frozen=True)
class MutantConfig:
    """One mutant."""

    name: str
    """Name in tables and figures."""
    tracks: tuple[MutantTrack, ...]
    """What was measured; tracks of the run that are left out are not judged."""
    variants: str = ""
    """VCF of what is changed."""
    changes: tuple[str, ...] = ()
    """The same, written out: ``chr1:1234:ACGT:TTTT``, 1-based, what the genome has and what the mutant has."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if bool(self.variants) == bool(self.changes):
            raise ConfigError(f"mutant {self.name!r} needs either variants (a VCF) or changes")
        names = [track.name for track in self.tracks]
        if not names or len(set(names)) < len(names):
            raise ConfigError(f"mutant {self.name!r} needs every measured track once; got {', '.join(names) or 'none'}")


@dataclass(frozen=True)
class MutantsConfig:
    """All mutants of a file."""

    mutants: tuple[MutantConfig, ...]

    def __post_init__(self) -> None:
        names = [mutant.name for mutant in self.mutants]
        if not names or len(set(names)) < len(names):
            raise ConfigError(f"give every mutant a name of its own; got {', '.join(names) or 'none'}")


def read_mutants(path: Path) -> MutantsConfig:
    """Read and check a TOML file of mutants.

    Raises
    ------
    ConfigError
        For a key that is unknown, missing, of the wrong kind, or that contradicts another.
    """
    return section_from(MutantsConfig, read_toml(path), where=str(path))
