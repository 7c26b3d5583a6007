"""Which steps each kind of run has, in order, and what each depends on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cisgram.errors import InputError
from cisgram.run.config import model_name
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step, run_steps
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.steps import binned, contacts, coverage, labels, profiles
from cisgram.run.steps.report import report
from cisgram.run.trained import checkpoint_input


def _database(run: Run[Any]) -> Iterator[str]:
    yield from [run.config.motifs.database] if run.config.motifs.database else []


def _genome(run: Run[Any]) -> Iterator[str]:
    yield run.config.genome.fasta


def _truth(run: Run[Any]) -> Iterator[str]:
    yield from [run.config.truth] if run.config.truth else []


def _truth_and_genome(run: Run[Any]) -> Iterator[str]:
    yield from (*_truth(run), *_genome(run))


def _other_weights(run: Run[Any]) -> Iterator[str]:
    given = run.config.transfer.weights
    yield from [checkpoint_input(run, given)] if given else []


def _genes(run: Run[Any]) -> Iterator[str]:
    yield from [run.config.evaluation.genes] if run.config.evaluation.genes else []


def _genome_and_genes(run: Run[Any]) -> Iterator[str]:
    yield from _genome(run)
    yield from _genes(run)


def _of_distal(run: Run[Any]) -> Iterator[str]:
    yield from _genome_and_genes(run)
    yield from binned.distal_inputs(run)


def _genome_and_weights(run: Run[Any]) -> Iterator[str]:
    yield from _genome(run)
    yield from _other_weights(run)


def _genome_and_sites(run: Run[Any]) -> Iterator[str]:
    yield from _genome(run)
    yield from contacts.sites_input(run)


def _is_simulated(run: Run[Any]) -> bool:
    return bool(run.config.truth)


def _by_name(steps: Iterable[Step]) -> dict[str, Step]:
    """Steps by name, in their order, and the report of all of them at the end."""
    by_name = {step.name: step for step in steps}
    return {**by_name, "report": Step("report", report, places=("report.html",), uses=tuple(by_name))}


PROFILE_STEPS = _by_name(
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
            inputs=_genome,
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
            inputs=_database,
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
            inputs=_truth,
            version=2,
            is_wanted=_is_simulated,
        ),
    )
)
"""The steps of a run on profiles by name, in the order in which they are done."""

LABEL_STEPS = _by_name(
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
            inputs=_other_weights,
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
            inputs=_other_weights,
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
            inputs=_database,
        ),
        Step(
            "recover",
            labels.recover,
            places=("recovery.json",),
            sections=("truth", "seed"),
            needs=("prepare", "train", "filters"),
            inputs=_truth,
            is_wanted=_is_simulated,
        ),
    )
)
"""The steps of a run on labels by name, in the order in which they are done."""


COVERAGE_STEPS = _by_name(
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
            inputs=_genes,
            version=2,
        ),
        Step(
            "recover",
            coverage.recover,
            places=("recovery.json",),
            sections=("truth", "evaluation", "seed"),
            needs=("prepare", "train", "evaluate"),
            inputs=_truth,
            is_wanted=_is_simulated,
        ),
    )
)
"""The steps of a run on coverage by name, in the order in which they are done."""


CONTACT_STEPS = _by_name(
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
            inputs=_genome_and_weights,
        ),
        Step(
            "predict",
            contacts.predict,
            places=("predictions",),
            sections=("evaluation",),
            needs=("prepare", "train"),
            inputs=_genome,
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
            inputs=_truth_and_genome,
            is_wanted=_is_simulated,
        ),
    )
)
"""The steps of a run on contact maps by name, in the order in which they are done."""


BINNED_STEPS = _by_name(
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
            inputs=_genome_and_weights,
        ),
        Step(
            "predict",
            binned.predict,
            places=("predictions",),
            sections=("evaluation",),
            needs=("prepare", "train"),
            inputs=_genome,
        ),
        Step(
            "evaluate",
            binned.evaluate,
            places=("metrics.json", "evaluation"),
            sections=("evaluation", "seed"),
            needs=("prepare", "predict"),
            inputs=_genome_and_genes,
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
    )
)
"""The steps of a run on tracks in bins by name, in the order in which they are done."""


def steps_of(run: Run[Any]) -> Mapping[str, Step]:
    """Every step that this kind of run has, wanted or not."""
    return {
        ProfileRunConfig: PROFILE_STEPS,
        LabelRunConfig: LABEL_STEPS,
        CoverageRunConfig: COVERAGE_STEPS,
        ContactRunConfig: CONTACT_STEPS,
        BinnedRunConfig: BINNED_STEPS,
    }[type(run.config)]


def step_of(run: Run[Any], name: str) -> Step:
    """One step of a run.

    Raises
    ------
    InputError
        Where this kind of run has no such step.
    """
    steps = steps_of(run)
    if name not in steps:
        raise InputError(
            f"{run.folder} is a run of {model_name(run.config)}, which has no step {name!r}; it has {', '.join(steps)}"
        )
    return steps[name]


def finish(run: Run[Any]) -> list[str]:
    """Do every wanted step that is not done yet or no longer holds; returns the names of those that were done."""
    return run_steps(run, [step for step in steps_of(run).values() if step.is_wanted(run)])
