"""What a run on labels does, step by step, and what each step depends on."""

from cisgram.run import step_inputs
from cisgram.run.pipeline import Step
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.step_lists.by_name import by_name
from cisgram.run.steps import labels

LABEL_STEPS = by_name(
    (
        Step(
            "prepare",
            labels.prepare,
            places=("examples", "tracks"),
            sections=(
                "genome",
                "tracks",
                "sites",
                "sequences",
                "split",
                "calling",
                "negatives",
                "likelihood",
                "model",
                "seed",
            ),
            inputs=labels.inputs,
        ),
        Step(
            "train",
            labels.train,
            places=("checkpoints",),
            sections=("model", "batches", "likelihood", "training", "transfer", "negatives", "sites", "seed"),
            needs=("prepare",),
            inputs=step_inputs.other_weights,
        ),
        Step(
            "predict",
            labels.predict,
            places=("predictions",),
            sections=("evaluation", "likelihood"),
            needs=("prepare", "train"),
        ),
        Step(
            "baselines",
            labels.baselines,
            places=("baselines",),
            sections=("baselines",),
            needs=("prepare",),
        ),
        Step(
            "single-task",
            labels.single_task,
            places=("single_task",),
            sections=(
                "single_task",
                "model",
                "batches",
                "likelihood",
                "training",
                "transfer",
                "negatives",
                "sites",
                "evaluation",
                "seed",
            ),
            needs=("prepare",),
            inputs=step_inputs.other_weights,
            is_wanted=lambda run: bool(run.config.single_task.tracks),
        ),
        Step(
            "evaluate",
            labels.evaluate,
            places=("metrics.json", "evaluation"),
            sections=("evaluation", "likelihood", "seed"),
            needs=("prepare", "predict", "baselines"),
            uses=("single-task",),
        ),
        Step(
            "filters",
            labels.filters,
            places=("filters",),
            sections=("filters", "motifs", "likelihood", "seed"),
            needs=("prepare", "train"),
            inputs=step_inputs.database,
        ),
        Step(
            "recover",
            labels.recover,
            places=("recovery.json",),
            sections=("truth", "seed"),
            needs=("prepare", "train", "filters"),
            inputs=step_inputs.truth,
            version=2,
            is_wanted=step_inputs.is_simulated,
        ),
    ),
    settings=LabelRunConfig,
)
"""The steps of a run on labels by name, in the order in which they are done."""
