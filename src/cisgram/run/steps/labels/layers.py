"""What units of deeper layers look for, and which filters of the first layer that is made of."""

import logging
from collections.abc import Mapping

import pandas as pd

from cisgram import arrays
from cisgram.interpret.layer_motifs import layer_motifs
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_table
from cisgram.models.basset import Basset
from cisgram.run.folder import LabelRun

logger = logging.getLogger(__name__)


def describe_layers(run: LabelRun, model: Basset, codes: arrays.Codes, *, names: Mapping[int, str]) -> int:
    """Write filters/layers.tsv, layer_filters.tsv and layers.meme, and say how many units they are about.

    Parameters
    ----------
    run
        Its ``[filters]`` say how many units and stretches.
    model
        Trained.
    codes
        Sequences that the model has not seen.
    names
        Of the first layer's filters; empty where nothing is known that is like them.
    """
    config = run.config.filters
    if config.n_deep_units == 0:
        return 0
    n_layers = len(model.convolutions) + len(model.dense)
    found = [
        layer_motifs(model, codes, layer=layer, n_stretches=config.n_stretches, n_units=config.n_deep_units)
        for layer in range(2, n_layers + 1)
    ]
    units = pd.concat([one.units for one in found], ignore_index=True)
    there = [one.filters for one in found if len(one.filters)] or [found[0].filters]
    filters = pd.concat(there, ignore_index=True)
    folder = run.folder / "filters"
    write_table(folder / "layers.tsv", units)
    write_table(folder / "layer_filters.tsv", filters.assign(name=filters["filter"].map(names).fillna("")))
    if motifs := [motif for one in found for motif in one.motifs]:
        write_meme(folder / "layers.meme", motifs)
    logger.info("%d units of deeper layers, %d with a motif", len(units), len(motifs))
    return len(units)
