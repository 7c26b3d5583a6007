"""Numbers that look random but depend on a text or a seed alone: what draws reads and cells the same way every time."""

import zlib

import numpy as np
from numba import njit

_TO_UNIT = 1.0 / (1 << 53)


@njit(cache=True)
def hash_bytes(text: np.ndarray, start: int, end: int) -> np.uint64:
    """A 64-bit number made of the bytes of ``text[start:end]`` (FNV-1a)."""
    value = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        value = (value ^ np.uint64(text[i])) * np.uint64(0x100000001B3)
    return value


@njit(cache=True)
def mixed(value: np.uint64) -> np.uint64:
    """Spread the bits of a 64-bit number, so that neighbours have nothing in common (splitmix64; Steele 2014)."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True)
def unit_value(key: np.uint64, seed_key: np.uint64) -> float:
    """A number in [0, 1) that a key draws under a seed; of another seed, an independent one."""
    return np.float64(mixed(key ^ seed_key) >> np.uint64(11)) * _TO_UNIT


@njit(cache=True)
def numbered_keys(first: int, n: int, base: np.uint64) -> np.ndarray:
    """Keys of ``n`` things that are told apart by their number alone, from number ``first`` on."""
    keys = np.empty(n, dtype=np.uint64)
    for i in range(n):
        keys[i] = mixed(base + np.uint64(first + i))
    return keys


def key_of(*names: str | int) -> np.uint64:
    """A 64-bit number made of names and numbers, e.g. of a seed and what it is for.

    Examples
    --------
    >>> len({int(key) for key in (key_of("reads", 1), key_of("reads", 1), key_of("reads", 2))})
    2
    """
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.SeedSequence(words).generate_state(1, np.uint64)[0]
