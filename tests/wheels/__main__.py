"""Install the wheel into a clean environment and use it there.

::

    python -m tests.wheels --python python3.13            # newest versions of everything
    python -m tests.wheels --python python3.11 --lowest   # the lowest versions that pyproject.toml allows (needs uv)

Needs a package index. Prints what was installed and done, and ends with code 1 where something failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.wheels.distribution import ROOT, build

IMPORTS = """
import importlib, pkgutil, sys
import cisgram
assert "site-packages" in cisgram.__file__, cisgram.__file__
names = [one.name for one in pkgutil.walk_packages(cisgram.__path__, "cisgram.") if not one.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
extras = {"modiscolite", "pyjaspar", "hictkpy", "MACS3", "tensorboard"} & set(sys.modules)
assert not extras, f"extras are imported unasked: {extras}"
print(f"Python {sys.version.split()[0]}: {len(names)} modules imported, no extra among them")
"""
LOWEST = ("--resolution", "lowest-direct")
KINDS = ("binding", "cell-types", "atac", "contacts", "expression")


def install(python: str, wheel: Path, folder: Path, *, lowest: bool) -> Path:
    """A new environment with the wheel and what it needs, without extras; returns its interpreter."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    inside = folder / "bin" / "python"
    if not lowest:
        subprocess.run([inside, "-m", "pip", "install", "--quiet", wheel], check=True)
        return inside
    uv = [sys.executable, "-m", "uv", "pip"]
    pins = subprocess.run(
        [*uv, "compile", "--quiet", "--no-header", *LOWEST, "--python", inside, ROOT / "pyproject.toml"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (folder / "lowest.txt").write_text(pins, encoding="utf-8", newline="\n")
    subprocess.run([*uv, "install", "--quiet", "--python", inside, "-r", folder / "lowest.txt"], check=True)
    subprocess.run([*uv, "install", "--quiet", "--python", inside, "--no-deps", wheel], check=True)
    return inside


def use(python: Path, folder: Path) -> bool:
    """Import everything, simulate every kind of experiment, and do a whole run; whether all of it worked."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands = [["-c", IMPORTS], ["-m", "cisgram", "--version"]]
    commands += [["-m", "cisgram", "simulate", folder / kind, "--kind", kind, "--size", "tiny", "-q"] for kind in KINDS]
    commands += [["-m", "cisgram", "check", folder / kind / "config.toml"] for kind in KINDS]
    commands += [["-m", "cisgram", "prepare", folder / "cell-types" / "config.toml", "--out", folder / "run", "-q"]]
    works = True
    for command in commands:
        done = subprocess.run([python, *command], cwd=folder, env=environment, capture_output=True, text=True)
        shown = " ".join(map(str, command)) if command[0] == "-m" else "imports"
        print("ok    " if done.returncode == 0 else "FAILED", shown, done.stdout[:100].strip().partition("\n")[0])
        if done.returncode:
            print(done.stderr[-1500:])
            works = False
    return works


def main() -> int:
    """Build, install, use."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the clean environment")
    parser.add_argument("--lowest", action="store_true", help="the lowest versions allowed instead of the newest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder / "dist").wheel
        python = install(options.python, wheel, folder / "environment", lowest=options.lowest)
        return 0 if use(python, folder) else 1


if __name__ == "__main__":
    raise SystemExit(main())
