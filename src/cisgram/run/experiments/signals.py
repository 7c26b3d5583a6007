"""What a run on profiles measured, and what its model predicts, at any place of its genome, window or not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes
from cisgram.data.tracks import StrandFiles, TrackFiles, TrackReader, open_tracks
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import resize
from cisgram.genomics.track import expected_counts
from cisgram.io.fasta import read_genome
from cisgram.io.files import require_file
from cisgram.run.folder import ProfileRun, Run
from cisgram.run.settings.profiles import ProfileRunConfig, TrackConfig
from cisgram.run.signals import track_files
from cisgram.training.predictions import predict_windows


@dataclass(frozen=True, eq=False)
class RunSignals:
    """The genome, the tracks and the control of a run; made by :func:`open_signals`."""

    run: ProfileRun
    genome: Genome
    tracks: Sequence[TrackReader]
    control: TrackReader | None

    @property
    def track_names(self) -> list[str]:
        """In the order of the model's tracks."""
        return [reader.track.name for reader in self.tracks]

    @property
    def input_length(self) -> int:
        """Sequence that the model reads, in bp."""
        return self.run.config.model.input_length

    @property
    def output_length(self) -> int:
        """Middle of it that is predicted, in bp."""
        return self.run.config.model.output_length

    def outputs(self, windows: pd.DataFrame) -> pd.DataFrame:
        """The part of windows that is predicted."""
        middle = ((windows["start"] + windows["end"]) // 2).to_numpy()
        return resize(windows, self.output_length, center=middle)

    def observed(self, windows: pd.DataFrame) -> list[np.ndarray]:
        """Reads per base of the predicted part of windows, one array per track: ``window replicate strand length``."""
        outputs = self.outputs(windows)
        return [reader.windows(outputs) for reader in self.tracks]

    def predicted(self, module: nn.Module, codes: Codes, windows: pd.DataFrame) -> np.ndarray:
        """Predicted reads per base, ``window track strand length``, with the control reads of the windows.

        Parameters
        ----------
        module
            The run's model.
        codes
            Sequences as long as the model reads; they need not be the genome's.
        windows
            Where they lie.
        """
        controls = None if self.control is None else self.control.windows(self.outputs(windows)).sum(axis=1)
        on_reverse = [] if self.control is None else list(range(self.control.track.n_strands))[::-1]
        is_averaged = self.run.config.evaluation.average_strands
        found = predict_windows(module, codes, controls, control_on_reverse=on_reverse if is_averaged else None)
        return expected_counts(found.profiles, found.log_counts)

    def split_of(self, chrom: str) -> str:
        """The part of the data that a contig is in: ``train``, ``valid``, ``test``, or ``left out``."""
        config = self.run.config
        if chrom in config.genome.leave_out:
            return "left out"
        return "test" if chrom in config.split.test else "valid" if chrom in config.split.valid else "train"


def open_signals(run: Run) -> RunSignals:
    """Open the files that a run was made of.

    Raises
    ------
    InputError
        The run is not one on profiles, or a file is missing.
    """
    if not isinstance(run.config, ProfileRunConfig):
        raise InputError(f"{run.folder} is no run on profiles (BPNet), so it has no tracks base by base")
    genome = read_genome(run.input(run.config.genome.fasta))
    files = [_files(run, track, genome) for track in run.config.tracks]
    control = run.config.control
    readers = open_tracks([*files, *([_files(run, control, genome)] if control else [])], genome.sizes)
    n_tracks = len(files)
    return RunSignals(run, genome, readers[:n_tracks], readers[n_tracks] if control else None)


def _files(run: ProfileRun, track: TrackConfig, genome: Genome) -> TrackFiles:
    """The bigWigs of a track; those that were counted from reads lie in the run folder."""
    if not track.reads:
        return track_files(run, track, genome)
    words = ("plus", "minus") if track.n_strands == 2 else ("both",)
    stems = [f"{track.name}.rep{number}" for number in range(1, len(track.reads) + 1)]
    what = f"reads of {track.name!r} that the step prepare counted"
    paths = [[require_file(run.folder / "tracks" / f"{stem}.{word}.bw", what) for word in words] for stem in stems]
    return TrackFiles(track.name, tuple(StrandFiles(*of_replicate) for of_replicate in paths))
