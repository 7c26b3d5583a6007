"""What a run on contact maps does, step by step, and what each step depends on."""

from collections.abc import Iterator
from typing import Any

from cisgram.run import step_inputs
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.step_lists.by_name import by_name
from cisgram.run.steps import contacts


def _genome_and_sites(run: Run[Any]) -> Iterator[str]:
    yield from step_inputs.genome(run)
    yield from contacts.sites_input(run)


CONTACT_STEPS = by_name(
    (
        Step(
            "prepare",
            contacts.prepare,
            places=("examples",),
            sections=("genome", "maps", "windows", "targets", "split", "model", "seed"),
            inputs=contacts.inputs,
        ),
        Step(
            "train",
            contacts.train,
            places=("checkpoints",),
            sections=("model", "batches", "training", "transfer", "seed"),
            needs=("prepare",),
            inputs=step_inputs.genome_and_weights,
        ),
        Step(
            "predict",
            contacts.predict,
            places=("predictions",),
            sections=("evaluation",),
            needs=("prepare", "train"),
            inputs=step_inputs.genome,
        ),
        Step(
            "evaluate",
            contacts.evaluate,
            places=("metrics.json", "evaluation"),
            sections=("evaluation", "sites", "seed"),
            needs=("prepare", "predict"),
            inputs=contacts.sites_input,
        ),
        Step(
            "folding",
            contacts.folding,
            places=("folding",),
            sections=("folding", "sites", "evaluation", "batches", "seed"),
            needs=("prepare", "train"),
            inputs=_genome_and_sites,
            is_wanted=contacts.is_asked,
        ),
        Step(
            "recover",
            contacts.recover,
            places=("recovery.json",),
            sections=("truth", "sites", "evaluation", "seed"),
            needs=("prepare", "train", "predict", "evaluate"),
            inputs=step_inputs.truth_and_genome,
            version=2,
            is_wanted=step_inputs.is_simulated,
        ),
    ),
    settings=ContactRunConfig,
    also_checked=contacts.sites_input,
)
"""The steps of a run on contact maps by name, in the order in which they are done."""
