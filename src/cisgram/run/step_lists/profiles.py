"""What a run on profiles does, step by step, and what each step depends on."""

from cisgram.run import step_inputs
from cisgram.run.pipeline import Step
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.step_lists.by_name import by_name
from cisgram.run.steps import profiles

PROFILE_STEPS = by_name(
    (
        Step(
            "prepare",
            profiles.prepare,
            places=("examples", "tracks"),
            sections=("genome", "tracks", "control", "windows", "negatives", "split", "model", "seed"),
            inputs=profiles.inputs,
        ),
        Step(
            "train",
            profiles.train,
            places=("checkpoints",),
            sections=("model", "batches", "likelihood", "training", "negatives", "windows", "seed"),
            needs=("prepare",),
        ),
        Step(
            "predict",
            profiles.predict,
            places=("predictions",),
            sections=("evaluation",),
            needs=("prepare", "train"),
            inputs=step_inputs.genome,
        ),
        Step(
            "evaluate",
            profiles.evaluate,
            places=("metrics.json",),
            sections=("evaluation", "seed"),
            needs=("prepare", "predict"),
            version=2,
        ),
        Step(
            "contributions",
            profiles.contributions,
            places=("contributions.h5",),
            sections=("contributions", "seed"),
            needs=("prepare", "train"),
        ),
        Step(
            "patterns",
            profiles.patterns,
            places=("patterns.h5", "motifs"),
            sections=("patterns", "motifs"),
            needs=("contributions",),
            inputs=step_inputs.database,
        ),
        Step(
            "grammar",
            profiles.grammar,
            places=("grammar",),
            sections=("grammar", "contributions", "motifs", "seed"),
            needs=("prepare", "predict", "contributions", "patterns"),
            version=3,
        ),
        Step(
            "interactions",
            profiles.interactions,
            places=("interactions",),
            sections=("interactions", "seed"),
            needs=("prepare", "train", "contributions", "patterns", "grammar"),
        ),
        Step(
            "recover",
            profiles.recover,
            places=("recovery.json",),
            sections=("truth", "seed"),
            needs=("prepare", "contributions", "patterns", "grammar", "interactions"),
            inputs=step_inputs.truth,
            version=3,
            is_wanted=step_inputs.is_simulated,
        ),
    ),
    settings=ProfileRunConfig,
)
"""The steps of a run on profiles by name, in the order in which they are done."""
