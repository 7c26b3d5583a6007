"""What a run on tracks in bins does, step by step, and what each step depends on."""

from collections.abc import Iterator
from typing import Any

from cisgram.run import step_inputs
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.step_lists.by_name import by_name
from cisgram.run.steps import binned


def _of_distal(run: Run[Any]) -> Iterator[str]:
    yield from step_inputs.genome_and_genes(run)
    yield from binned.distal_inputs(run)


BINNED_STEPS = by_name(
    (
        Step(
            "prepare",
            binned.prepare,
            places=("examples",),
            sections=("genome", "tracks", "track_table", "windows", "targets", "split", "model", "seed"),
            inputs=binned.inputs,
        ),
        Step(
            "train",
            binned.train,
            places=("checkpoints",),
            sections=("model", "batches", "windows", "likelihood", "training", "transfer", "seed"),
            needs=("prepare",),
            inputs=step_inputs.genome_and_weights,
        ),
        Step(
            "predict",
            binned.predict,
            places=("predictions",),
            sections=("evaluation.average_strands", "evaluation.jitters_bp"),
            needs=("prepare", "train"),
            inputs=step_inputs.genome,
        ),
        Step(
            "evaluate",
            binned.evaluate,
            places=("metrics.json", "evaluation"),
            sections=("evaluation", "seed"),
            needs=("prepare", "predict"),
            inputs=step_inputs.genome_and_genes,
        ),
        Step(
            "distal",
            binned.distal,
            places=("distal",),
            sections=("distal", "evaluation", "truth", "seed"),
            needs=("prepare", "train", "evaluate"),
            inputs=_of_distal,
            is_wanted=binned.is_asked,
        ),
        Step(
            "recover",
            binned.recover,
            places=("recovery.json", "recovery"),
            sections=("truth", "evaluation", "seed"),
            needs=("prepare", "train", "predict", "evaluate"),
            inputs=step_inputs.truth_and_genome_and_genes,
            is_wanted=step_inputs.is_simulated,
        ),
    ),
    settings=BinnedRunConfig,
    also_checked=step_inputs.genes,
)
"""The steps of a run on tracks in bins by name, in the order in which they are done."""
