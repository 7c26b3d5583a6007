"""Settings of a training: what is refused, and what may change when a training goes on."""

import math
import subprocess
import sys

import pytest

from cisgram.errors import ConfigError
from cisgram.training.config import FitConfig

REFUSED = [
    ("epochs", 0),
    ("epochs", 1.5),
    ("epochs", True),
    ("optimizer", "lion"),
    ("momentum", 1.0),
    ("accumulate", 0),
    ("recompute", 1),
    ("learning_rate", 0.0),
    ("learning_rate", -1.0),
    ("learning_rate", math.inf),
    ("learning_rate", math.nan),
    ("learning_rate", "0.1"),
    ("betas", (0.9, 1.0)),
    ("betas", (0.9,)),
    ("betas", 0.9),
    ("weight_decay", -0.1),
    ("clip_norm", -1.0),
    ("max_row_norm", -1.0),
    ("schedule", "step"),
    ("warmup_steps", -1),
    ("plateau_patience", 0),
    ("plateau_factor", 1.0),
    ("plateau_factor", 0.0),
    ("patience", -1),
    ("min_improvement", -1e-3),
    ("min_improvement", math.nan),
    ("average_decay", 1.0),
    ("precision", "16-mixed"),
    ("precision", "64-true"),
    ("seed", -1),
    ("accelerator", "tpu"),
    ("devices", 0),
    ("checkpoint_every_minutes", -1.0),
    ("checkpoint_every_steps", -1),
    ("tensorboard", 1),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_value_out_of_range_is_refused_by_name(name, value):
    config = FitConfig()
    object.__setattr__(config, name, value)  # the tests' own check of types would come before ours
    with pytest.raises(ConfigError, match=f"^{name} must be .*; got"):
        config.__post_init__()


def test_a_plateau_that_patience_never_lets_happen_is_refused():
    with pytest.raises(ConfigError, match="patience must be above plateau_patience"):
        FitConfig(schedule="plateau", patience=3, plateau_patience=3)
    FitConfig(schedule="plateau", patience=0, plateau_patience=3)
    FitConfig(schedule="constant", patience=3, plateau_patience=3)


def test_what_does_not_change_the_result_may_change_on_the_way():
    begun = FitConfig()
    changed = FitConfig(epochs=99, patience=3, devices=2, checkpoint_every_steps=7, tensorboard=True, accelerator="cpu")
    assert begun.lasting() == changed.lasting()


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": 0.5},
        {"seed": 3},
        {"clip_norm": 1.0},
        {"max_row_norm": 7.0},
        {"average_decay": 0.9},
        {"precision": "bf16-mixed"},
    ],
)
def test_what_changes_the_result_must_stay(settings):
    assert FitConfig(**settings).lasting() != FitConfig().lasting()


def test_the_number_of_epochs_must_stay_where_the_schedule_depends_on_it():
    assert FitConfig(schedule="cosine", epochs=5).lasting() != FitConfig(schedule="cosine", epochs=6).lasting()


def test_settings_are_read_without_torch():
    code = "import sys, cisgram.training.config; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_fit_is_imported_without_fabric():
    code = "import sys, cisgram.training.fit; print('lightning_fabric' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
