"""What a run on coverage does, step by step, and what each step depends on."""

from cisgram.run import step_inputs
from cisgram.run.pipeline import Step
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.step_lists.by_name import by_name
from cisgram.run.steps import coverage

COVERAGE_STEPS = by_name(
    (
        Step(
            "prepare",
            coverage.prepare,
            places=("examples",),
            sections=("contigs", "coverage", "pairs", "peaks", "split", "trained", "model", "evaluation", "seed"),
            inputs=coverage.inputs,
        ),
        Step(
            "train",
            coverage.train,
            places=("checkpoints",),
            sections=("trained", "model", "batches", "likelihood", "training", "seed"),
            needs=("prepare",),
            inputs=coverage.adopted_input,
        ),
        Step(
            "evaluate",
            coverage.evaluate,
            places=("metrics.json", "evaluation"),
            sections=("evaluation", "peaks", "seed"),
            needs=("prepare", "train"),
            inputs=step_inputs.genes,
            version=2,
        ),
        Step(
            "recover",
            coverage.recover,
            places=("recovery.json",),
            sections=("truth", "evaluation", "seed"),
            needs=("prepare", "train", "evaluate"),
            inputs=step_inputs.truth,
            is_wanted=step_inputs.is_simulated,
        ),
    ),
    settings=CoverageRunConfig,
    also_checked=step_inputs.genes,
)
"""The steps of a run on coverage by name, in the order in which they are done."""
