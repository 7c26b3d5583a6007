"""The smallest whole run of every kind: simulated files, and settings with which a step takes a second or so."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cisgram.io.files import write_text_atomic
from cisgram.models.akita import AkitaConfig
from cisgram.models.atacworks import AtacWorksConfig
from cisgram.models.basenji import BasenjiConfig
from cisgram.run.config import config_text, read_config
from cisgram.run.demo import DemoKind, simulate_demo
from cisgram.run.settings.contacts import ContactFoldingConfig


class SmallestRun(NamedTuple):
    """One kind of run."""

    demo: DemoKind
    """What is simulated for it."""
    shrink: Callable[[Any], Any]
    """The settings of the demo in, those of the smallest run out."""


def write_smallest(kind: str, folder: Path) -> Path:
    """Simulate files of a kind in a folder, and write the settings of its smallest run; returns these."""
    made = simulate_demo(KINDS[kind].demo, folder, size="tiny")
    write_text_atomic(made.config, config_text(KINDS[kind].shrink(read_config(made.config))))
    return made.config


def _profiles(config: Any) -> Any:
    return replace(
        config,
        model=replace(config.model, n_filters=4, n_dilated_layers=2, input_length=456, output_length=300),
        training=replace(config.training, epochs=3, checkpoint_every_steps=2),
        evaluation=replace(config.evaluation, n_bootstrap=5),
        contributions=replace(config.contributions, n_references=2, max_windows=60, scores=("profile",)),
        patterns=replace(config.patterns, min_seqlets=20, min_cluster_size=5, max_seqlets=100, n_leiden_runs=1),
        interactions=replace(config.interactions, n_backgrounds=2),
        tracks=config.tracks[:2],
        windows=replace(config.windows, peaks=config.windows.peaks[:2]),
    )


def _labels(config: Any) -> Any:
    return replace(
        config,
        model=replace(config.model, n_filters=(4, 4, 4), n_hidden=(4,)),
        training=replace(config.training, epochs=2, precision="32-true", checkpoint_every_steps=1),
        evaluation=replace(config.evaluation, n_bootstrap=5),
        filters=replace(config.filters, n_sequences=30),
        baselines=replace(config.baselines, penalties=()),
        single_task=replace(config.single_task, tracks=("stem",)),
    )


def _quick(config: Any) -> Any:
    """The steps of labels that take no time."""
    config = _labels(config)
    return replace(config, truth="", single_task=replace(config.single_task, tracks=()))


def _coverage(config: Any) -> Any:
    return replace(
        config,
        model=AtacWorksConfig(output_length=5_000, margin_bp=1_200, n_filters=2, n_blocks=1, n_peak_blocks=1),
        pairs=tuple(replace(pair, cells=(2,) if pair.use == "train" else ()) for pair in config.pairs),
        training=replace(config.training, epochs=2, checkpoint_every_steps=2),
        evaluation=replace(config.evaluation, cells=(2,), n_bootstrap=5, window_bp=20_000),
    )


def _contacts(config: Any) -> Any:
    model = config.model
    return replace(
        config,
        model=AkitaConfig.tiny(input_length=16 * model.bin_size, bin_size=model.bin_size),
        windows=replace(config.windows, stride_train_bp=4096, stride_held_out_bp=4096),
        training=replace(config.training, epochs=2, precision="32-true", warmup_steps=2, checkpoint_every_steps=2),
        evaluation=replace(config.evaluation, n_bootstrap=5),
        folding=ContactFoldingConfig(n_windows=2, n_draws=1, n_backgrounds=2),
    )


def _binned(config: Any) -> Any:
    model = BasenjiConfig(
        input_length=8192,
        filters=(4, 4),
        widths=(9, 3),
        pools=(16, 8),
        trunk_filters=4,
        n_trunk_blocks=2,
        crop=4,
        dilation_rate=2.0,
        head_filters=4,
    )
    return replace(
        config,
        model=model,
        training=replace(config.training, epochs=2, precision="32-true", warmup_steps=2, checkpoint_every_steps=2),
        evaluation=replace(config.evaluation, n_bootstrap=5, word_bp=2),
        distal=replace(config.distal, n_genes=3, n_draws=1),
    )


QUICK = "quick"
"""A run on labels with fewer steps, for tests that must take seconds."""

KINDS: Mapping[str, SmallestRun] = {
    "profiles": SmallestRun("binding", _profiles),
    "labels": SmallestRun("cell-types", _labels),
    "coverage": SmallestRun("atac", _coverage),
    "contacts": SmallestRun("contacts", _contacts),
    "binned": SmallestRun("expression", _binned),
    QUICK: SmallestRun("cell-types", _quick),
}
