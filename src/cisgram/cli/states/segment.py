"""``cisgram states segment``: the states of a model in cell types that it was not learned from."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session
from cisgram.cli.states.options import Anchors, BinSize, Cells, ChromSizes, Genes, Locus, Sets


def segment(
    model: Annotated[Path, typer.Argument(help="model_N.txt, of cisgram or ChromHMM.")],
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="Folder of CELL_CONTIG_binary.txt files, or a table of files of reads to binarise."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for segments, tables, pictures and report.html.")],
    viterbi: Annotated[
        bool, typer.Option("--viterbi", help="The most probable path, not the best state of each bin.")
    ] = False,
    posteriors: Annotated[bool, typer.Option("--posteriors", help="Write a bigWig per state and cell type.")] = False,
    text_posteriors: Annotated[
        bool, typer.Option("--text-posteriors", help="Write probabilities of all bins as ChromHMM's text files.")
    ] = False,
    bin_size: BinSize = 200,
    chrom_sizes: ChromSizes = None,
    cells: Cells = None,
    chroms: Annotated[list[str] | None, typer.Option("--chroms", help="Only these contigs (a,b).")] = None,
    sets: Sets = None,
    anchors: Anchors = None,
    locus: Locus = None,
    genes: Genes = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Give every bin a state of a model that is there already (ChromHMM's MakeSegmentation).

    Marks are found by name; those that a cell type lacks count as not measured. Writes CELL_N_segments.bed,
    CELL_N_dense.bed, probabilities where they are asked for (CELL_N_E1.bw and so on), tables, and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.chromatin.decode import segment_states
        from cisgram.chromatin.posterior_files import write_posterior_text, write_posterior_tracks
        from cisgram.chromatin.state_folder import claim_state_folder, finish_state_folder
        from cisgram.cli.coverage_options import read_sizes
        from cisgram.cli.states.marks import read_marks
        from cisgram.cli.states.results import Asked, comparisons
        from cisgram.io.chromhmm.model import read_state_model
        from cisgram.io.files import sha256_of
        from cisgram.report.state_folder import write_state_results
        from cisgram.report.state_results import StateResults

        states = read_state_model(model)
        claim_state_folder(out, "segment")
        where = {"out": out, "bin_size": bin_size, "chrom_sizes": chrom_sizes}
        marks = read_marks(source, **where, cells=cells, chroms=chroms)
        method: Literal["viterbi", "posterior"] = "viterbi" if viterbi else "posterior"
        found = list(segment_states(states, marks.patterns, method=method).values())
        asked = Asked(sets or [], anchors or [], locus or [], genes)
        results = StateResults(
            title="Chromatin states",
            model=states,
            segmentations=found,
            patterns=marks.patterns,
            settings={"method": method, "cisgram": __version__},
            inputs={**marks.inputs, **{str(path): sha256_of(path) for path in (model, *asked.files)}},
            **comparisons(states, found, asked),
        )
        written = write_state_results(out, results, order_by=states.order_by)
        sizes = None if chrom_sizes is None else read_sizes(chrom_sizes)
        tracks = write_posterior_tracks(out, states, marks.patterns, sizes=sizes) if posteriors else ()
        tracks += write_posterior_text(out, states, marks.patterns) if text_posteriors else ()
        spoken.result = {
            "out": str(out),
            "cells": [one.cell for one in found],
            "n_states": states.n_states,
            "posteriors": [path.name for path in tracks],
            **written,
        }
        about = {"settings": dict(results.settings), "inputs": dict(results.inputs)}
        finish_state_folder(out, "segment", {**about, "result": spoken.result})
        for one in found:
            spoken.say(f"{one.cell}: {len(one.segments):,} segments")
        spoken.say(f"report: {out / 'report.html'}")
