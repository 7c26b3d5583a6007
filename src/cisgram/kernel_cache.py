"""A place for compiled kernels where neither the package nor the home folder may be written to."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_NAMED = "NUMBA_CACHE_DIR"


def ensure_kernel_cache() -> None:
    """Make sure that numba finds a folder for compiled kernels; without one it refuses to define them at all.

    It looks beside the source and in the cache folder of the home. Where both are read-only (a package that an
    administrator installed, a job without a home), kernels are compiled into a private temporary folder that is
    removed at the end; processes started by this one share it. To keep them, set ``NUMBA_CACHE_DIR``. To be called
    before numba is imported.
    """
    if os.environ.get(_NAMED):
        return
    of_home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~", ".cache").expanduser())
    if any(_may_be_written(place) for place in (Path(__file__).parent / "__pycache__", of_home / "numba")):
        return
    # Not a folder of a known name: others could put their own code into it.
    folder, process = tempfile.mkdtemp(prefix="cisgram-kernels-"), os.getpid()
    os.environ[_NAMED] = folder
    atexit.register(lambda: os.getpid() == process and shutil.rmtree(folder, ignore_errors=True))


def _may_be_written(folder: Path) -> bool:
    """Whether a folder is writable, or could be made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
