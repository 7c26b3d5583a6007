"""Random streams by name, so that adding a track or a contig changes no other one."""

import zlib

import numpy as np


def named_stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that depends on the seed and on nothing but the names.

    Parameters
    ----------
    seed
        Seed of the whole simulation, 0 or more.
    *names
        What the stream is for, e.g. ``"reads", "chr1", "Nanog", 1``.

    Returns
    -------
    numpy.random.Generator
        Always at its beginning.

    Examples
    --------
    >>> float(named_stream(1, "reads", "chr1").random()) == float(named_stream(1, "reads", "chr1").random())
    True
    >>> float(named_stream(1, "reads", "chr1").random()) == float(named_stream(1, "reads", "chr2").random())
    False
    """
    keys = tuple(zlib.crc32(str(name).encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=keys))
