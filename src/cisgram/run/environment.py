"""What a result was made with: processor, memory, versions and threads; no names of people or machines."""

import os
import platform
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from cisgram import __version__

PACKAGES = (
    "torch",
    "lightning-fabric",
    "tangermeme",
    "modisco-lite",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "scikit-learn",
    "h5py",
    "cooler",
    "pybigtools",
    "pysam",
    "pyfaidx",
    "safetensors",
    "matplotlib",
    "jinja2",
)
"""Libraries whose versions can change a byte of a result."""

_OFTEN = 0.05
"""Seconds between two looks at the memory in use."""


@cache
def environment() -> dict[str, Any]:
    """Facts about the machine and the software that a result may depend on; plain values, the same at every call."""
    return {
        "cisgram": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "cpu": _cpu_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "n_cpus": os.cpu_count(),
        "memory_bytes": _memory_bytes(),
        "gpus": _gpus(),
        "blas": _blas(),
        "packages": {name: version_of(name) for name in PACKAGES},
    }


def threads_now() -> dict[str, int]:
    """How many threads each library would use now: sums depend on it in their last digits."""
    with threadpool_limits(limits=None):  # asking numba starts its threads, which changes those of torch
        of_numba = numba.get_num_threads()
    pools = [int(one["num_threads"]) for one in threadpool_info() if one["user_api"] == "blas"]
    return {"torch": torch.get_num_threads(), "numba": of_numba, "blas": max(pools, default=1)}


def version_of(package: str) -> str:
    """The version of a package, or ``not installed``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def without_home(text: str | os.PathLike[str]) -> str:
    """A path or a word of a command with ``~`` in the place of the home folder, whose name is a person's.

    Examples
    --------
    >>> without_home(Path.home() / "data" / "genome.fa") == str(Path("~", "data", "genome.fa"))
    True
    >>> without_home("--out"), without_home("/data/genome.fa")
    ('--out', '/data/genome.fa')
    """
    home, given = str(Path.home()), os.fspath(text)
    if len(Path(home).parts) < 2:
        return given
    return "~" if given == home else given.replace(home + os.sep, "~" + os.sep)


def command_now(arguments: Sequence[str] | None = None) -> list[str]:
    """The command that this program was started with, without the folder that it is installed in."""
    words = list(sys.argv if arguments is None else arguments) or ["python"]
    own = Path(words[0]).name
    first = "cisgram" if own in ("cisgram", "cisgram.exe", "__main__.py") else own
    return [first, *map(without_home, words[1:])]


class PeakMemory:
    """The most memory that this process held while a block ran."""

    def __init__(self) -> None:
        self.n_bytes = 0
        """0 where the system does not tell."""

    def note(self, n_bytes: int) -> None:
        """Take a measurement into account."""
        self.n_bytes = max(self.n_bytes, n_bytes)


@contextmanager
def peak_memory() -> Iterator[PeakMemory]:
    """Watch the memory of this process while the block runs.

    The highest value that the system itself keeps is of the whole life of a process. Where it rose during the block it
    is the answer; else the memory is looked at every twentieth of a second, which may miss a short rise below it.
    """
    peak, is_over, before = PeakMemory(), threading.Event(), _status("VmHWM")

    def watch() -> None:
        while not is_over.wait(_OFTEN):
            peak.note(_status("VmRSS"))

    peak.note(_status("VmRSS"))
    watcher = threading.Thread(target=watch, name="cisgram-memory", daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()
        highest = _status("VmHWM")
        peak.note(highest if highest > before else _status("VmRSS"))


def _status(name: str) -> int:
    """A size that Linux tells of this process, in bytes; 0 on other systems."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _gpus() -> list[dict[str, Any]]:
    if not torch.cuda.is_available():
        return []
    every = [torch.cuda.get_device_properties(number) for number in range(torch.cuda.device_count())]
    return [{"name": one.name, "memory_bytes": one.total_memory, "cuda": torch.version.cuda} for one in every]


def _blas() -> dict[str, str]:
    """The libraries of linear algebra that NumPy and torch were built with."""
    numpy_build: Any = np.show_config(mode="dicts") or {}
    own = numpy_build.get("Build Dependencies", {}).get("blas", {})
    lines = [line.strip(" -") for line in torch.__config__.show().splitlines()]
    of_torch = [
        line.split(" for ")[0].split(" (Git")[0] for line in lines if "Math Kernel Library" in line or "MKL-DNN" in line
    ]
    return {"numpy": f"{own.get('name', 'unknown')} {own.get('version', '')}".strip(), "torch": "; ".join(of_torch)}
