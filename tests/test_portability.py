"""What would break on another system: line ends, encodings, path separators, modules that only Unix has."""

import ast
import sys
from pathlib import Path

import pytest

from cisgram.errors import ConfigError
from cisgram.run.settings.shared import require_track_names

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "cisgram"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
UNIX_ONLY = {"fcntl", "grp", "pwd", "resource", "termios", "pty", "posix", "syslog"}


def calls(name):
    """Calls of a function or method of that name in the package, with the file and line."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == name:
                yield f"{path}:{node.lineno}", node


def options(node):
    return {keyword.arg for keyword in node.keywords}


def mode_of(node, *, place):
    """The mode of a call of open, where it is written out."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] or node.args[place : place + 1]
    return given[0].value if given and isinstance(given[0], ast.Constant) else ("r" if not given else None)


def test_text_is_read_as_utf_8_wherever_it_lies():
    wrong = [where for where, node in calls("read_text") if "encoding" not in options(node)]
    assert not wrong, f"say encoding= in {wrong}"


def test_text_is_written_as_utf_8_with_the_same_line_ends_everywhere():
    wrong = [where for where, node in calls("write_text") if not {"encoding", "newline"} <= options(node)]
    assert not wrong, f"say encoding= and newline= in {wrong}"


def test_text_files_are_opened_with_an_encoding_and_written_with_given_line_ends():
    wrong = []
    for where, node in calls("open"):
        is_method = isinstance(node.func, ast.Attribute)
        owner = getattr(getattr(node.func, "value", None), "id", "path")
        mode = mode_of(node, place=0 if is_method and owner not in ("gzip", "bz2", "lzma") else 1)
        if owner in ("os", "pybigtools", "h5py", "webbrowser") or owner[0].isupper() or owner[0] == "_":
            continue
        if mode is None or "b" in mode or not set(mode) <= set("rwaxt+"):
            continue
        needed = {"encoding"} | ({"newline"} if set(mode) & set("wax") else set())
        if not needed <= options(node):
            wrong.append(where)
    assert not wrong, f"say encoding= (and newline= for writing) in {wrong}"


@pytest.mark.parametrize("path", TREES)
def test_no_module_needs_what_only_unix_has(path):
    at_import = [node for node in TREES[path].body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in at_import if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in at_import if isinstance(node, ast.ImportFrom)}
    assert not names & UNIX_ONLY


def test_paths_within_a_run_are_written_with_slashes():
    """A manifest from Windows must be readable on Linux, so no path is turned into text by str()."""
    wrong = [
        where
        for where, node in calls("str")
        if node.args
        and isinstance(node.args[0], ast.Call)
        and getattr(node.args[0].func, "attr", "") == "relative_to"
        and "simulate/folder.py" not in where  # a message for people
    ]
    assert not wrong, f"as_posix() in {wrong}"


def test_tracks_whose_files_would_be_one_on_windows_are_refused():
    require_track_names(["Oct4", "Sox2"])
    with pytest.raises(ConfigError, match="needs a name of its own"):
        require_track_names(["Oct4", "Oct4"])
    with pytest.raises(ConfigError, match="differ in capital letters alone"):
        require_track_names(["Oct4", "oct4"])


def test_the_package_says_that_it_is_typed_and_whom_it_is_for():
    assert (PACKAGE / "py.typed").is_file()
    assert sys.version_info >= (3, 11)
