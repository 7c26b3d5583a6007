"""Nothing opens a connection."""

import re
import socket
from pathlib import Path

import pytest

import cisgram
from cisgram.run.folder import Run
from cisgram.run.pipeline import run_steps
from cisgram.run.registry import finish, steps_of


@pytest.fixture
def no_network(monkeypatch):
    """Every attempt to connect, listen or look up a name is an error."""

    def refuse(*words, **_):
        raise AssertionError(f"the network was asked for: {words}")

    for name in ("connect", "connect_ex", "bind", "listen", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)


def test_the_first_steps_of_a_run_need_no_network(place, no_network):
    run = Run.start(place / "data" / "config.toml", folder=place / "run")
    assert run_steps(run, [steps_of(run)[name] for name in ("check", "prepare")], again=True) == ["check", "prepare"]


@pytest.mark.slow
def test_a_whole_run_needs_no_network(place, no_network):
    run = Run.start(place / "data" / "config.toml", folder=place / "run")
    assert "report" in finish(run)


def test_no_source_file_speaks_to_the_network():
    words = re.compile(
        r"^\s*(?:import|from) (?:socket|socketserver|http|requests|urllib3|ftplib|aiohttp|httpx)\b", re.M
    )
    asking = re.compile(r"urlopen|urlretrieve|HTTPServer|0\.0\.0\.0|load_state_dict_from_url|torch\.hub")
    for path in sorted(Path(cisgram.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not words.search(text), path
        assert not asking.search(text), path
