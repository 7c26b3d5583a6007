"""Documentation cannot drift: its code runs, its settings are real, its pages are the classes' own words."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cisgram.run.config import config_from

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(language):
    pattern = re.compile(rf"```{language}\n(.*?)```", re.DOTALL)
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in PAGES
        for number, text in enumerate(pattern.findall(page.read_text(encoding="utf-8")), 1)
    ]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_docs_runs(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", blocks("toml"))
def test_settings_in_the_docs_are_valid(text):
    assert config_from(tomllib.loads(text)).tracks


def test_the_page_of_settings_is_up_to_date():
    command = [sys.executable, str(ROOT / "docs" / "make_reference.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"
