"""The page: text is escaped, absent steps are absent sections, foreign folders are refused."""

import json

import pytest

from cisgram.errors import RunFolderError
from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.document import page_html
from cisgram.report.page import write_report
from cisgram.report.sections.profiles.accuracy import way_to_ceiling

CONFIG = 'name = "a<b>"\n[[tracks]]\nname = "t"\n'
ABOUT = {"cisgram": "0", "python": "3", "system": "s", "n_cpus": 2, "seed": 1, "command": ["cisgram"], "packages": {}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "about": ABOUT, "inputs": {}, "steps": {}}))
    return tmp_path


def test_a_run_without_any_step_has_a_page_with_its_provenance(folder):
    page = write_report(folder).read_text()
    assert "<h2>Provenance</h2>" in page
    assert "<h2>Accuracy</h2>" not in page


def test_the_page_of_a_run_carries_its_name_and_tracks(folder):
    page = write_report(folder).read_text()
    assert "<h1>a&lt;b&gt;</h1>" in page
    assert "· t</p>" in page


def test_text_from_files_is_escaped():
    table = Table([Column("x")], [[Cell("<script>alert(1)</script>")]])
    page = page_html([Section("S", blocks=[table], findings=["<i>"])], title="a<b>")
    assert "<script>" not in page
    assert "a&lt;b&gt;" in page
    assert "<i>" not in page


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="not a run folder"):
        write_report(tmp_path)


def test_way_to_ceiling_works_in_both_directions_and_may_be_unknown():
    record = {"value": 0.6, "better": "higher", "floors": {"a": 0.2, "b": None}, "ceiling": {"value": 1.0}}
    assert way_to_ceiling(record) == pytest.approx(0.5)
    assert way_to_ceiling({**record, "ceiling": None}) is None
    assert way_to_ceiling({**record, "floors": {"b": None}}) is None
    assert way_to_ceiling({**record, "value": None}) is None


def test_numbers_for_people():
    assert [number(value) for value in (0.12345, 12345, None, float("nan"), 3)] == ["0.123", "12,345", "-", "-", "3"]
