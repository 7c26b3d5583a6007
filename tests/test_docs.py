"""Documentation cannot drift: its code runs, its settings are real, its pages are the classes' own words."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from cisgram.cli.main import app
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
    config = config_from(tomllib.loads(text))
    assert any(getattr(config, name, None) for name in ("tracks", "track_table", "sites", "sequences", "pairs", "maps"))


def test_the_page_of_settings_is_up_to_date():
    command = [sys.executable, str(ROOT / "docs" / "make_reference.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def command_lines():
    """The command lines of the docs, with those broken by a backslash put together again."""
    for page in PAGES:
        for text in re.findall(r"```\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in text.replace("\\\n", " ").splitlines():
                if line.startswith("cisgram "):
                    yield pytest.param(line.split("#")[0].split()[1:], id=f"{page.name}: {line.split('#')[0].strip()}")


@pytest.mark.parametrize("words", list(command_lines()))
def test_commands_in_the_docs_have_their_options(words):
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"there is no verb {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known
