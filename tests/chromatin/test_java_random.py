"""Java's random numbers, beside values that Java gives."""

import pytest

from cisgram.chromatin.java_random import JavaRandom


def test_numbers_are_those_of_java():
    # new java.util.Random(0) and new java.util.Random(42), nextDouble()
    assert JavaRandom(0).doubles(2).tolist() == [0.730967787376657, 0.24053641567148587]
    assert JavaRandom(42).doubles(2).tolist() == [0.7275636800328681, 0.6832234717598454]


def test_drawing_one_by_one_is_drawing_all_at_once():
    draws = JavaRandom(7)
    assert [float(draws.doubles(1)[0]) for _ in range(3)] == pytest.approx(JavaRandom(7).doubles(3).tolist(), abs=0)
