"""Questions on disk, memory and time: what a run will need, and what there is."""

import os
import shutil
import warnings
from pathlib import Path

import torch

from cisgram.doctor.resources import Need, check_disk, check_memory, check_time
from cisgram.doctor.verdict import Verdict
from cisgram.errors import CisgramWarning
from cisgram.genomics.genome import Genome
from cisgram.io.fasta import read_genome
from cisgram.run.config import RunConfig
from cisgram.run.doctor.asking import ask
from cisgram.run.doctor.examined import Examined
from cisgram.run.doctor.step_pace import Pace, measure_pace
from cisgram.run.doctor.workload import Workload, workload_of

PROGRAM_BYTES = 0.72e9
"""The program itself with all that it imports, as measured."""

_PEAK_OVER_KEPT = 2.0
_OTHER_SECONDS = 60.0
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def resource_verdicts(examined: Examined, folder: Path, *, genome: Genome | None = None) -> list[Verdict]:
    """Ask whether disk, memory and time suffice.

    Parameters
    ----------
    examined
        What the settings of a run name.
    folder
        The run folder, which may not be there yet.
    genome
        Its genome where that is open already.
    """
    found: list[list[Need]] = []
    verdicts = ask("disk", "run folder", lambda: _estimate(examined, genome, found))
    for needs in found:
        verdicts.append(check_disk(needs, free_bytes=_free_bytes(folder), written_bytes=_written_bytes(folder)))
        is_gpu, memory = _memory(examined.config)
        verdicts.append(check_memory(needs, total_bytes=memory, where="a GPU" if is_gpu else "this machine"))
        verdicts.append(check_time([] if is_gpu else needs))
    return verdicts


def needs_of(config: RunConfig, work: Workload, pace: Pace) -> list[Need]:
    """What every step will need, from what there is to do and what one window costs.

    Parameters
    ----------
    config
        Settings of the run.
    work
        What there is to do.
    pace
        Costs of one window.
    """
    training, average = config.training, config.training.average_decay > 0
    weights = 4.0 * pace.n_weights
    step = _PEAK_OVER_KEPT * pace.kept_bytes * config.batches.size + weights * (4 + average)
    an_epoch = work.windows["train"] * pace.step_seconds + work.windows["valid"] * pace.forward_seconds
    # Best weights, and the last ones with the two moments of Adam and the running average.
    one = Need("train", weights * (4 + average), PROGRAM_BYTES + step, training.epochs * an_epoch)
    fits = [one] * work.n_models
    if work.n_single:
        n = work.n_single
        fits.append(one._replace(step="single-task", disk_bytes=n * one.disk_bytes, seconds=n * one.seconds))
    others = dict.fromkeys([*work.disk_bytes, *work.memory_bytes, *work.n_forward, *work.n_backward])
    return [
        *fits,
        *(
            Need(
                name,
                work.disk_bytes.get(name, 0.0),
                PROGRAM_BYTES + work.memory_bytes.get(name, 0.0),
                work.seconds.get(name, 0.0)
                + work.n_forward.get(name, 0.0) * pace.forward_seconds
                + work.n_backward.get(name, 0.0) * pace.step_seconds,
            )
            for name in others
        ),
        Need("other steps", seconds=_OTHER_SECONDS),
    ]


def _estimate(examined: Examined, genome: Genome | None, found: list[list[Need]]) -> list[Verdict]:
    """Estimate, and keep what comes of it."""
    if genome is None and examined.fasta is not None:
        genome = read_genome(examined.fasta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # what is to be said of files is asked for elsewhere
        work = workload_of(examined, genome)
    pace = measure_pace(examined.config, n_tracks=work.n_tracks, n_controls=work.n_controls)
    found.append(needs_of(examined.config, work, pace))
    return []


def _free_bytes(folder: Path) -> int:
    """What the disk has left where the folder is, or will be."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def _written_bytes(folder: Path) -> float:
    """What the folder holds already."""
    return float(sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())) if folder.is_dir() else 0.0


def _memory(config: RunConfig) -> tuple[bool, float | None]:
    """Whether a GPU trains, and the memory of what does, where that can be known."""
    if config.training.accelerator != "cpu" and torch.cuda.is_available():
        return True, float(torch.cuda.get_device_properties(0).total_memory)
    limits = [_system_bytes(), _limit_bytes()]
    return False, min((one for one in limits if one is not None), default=None)


def _system_bytes() -> float | None:
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None


def _limit_bytes() -> float | None:
    """What a container on Linux may have at most."""
    try:
        text = _CGROUP.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return float(text) if text.isdigit() else None
