"""The house keeps its shape: floors, torch-free parts, sizes, docstrings."""

import ast
import subprocess
import sys
from itertools import chain
from pathlib import Path
from statistics import median

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "cisgram"
FLOORS = [
    {"errors", "arrays", "threads", "kernel_cache"},
    {"genomics"},
    {"io", "nn"},
    {"data", "models", "baselines"},
    {"training", "interpret", "motifs", "chromatin", "hic", "peaks", "simulate", "doctor"},
    {"report"},
    {"run"},
    {"cli"},
]
FLOOR_OF = {part: number for number, parts in enumerate(FLOORS) for part in parts}
TORCH_FREE = [
    "errors",
    "arrays",
    "threads",
    "genomics",
    "io",
    "baselines",
    "motifs",
    "chromatin",
    "hic",
    "peaks",
    "simulate",
    "doctor",
    "report",
]

FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in FILES}


def part_of(path):
    """The room a file stands in; a file at the top is a room of its own."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(tree):
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert all(alias.name != "*" for alias in node.names), "import names, never *"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith("cisgram.") and name.split(".")[1] != "__version__":
                yield name.split(".")[1]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_length(function):
    """Lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def public_definitions(tree):
    """Public functions and classes of a module, and the public methods of these classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    inner
                    for inner in node.body
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                )


def where(path, node):
    return f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"


def test_every_room_stands_on_a_floor():
    rooms = {part_of(path) for path in FILES} - {"__init__", "__main__"}
    assert rooms <= set(FLOOR_OF), f"no floor is given for {sorted(rooms - set(FLOOR_OF))}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_the_floors(path):
    own = part_of(path)
    if own in ("__init__", "__main__"):
        return
    wrong = [part for part in imported_parts(TREES[path]) if part != own and FLOOR_OF[part] >= FLOOR_OF[own]]
    assert not wrong, (
        f"{own} stands on floor {FLOOR_OF[own]} and imports {sorted(set(wrong))}, which do not lie below it"
    )


def test_torch_free_rooms_do_not_bring_torch_along():
    modules = [
        ".".join(("cisgram", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in FILES
        if part_of(path) in TORCH_FREE
    ]
    code = f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m)\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_files_and_functions_keep_their_size():
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    assert not {str(path): n for path, n in lengths.items() if n > 600}
    assert median(n for n in lengths.values() if n > 1) <= 200
    sizes = {where(path, node): body_length(node) for path in FILES for node in functions(TREES[path])}
    assert not {name: n for name, n in sizes.items() if n > 80}
    ordered = sorted(sizes.values())
    assert ordered[int(0.9 * len(ordered))] <= 40


def test_functions_take_few_arguments():
    crowded = []
    for path in FILES:
        if part_of(path) == "cli":  # the options of a command stand in its signature
            continue
        for node in functions(TREES[path]):
            n = len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs])
            if n > 9 and not node.name.startswith("_"):
                crowded.append(f"{where(path, node)} takes {n}")
    assert not crowded


def test_public_things_are_documented_and_annotated():
    missing = []
    for path in FILES:
        if not ast.get_docstring(TREES[path]):
            missing.append(f"{path.relative_to(PACKAGE)} has no docstring")
        for node in public_definitions(TREES[path]):
            if not ast.get_docstring(node):
                missing.append(f"{where(path, node)} has no docstring")
            if isinstance(node, ast.FunctionDef):
                arguments = chain(node.args.posonlyargs, node.args.args, node.args.kwonlyargs)
                bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
                if bare or node.returns is None:
                    missing.append(f"{where(path, node)} lacks annotations {bare or 'of its result'}")
    assert not missing


def test_only_the_command_line_prints():
    talkers = [
        where(path, function)
        for path in FILES
        if part_of(path) != "cli"
        for function in functions(TREES[path])
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not talkers


def test_no_room_is_a_junk_drawer():
    names = {path.stem for path in FILES} | {path.parent.name for path in FILES}
    assert not names & {"utils", "helpers", "common", "misc", "base", "manager", "v2", "tools"}
