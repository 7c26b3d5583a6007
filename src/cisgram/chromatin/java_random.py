"""The random numbers of Java's standard library, so that starts equal those of ChromHMM under the same seed."""

import numpy as np

_MULTIPLIER, _MASK = 0x5DEECE66D, (1 << 48) - 1


class JavaRandom:
    """A linear congruential generator of 48 bits, as ``java.util.Random`` is specified.

    Parameters
    ----------
    seed
        Where to begin.

    References
    ----------
    Knuth (1997), The Art of Computer Programming, volume 2, section 3.2.1.

    Examples
    --------
    >>> JavaRandom(42).doubles(2).round(6).tolist()
    [0.727564, 0.683223]
    """

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def doubles(self, n: int) -> np.ndarray:
        """The next ``n`` numbers, uniform from 0 to below 1."""
        return np.array([((self._next(26) << 27) + self._next(27)) / (1 << 53) for _ in range(n)])

    def _next(self, n_bits: int) -> int:
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - n_bits)
