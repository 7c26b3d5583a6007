"""``cisgram states learn``: from marks in bins to a model of states, segments of every cell type, and one page."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, Session, session
from cisgram.cli.states.options import Anchors, BinSize, Cells, ChromSizes, Genes, Locus, Sets

if TYPE_CHECKING:
    from cisgram.chromatin.choice import ModelChoice
    from cisgram.chromatin.learn import LearnConfig, LearnedStates
    from cisgram.cli.states.marks import Marks
    from cisgram.cli.states.results import Asked
    from cisgram.genomics.mark_patterns import MarkPatterns
    from cisgram.genomics.segmentation import Segmentation
    from cisgram.report.state_results import StateResults


def learn(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="Folder of CELL_CONTIG_binary.txt files, or a table of cell type, mark, file and control "
            "(ChromHMM's cellmarkfiletable), which is binarised first.",
        ),
    ],
    states: Annotated[
        str, typer.Option("--states", "-k", help="Number of states: 10; or sizes to choose from: 5-15, or 5,8,10.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for models, segments, tables and report.html.")],
    take: Annotated[
        int | None, typer.Option("--take", help="Of several sizes, take this one, whatever is suggested.")
    ] = None,
    init: Annotated[
        str,
        typer.Option("--init", help="Start from the marks (information), random, or a model_N.txt (ChromHMM's load)."),
    ] = "information",
    restarts: Annotated[
        int, typer.Option("--restarts", min=0, help="So many more random starts; the most likely model is kept.")
    ] = 0,
    em: Annotated[
        Literal["batch", "incremental"],
        typer.Option("--em", help="Model changes after every pass (ChromHMM with -p), or contig (without)."),
    ] = "batch",
    max_iterations: Annotated[int, typer.Option("--max-iterations", "-r", min=1, help="Passes at most.")] = 200,
    tolerance: Annotated[
        float, typer.Option("--tolerance", "-d", help="Stop when the log-likelihood gains less (ChromHMM: 0.001).")
    ] = 1e-3,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Of random starts and the order of contigs.")] = 999,
    order: Annotated[
        Literal["emission", "transition", "none"], typer.Option("--order", help="What states are ordered by.")
    ] = "emission",
    bin_size: BinSize = 200,
    chrom_sizes: ChromSizes = None,
    cells: Cells = None,
    chroms: Annotated[list[str] | None, typer.Option("--chroms", help="Learn and segment only these contigs.")] = None,
    viterbi: Annotated[
        bool, typer.Option("--viterbi", help="Segments are the most probable path, not the best state of each bin.")
    ] = False,
    posteriors: Annotated[bool, typer.Option("--posteriors", help="Write a bigWig per state and cell type.")] = False,
    sets: Sets = None,
    anchors: Anchors = None,
    locus: Locus = None,
    genes: Genes = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="truth.json of a simulation: how much of it comes back.")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Learn chromatin states from histone marks, segment every cell type, and say what the states mean.

    Writes model_N.txt, emissions_N.txt, transitions_N.txt, CELL_N_segments.bed and CELL_N_dense.bed as ChromHMM does,
    suggested names, tables, pictures, states.json (settings, versions, hashes) and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.chromatin.baum_welch import EMConfig
        from cisgram.chromatin.learn import LearnConfig
        from cisgram.chromatin.posterior_files import write_posterior_tracks
        from cisgram.chromatin.state_folder import claim_state_folder, finish_state_folder
        from cisgram.cli.coverage_options import read_sizes
        from cisgram.cli.states.marks import parse_sizes, read_marks
        from cisgram.cli.states.results import Asked

        start: Literal["information", "random"] = "random" if init == "random" else "information"
        rules = EMConfig(method=em, max_iterations=max_iterations, tolerance=tolerance)
        config = LearnConfig(start=start, n_starts=restarts + 1, seed=seed, order_by=order, em=rules)
        plan = _Plan(parse_sizes(states), take, None if init in ("information", "random") else Path(init), config)
        plan.check()
        asked = Asked(sets or [], anchors or [], locus or [], genes, truth)
        claim_state_folder(out, "learn")
        where = {"out": out, "bin_size": bin_size, "chrom_sizes": chrom_sizes}
        marks = read_marks(source, **where, cells=cells, chroms=chroms)
        learned, choice = _learn(marks.patterns, plan)
        results = _results(marks, learned, choice, asked, "viterbi" if viterbi else "posterior")
        _write(out, results, learned, choice, spoken)
        if posteriors:
            sizes = None if chrom_sizes is None else read_sizes(chrom_sizes)
            write_posterior_tracks(out, learned.model, marks.patterns, sizes=sizes)
        if truth is not None:
            _tell_recovery(out, truth, results.segmentations, spoken)
        about = {"settings": {**results.settings, "learning": asdict(config)}, "inputs": results.inputs}
        finish_state_folder(out, "learn", {**about, "result": spoken.result})
        spoken.say(f"report: {out / 'report.html'}")


class _Plan(NamedTuple):
    """What is to be learned."""

    sizes: tuple[int, ...]
    take: int | None
    model: Path | None
    config: "LearnConfig"

    def check(self) -> None:
        """Refuse what contradicts itself before anything is read."""
        from cisgram.errors import ConfigError

        if self.take is not None and self.take not in self.sizes:
            raise ConfigError(f"--take must be one of --states ({', '.join(map(str, self.sizes))}); got {self.take}")
        if self.model is not None and len(self.sizes) > 1:
            raise ConfigError("a model to start from has one number of states; give it as --states")


def _learn(patterns: "MarkPatterns", plan: _Plan) -> "tuple[LearnedStates, ModelChoice | None]":
    """The model that is taken, and the other sizes."""
    from cisgram.chromatin.choice import choose_n_states
    from cisgram.chromatin.learn import learn_states
    from cisgram.cli.states.marks import learning_pace
    from cisgram.io.chromhmm.model import read_state_model

    pace = learning_pace(plan.config.em.max_iterations)
    if len(plan.sizes) > 1:
        choice = choose_n_states(patterns, plan.sizes, plan.config, on_progress=pace)
        return choice.models[plan.take or choice.suggested], choice
    start = None if plan.model is None else read_state_model(plan.model)
    if start is not None and set(start.marks) == set(patterns.marks):
        patterns = patterns.with_marks(start.marks)
    size = max(plan.sizes)  # the only one
    return learn_states(patterns, size, plan.config, start=start, on_progress=partial(pace, f"{size} states")), None


def _results(
    marks: "Marks",
    learned: "LearnedStates",
    choice: "ModelChoice | None",
    asked: "Asked",
    method: Literal["viterbi", "posterior"],
) -> "StateResults":
    """Segment every cell type, and compare with what was asked for."""
    from cisgram.chromatin.decode import segment_states
    from cisgram.cli.states.results import comparisons
    from cisgram.io.files import sha256_of
    from cisgram.report.state_results import StateResults

    cells = list(segment_states(learned.model, marks.patterns, method=method).values())
    starts = sorted(learned.trace["start"].unique().tolist())
    trace = learned.trace.set_index("start")["log_likelihood"]
    return StateResults(
        title="Chromatin states",
        model=learned.model,
        segmentations=cells,
        patterns=marks.patterns,
        traces={f"start {number + 1}": trace.loc[[number]].tolist() for number in starts},
        choice=None if choice is None else choice.table,
        settings={"method": method, **_settings(learned, choice)},
        inputs={**marks.inputs, **{str(path): sha256_of(path) for path in asked.files}},
        **comparisons(learned.model, cells, asked),
    )


def _write(
    out: Path, results: "StateResults", learned: "LearnedStates", choice: "ModelChoice | None", spoken: Session
) -> None:
    """Models, segments, tables, pictures, the page; the main figures for people."""
    from cisgram.chromatin.state_folder import learned_record, write_learned_models
    from cisgram.io.tables import write_table
    from cisgram.report.state_folder import write_state_results

    write_learned_models(out, [learned] if choice is None else choice.models.values())
    written = write_state_results(out, results, order_by=learned.model.order_by)
    write_table(out / "trace.tsv", learned.trace, provenance={"cisgram": __version__})
    spoken.result = {"out": str(out), **learned_record(learned), **written}
    ended = "converged" if learned.has_converged else "not converged"
    spoken.say(
        f"{learned.model.n_states} states, {learned.n_iterations} passes ({ended}), "
        f"log-likelihood {learned.log_likelihood:,.2f}"
    )
    if choice is not None:
        spoken.result |= {"suggested": choice.suggested, "reason": choice.reason}
        spoken.say(choice.reason)
    spoken.say("states: " + ", ".join(f"{one.state + 1} {one.label}" for one in results.names))


def _tell_recovery(out: Path, truth: Path, cells: "Sequence[Segmentation]", spoken: Session) -> None:
    """How much of a simulation's truth came back."""
    from cisgram.cli.states.results import recovered
    from cisgram.io.tables import write_table

    recovery = recovered(truth, cells)
    write_table(out / "recovered.tsv", recovery.states, provenance={"truth": truth})
    spoken.result |= {"adjusted_rand": recovery.adjusted_rand, "accuracy": recovery.accuracy}
    spoken.say(
        f"planted states: adjusted Rand index {recovery.adjusted_rand:.3f}, {recovery.accuracy:.1%} of bins in the "
        "state that is matched to theirs"
    )


def _settings(learned: "LearnedStates", choice: "ModelChoice | None") -> dict[str, Any]:
    """What the page and the record say about how the model came about."""
    told = {"cisgram": __version__, "states": learned.model.n_states, "passes": learned.n_iterations}
    told |= {"converged": learned.has_converged, "best_start": learned.best_start + 1}
    return told if choice is None else {**told, "suggested_states": choice.suggested, "reason": choice.reason}
