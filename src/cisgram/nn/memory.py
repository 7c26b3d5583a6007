"""Keep memory that was freed, so that a training step need not ask the system for it anew."""

import ctypes
import platform
import sys

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # numbers of the options in glibc's malloc.h


def keep_freed_memory() -> bool:
    """Let this process keep large blocks of memory that it frees, and use them again.

    By default glibc takes every block above 32 MB, such as the activations of a batch, from the system and
    gives it back when it is freed; the system then fills each with zeros again, page by page, and a training
    step on the CPU waits for that. Afterwards the process holds on to the most that it ever needed until it
    ends. Only Linux with glibc has the option; elsewhere, nothing happens.

    Returns
    -------
    bool
        Whether it worked.

    Examples
    --------
    >>> keep_freed_memory() in (True, False)
    True
    """
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        return False
    set_option = ctypes.CDLL(None).mallopt
    no_mapping = set_option(ctypes.c_int(_MMAP_MAX), ctypes.c_int(0))
    no_trimming = set_option(ctypes.c_int(_TRIM_THRESHOLD), ctypes.c_int(-1))
    return bool(no_mapping and no_trimming)
