"""A tiny simulated cell, made once for all tests of this folder."""

from types import SimpleNamespace

import numpy as np
import pytest

from cisgram.io.tables import read_table
from cisgram.simulate.cell import CellConfig, simulate_cell
from cisgram.simulate.contig import CellContig
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.planting import Planted
from cisgram.simulate.pluripotency import pluripotency_grammar
from cisgram.simulate.sites import find_sites

NOTHING_PLANTED = Planted(
    *(
        np.zeros(0, dtype=kind)
        for kind in (np.int64, np.int64, bool, np.float64, np.int64, np.int64, np.int64, np.int64)
    )
)


@pytest.fixture(scope="session")
def grammar():
    return pluripotency_grammar()


@pytest.fixture(scope="session")
def cell(tmp_path_factory):
    config = CellConfig.preset("tiny", seed=7)
    files = simulate_cell(config, tmp_path_factory.mktemp("cell") / "tiny")
    return SimpleNamespace(config=config, files=files, instances=read_table(files.instances))


@pytest.fixture(scope="session")
def contig_of(grammar):
    """Turn codes into a contig on which nothing was planted and everything is mappable."""

    def make(codes, name="chr1"):
        sites = find_sites(codes, grammar)
        no_blocks = np.zeros((0, 2), dtype=np.int64)
        return CellContig(name, codes, no_blocks, sites, occupancies(sites, grammar), NOTHING_PLANTED)

    return make
