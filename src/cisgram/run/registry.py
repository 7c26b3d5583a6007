"""Which steps a run has, in order, and what each depends on."""

from collections.abc import Iterator

from cisgram.run.folder import Run
from cisgram.run.pipeline import Step, run_steps
from cisgram.run.steps.contributions import contributions
from cisgram.run.steps.evaluate import evaluate
from cisgram.run.steps.patterns import patterns
from cisgram.run.steps.predict import predict
from cisgram.run.steps.prepare import inputs, prepare
from cisgram.run.steps.recover import recover
from cisgram.run.steps.report import report
from cisgram.run.steps.train import train


def _database(run: Run) -> Iterator[str]:
    yield from [run.config.motifs.database] if run.config.motifs.database else []


def _genome(run: Run) -> Iterator[str]:
    yield run.config.genome.fasta


def _truth(run: Run) -> Iterator[str]:
    yield from [run.config.truth] if run.config.truth else []


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "prepare",
            prepare,
            places=("examples", "tracks"),
            sections=("genome", "tracks", "control", "windows", "negatives", "split", "model", "seed"),
            inputs=inputs,
        ),
        Step(
            "train",
            train,
            places=("checkpoints",),
            sections=("model", "batches", "likelihood", "training", "negatives", "windows", "seed"),
            needs=("prepare",),
        ),
        Step(
            "predict",
            predict,
            places=("predictions",),
            sections=("evaluation",),
            needs=("prepare", "train"),
            inputs=_genome,
        ),
        Step(
            "evaluate",
            evaluate,
            places=("metrics.json",),
            sections=("evaluation", "seed"),
            needs=("prepare", "predict"),
        ),
        Step(
            "contributions",
            contributions,
            places=("contributions.h5",),
            sections=("contributions", "seed"),
            needs=("prepare", "train"),
        ),
        Step(
            "patterns",
            patterns,
            places=("patterns.h5", "motifs"),
            sections=("patterns", "motifs"),
            needs=("contributions",),
            inputs=_database,
        ),
        Step(
            "recover",
            recover,
            places=("recovery.json",),
            sections=("truth", "seed"),
            needs=("prepare", "contributions", "patterns"),
            inputs=_truth,
        ),
        Step(
            "report",
            report,
            places=("report.html",),
            uses=("prepare", "train", "predict", "evaluate", "contributions", "patterns", "recover"),
        ),
    )
}
"""Every step by its name, in the order in which a run does them."""


def finish(run: Run) -> list[str]:
    """Do every step that is not done yet or no longer holds; returns the names of those that were done.

    ``recover`` is for simulated cells alone, which say so by ``truth``.
    """
    return run_steps(run, [step for name, step in STEPS.items() if name != "recover" or run.config.truth])
