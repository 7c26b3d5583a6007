"""From simulated reads to states: what was planted comes back."""

import numpy as np
import pytest

from cisgram.chromatin.decode import segment_states
from cisgram.chromatin.learn import learn_states
from cisgram.chromatin.mark_files import binarize_files
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.file_table import read_mark_files
from cisgram.io.tables import read_chrom_sizes
from cisgram.simulate.chromatin_cells import ChromatinConfig, planted_segmentation, simulate_chromatin
from cisgram.simulate.chromatin_states import PLANTED_STATES
from cisgram.simulate.recovery import state_recovery


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    config = ChromatinConfig.preset("tiny", seed=2)
    files = simulate_chromatin(config, tmp_path_factory.mktemp("states"))
    cells = list(binarize_files(read_mark_files(files.marks), sizes=read_chrom_sizes(files.chrom_sizes)))
    patterns = MarkPatterns.from_calls(cells[0].marks, [one for cell in cells for one in cell.contigs()])
    return patterns, {cell: planted_segmentation(files, cell) for cell in config.cell_types}


def test_planted_states_are_learned_from_reads_alone(simulated):
    patterns, planted = simulated
    model = learn_states(patterns, len(PLANTED_STATES)).model
    found = segment_states(model, patterns)
    recovery = state_recovery(planted, found)
    assert recovery.adjusted_rand > 0.85
    assert recovery.accuracy > 0.93
    states = recovery.states.set_index("state")
    assert (states["recall"] > 0.75).sum() >= 7
    assert states.loc["active promoter", "recall"] > 0.8
    moved = {
        cell: Segmentation.from_states(
            cell,
            {chrom: np.roll(one.states(chrom), len(one.states(chrom)) // 2) for chrom in one.chroms},
            n_states=one.n_states,
        )
        for cell, one in found.items()
    }
    assert state_recovery(planted, moved).adjusted_rand < 0.2  # the same segments, elsewhere
