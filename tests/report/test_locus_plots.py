"""Pictures of loci: names do not touch, effects stand where they belong, and nothing is needed but the tables."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError
from cisgram.genomics.locus_study import EFFECT_COLUMNS, INSTANCE_COLUMNS, LocusStudy
from cisgram.report.experiments.locus import locus_finding, locus_picture, write_locus_report
from cisgram.report.locus_plots import draw_locus, plot_deletions, plot_instances


def study_with(starts, *, effects=(-2.0, 0.1)):
    rows = [(n + 1, "Nanog", start, start + 9, "+") for n, start in enumerate(starts)]
    table = [
        (*row, track, value * row[0], -3.0, 0.5, 5) for row in rows for track, value in zip("AB", effects, strict=True)
    ]
    return LocusStudy(
        *("chr1", 1000, ("A", "B"), np.arange(200, dtype=np.uint8) % 4),
        observed=np.ones((2, 2, 200)),
        predicted=np.full((2, 2, 200), 0.5),
        contributions=np.full((2, 200), 0.1),
        score="profile",
        instances=pd.DataFrame(rows, columns=list(INSTANCE_COLUMNS)),
        effects=pd.DataFrame(table, columns=list(EFFECT_COLUMNS)),
        remark="the run has no instance here" if not starts else "",
    )


def test_names_of_instances_do_not_touch_and_stay_in_the_picture():
    figure = Figure(figsize=(12, 3))
    ax = figure.subplots()
    study = study_with([1010, 1014, 1030, 1180, 1185])
    plot_instances(study, ax=ax)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 5
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_effects_are_written_at_their_instance_and_track():
    ax = Figure().subplots()
    plot_deletions(study_with([1010, 1100]).effects, ax=ax)
    image = ax.images[0].get_array()
    np.testing.assert_allclose(image, [[-2, -4], [0.1, 0.2]])
    assert [one.get_text() for one in ax.get_xticklabels()] == ["1 Nanog", "2 Nanog"]
    assert [one.get_text() for one in ax.get_yticklabels()] == ["A", "B"]
    with pytest.raises(EmptySetError):
        plot_deletions(study_with([]).effects, ax=ax)


@pytest.mark.parametrize("starts", [[], [1010, 1100]])
def test_a_whole_locus_is_drawn_with_and_without_instances(starts):
    figure = Figure(figsize=(12, 6))
    draw_locus(figure, study_with(starts))
    assert len([ax for ax in figure.axes if ax.get_label() != "<colorbar>"]) == (6 if starts else 5)


def test_the_page_says_which_deletion_costs_most_and_what_is_missing(tmp_path):
    studies = [study_with([1010, 1100]), study_with([])]
    assert "deleting Nanog (instance 2) changes the reads of A by -4.00" in locus_finding(studies[0])
    assert locus_finding(studies[1]) == ""
    assert "The run has no instance here." in locus_picture(studies[1]).caption
    page = write_locus_report(tmp_path / "report.html", studies, settings={"model": "m"}).read_text()
    assert "2 loci" in page
    assert "chr1:1001-1200" in page
