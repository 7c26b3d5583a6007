"""What every test runs under: checked array shapes, one thread, and the real data where they are."""

import inspect
import os
import sys
from pathlib import Path
from types import ModuleType

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side; threads that fight are slower

import hypothesis
import numba
import pytest
from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

# The first call of a kernel compiles it, which says nothing about the example at hand; and the same
# examples on every machine make a failure one that anybody can repeat.
hypothesis.settings.register_profile("cisgram", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("cisgram")


def unwrap_before_compiling(njit):
    """Let numba see our kernels themselves: it cannot compile the wrapper that checks shapes."""

    def plain(function):
        return inspect.unwrap(function) if function.__module__.startswith("cisgram.") else function

    def wrapped_njit(*args, **options):
        if args and callable(args[0]):
            return njit(plain(args[0]), **options)
        return lambda function: njit(*args, **options)(plain(function))

    return wrapped_njit


numba.njit = unwrap_before_compiling(numba.njit)

# The hook takes the name of a decorator: ours lets an int stand for a float, as every type checker does.
checker = ModuleType("cisgram_checker")
checker.checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
sys.modules["cisgram_checker"] = checker
install_import_hook("cisgram", "cisgram_checker.checked")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of measured data; a test that asks for it is skipped where there is none."""
    beside_checkout = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("CISGRAM_DATA", beside_checkout))
    if not folder.is_dir():
        pytest.skip(f"the measured data are not here: no folder {folder} (set CISGRAM_DATA)")
    return folder
