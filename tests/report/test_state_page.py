"""The page of states: what is known is shown, what is not is left out, and the same results give the same bytes."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.chromatin.agreement import compare_segmentations
from cisgram.chromatin.comparison import match_models
from cisgram.chromatin.enrichment import overlap_enrichment
from cisgram.chromatin.neighborhood import neighborhood_enrichment
from cisgram.chromatin.switches import count_switches, differential_regions, mark_distance
from cisgram.errors import InputError
from cisgram.genomics.interval import Interval, interval_table
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel
from cisgram.report.state_page import write_state_report
from cisgram.report.state_pictures import write_state_pictures
from cisgram.report.state_results import StateResults

MODEL = StateModel(
    ("H3K27me3", "H3K4me3"),
    np.array([1.0, 0.0, 0.0]),
    np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.0, 0.5, 0.5]]),
    np.array([[0.0, 0.0], [0.01, 0.9], [0.8, 0.0]]),
)
RNG = np.random.default_rng(4)
CELLS = [Segmentation.from_states(cell, {"I": RNG.integers(0, 3, 60)}, n_states=3) for cell in ("a", "b")]
SETS = {"tss.bed": interval_table(["I"], [500], [900]), "CpG.bed": interval_table(["I"], [0], [4000])}
ANCHORS = pd.DataFrame({"chrom": ["I"], "position": [4000]})
EVERYTHING = StateResults(
    "All <about> it",
    model=MODEL,
    segmentations=CELLS,
    enrichments=[overlap_enrichment(one, SETS) for one in CELLS],
    neighborhoods=[neighborhood_enrichment(one, ANCHORS, name="starts of genes") for one in CELLS],
    switches=count_switches(CELLS),
    regions=differential_regions(CELLS, mark_distance(MODEL), min_bp=200, min_difference=0),
    matches={"turned": match_models(MODEL, MODEL.reordered([2, 1, 0]))},
    agreements=[compare_segmentations(*CELLS)],
    traces={"information": [-9.0, -5.0]},
    choice=pd.DataFrame({"n_states": [2, 3], "log_likelihood": [-9.0, -5.0], "bic": [20.0, 14.0]}),
    loci=[Interval("I", 0, 4000)],
    settings={"seed": 1},
    inputs={"model_3.txt": "abc"},
)


def headings(path):
    return re.findall(r"<h2>(.*?)</h2>", path.read_text())


def test_a_page_has_a_part_for_everything_that_is_known(tmp_path):
    page = write_state_report(tmp_path / "report.html", EVERYTHING)
    assert headings(page) == [
        "States and their marks",
        "Share of the genome",
        "Where states lie",
        "Around anchors",
        "Cell types compared",
        "Along the genome",
        "States of other models",
        "Segmentations compared",
        "How the model was found",
        "Settings and inputs",
    ]
    text = page.read_text()
    assert "All &lt;about&gt; it" in text
    assert "3 states: 1 promoter, 1 polycomb, 1 quiescent" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_the_same_results_give_the_same_bytes(tmp_path):
    some = StateResults("Some", model=MODEL, enrichments=EVERYTHING.enrichments[:1])
    pages = [write_state_report(tmp_path / f"{number}.html", some) for number in range(2)]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_what_is_not_known_is_left_out(tmp_path):
    only_segments = StateResults("Segments", segmentations=CELLS[:1])
    assert headings(write_state_report(tmp_path / "a.html", only_segments)) == ["Share of the genome"]
    only_matches = StateResults("Models", matches=EVERYTHING.matches)
    assert headings(write_state_report(tmp_path / "b.html", only_matches)) == ["States of other models"]
    only_model = StateResults("Model", model=MODEL)
    assert headings(write_state_report(tmp_path / "c.html", only_model)) == ["States and their marks"]


def test_enrichments_of_starts_of_genes_are_used_for_names():
    without = replace(EVERYTHING, enrichments=())
    assert "starts of genes" not in without.names[1].reason
    assert "starts of genes" in EVERYTHING.names[1].reason
    assert "CpG islands" in EVERYTHING.names[1].reason


def test_states_of_two_models_are_refused():
    with pytest.raises(InputError, match="states of one model"):
        StateResults("x", model=MODEL, segmentations=[Segmentation.from_states("a", {"I": np.array([0])}, n_states=2)])
    with pytest.raises(InputError, match="got no numbers"):
        StateResults("x")


def test_every_picture_is_a_file(tmp_path):
    one = replace(EVERYTHING, enrichments=EVERYTHING.enrichments[:1], neighborhoods=EVERYTHING.neighborhoods[:1])
    files = write_state_pictures(tmp_path, one)
    assert {path.name for path in files} == {
        "emissions.png",
        "transitions.png",
        "share.png",
        "stability.png",
        "switches.png",
        *(
            f"{cell}_{what}.png"
            for cell in "a"
            for what in ("enrichment", "starts_of_genes", "starts_of_genes_profiles")
        ),
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in files)
