"""Pages of single variants, with maps of the bases around them."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.experiments.saturation import gradient_effects, mutate_all
from cisgram.interpret.scores import SCORES, SCORES_OF_MODEL
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.outputs import predicts_measurements
from cisgram.io.file_names import file_name_from
from cisgram.report.variants.results import VariantPage, VariantResults
from cisgram.report.variants.single import page_rows, write_variant_page
from cisgram.run.variants.pictures import AllelePictures
from cisgram.run.variants.question import LONG_BP
from cisgram.run.variants.variant_set import AlleleWindows

_LOG = logging.getLogger(__name__)

FOLDER = "variants"
"""Of the pages, beside the page of all."""

_BATCH = 64


class Shown(NamedTuple):
    """What is drawn of one variant."""

    index: int
    pictures: AllelePictures
    windows: AlleleWindows


def page_names(table: pd.DataFrame, chosen: Sequence[int]) -> dict[int, str]:
    """Address of each variant's page: its name where it has one, else its place; each once."""
    firsts = table.drop_duplicates("index").set_index("index")
    found: dict[int, str] = {}
    for index in chosen:
        name, variant = str(firsts["name"][index]), str(firsts["variant"][index])
        plain = file_name_from(variant if name in ("", ".") else name, otherwise="variant")
        taken = {address.casefold() for address in found.values()}
        address = f"{FOLDER}/{plain}.html"
        found[index] = f"{FOLDER}/{plain}.{index}.html" if address.casefold() in taken else address
    return found


def write_pages(
    out: Path,
    shown: Sequence[Shown],
    results: VariantResults,
    model: VariantModel,
    *,
    config: VariantConfig,
    map_bp: int,
    motifs: Sequence[Motif],
) -> None:
    """Write a page for each variant that is shown."""
    by_name = {motif.name: motif for motif in motifs}
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(shown):
        rows = page_rows(results.table, one.index)
        first = rows.iloc[0]
        maps = _maps(model, one.windows, rows, results.main, config, map_bp) if map_bp else None
        page = VariantPage(
            title=str(first["variant"]),
            name=str(first["name"]),
            alleles=one.windows.alleles,
            rows=rows,
            tracks=one.pictures.tracks,
            levels=one.pictures.levels,
            folding=one.pictures.folding,
            maps=maps and maps.pair,
            maps_track=maps.track if maps else "",
            maps_unit=maps.unit if maps else "",
            maps_start=maps.start if maps else 0,
            maps_note=maps.note if maps else "",
            sites=None if results.sites is None else results.sites[results.sites["index"] == one.index],
            motifs=by_name,
            measured=_measured(results, one.index),
            notes=[one.windows.note] if one.windows.note else [],
        )
        write_variant_page(out / results.pages[one.index], page, results)
        _LOG.info("%d of %d pages", number + 1, len(shown))


def _measured(results: VariantResults, index: int) -> Mapping[str, float]:
    if results.measured is None:
        return {}
    own = results.measured[results.measured["index"] == index]
    names = own["track"].astype(str)
    if results.measured["column"].nunique() > 1:
        names = names + " (" + own["column"] + ")"
    return dict(zip(names, own["measured"].astype(float), strict=True))


class _Maps(NamedTuple):
    pair: tuple[MutationMap, MutationMap]
    track: str
    unit: str
    start: int
    note: str


def _maps(
    model: VariantModel, one: AlleleWindows, rows: pd.DataFrame, main: str, config: VariantConfig, map_bp: int
) -> _Maps | None:
    """Maps of both alleles in the track that changes most, by the first network of an ensemble."""
    network = model.modules[0]
    if model.name not in SCORES_OF_MODEL:
        return None
    track = str(rows["track"].iloc[int(rows[main].abs().to_numpy().argmax())])
    score = SCORES[SCORES_OF_MODEL[model.name][0]](model.track_names.index(track))
    asking = Asking(both_strands=config.both_strands, batch_size=_BATCH)
    length = len(one.ref)
    part = min(map_bp, length)
    is_long = length > LONG_BP
    ask = gradient_effects if is_long else mutate_all
    pair = np.stack([one.ref, one.alt])
    if not is_long and one.place != length // 2:
        # Maps are of the middle: a place elsewhere is reached with a wider part, cut afterwards.
        part = min(length, part + 2 * abs(one.place - length // 2))
    found = ask(network, pair, scores=[score], part_bp=part, asking=asking)
    notes = [
        "By gradients, a first-order estimate, as the model reads long sequences." if is_long else "",
        f"By the first of {len(model.modules)} networks." if len(model.modules) > 1 else "",
    ]
    maps = _cut(found.map(0, 0), one.place, map_bp), _cut(found.map(1, 0), one.place, map_bp)
    note = " ".join(text for text in notes if text)
    is_label = model.name == "basset" and predicts_measurements(network)
    unit = "expected measurement" if is_label else score.unit
    return _Maps(maps, track, unit, maps[0].start - one.place, note)


def _cut(whole: MutationMap, place: int, map_bp: int) -> MutationMap:
    """The part of a map around a place."""
    first = min(max(place - map_bp // 2 - whole.start, 0), max(whole.codes.size - map_bp, 0))
    last = min(first + map_bp, whole.codes.size)
    return MutationMap(whole.codes[first:last], whole.effects[:, first:last], whole.reference, whole.start + first)
