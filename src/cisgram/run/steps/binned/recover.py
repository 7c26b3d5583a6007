"""How much of a simulated genome's regulation came back: signal without noise, genes, and what variants do."""

import logging
import shutil
from collections.abc import Mapping
from typing import Any

from cisgram.data.binned_store import open_binned
from cisgram.errors import InputError
from cisgram.io.fasta import read_genome
from cisgram.io.files import write_json_atomic
from cisgram.io.tables import write_table
from cisgram.run.folder import BinnedRun
from cisgram.run.steps.binned.genes import genes_on_genome
from cisgram.run.steps.binned.planted_genes import gene_figures
from cisgram.run.steps.binned.planted_signal import signal_figures
from cisgram.run.steps.binned.planted_variants import variant_effects
from cisgram.simulate.expression_files import ExpressionFiles

logger = logging.getLogger(__name__)


def recover(run: BinnedRun) -> Mapping[str, Any]:
    """Do the step: recovery.json, and ``recovery/variants.tsv.gz`` with effects of variants, true and predicted.

    Links of enhancers and genes are compared by the step ``distal``. Where the truth is not that of ``cisgram simulate
    --kind expression``, nothing is compared.
    """
    folder = run.folder / "recovery"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        files = ExpressionFiles.load(run.input(run.config.truth).parent)
    except InputError as error:
        logger.warning("no truth to compare with: %s", error)
        write_json_atomic(run.recovery, {})
        return {"n_variants": 0}
    genome = read_genome(run.input(run.config.genome.fasta))
    annotation = genes_on_genome(run, genome)
    found: dict[str, Any] = {"signal": signal_figures(run, open_binned(run.examples), files, genome)}
    found["genes"] = gene_figures(run, annotation, files)
    logger.info("signal and genes: done")
    found["variants"], table = variant_effects(run, annotation, files, genome)
    write_table(folder / "variants.tsv.gz", table)
    write_json_atomic(run.recovery, found)
    return {"n_variants": int(table["name"].nunique())}
