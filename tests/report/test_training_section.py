"""The page says what was done about jumps of the loss, and nothing where there were none."""

import pandas as pd

from cisgram.report.results import RunResults
from cisgram.report.sections.training import training

HISTORY = pd.DataFrame(
    {"epoch": [1, 2, 3], "steps": [40, 80, 120], "train_loss": [3.0, 2.0, 1.0], "valid_loss": [3.0, 2.0, 1.5]}
)


def section(tmp_path, history):
    return training(RunResults(tmp_path, {}, {"steps": {}}, None, history, [], None))


def test_a_training_without_jumps_has_one_finding(tmp_path):
    assert len(section(tmp_path, HISTORY).findings) == 1
    assert len(section(tmp_path, HISTORY.assign(spikes=0, left_out_steps=0)).findings) == 1


def test_jumps_are_told_with_their_epochs_and_steps(tmp_path):
    told = section(tmp_path, HISTORY.assign(spikes=[0, 2, 1], left_out_steps=[0, 2, 2])).findings[1]
    assert told.startswith(
        "The loss jumped 3 times in training, in epochs 2, 3, and training went back to before it: 4 of 120"
    )
