"""Build the source distribution and the wheels, and look into them."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Distribution(NamedTuple):
    """What is uploaded, and what it was made of."""

    tree: Path
    """A copy of the checkout, without what the version control passes over."""
    sdist: Path
    wheel: Path
    """Built from the tree."""
    rewheel: Path
    """Built from the source distribution, as those do who build packages for others."""


def build(folder: Path) -> Distribution:
    """Build all three from a copy of the checkout, without the network."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    _build(tree, folder / "from_tree", "--sdist", "--wheel")
    (sdist,) = (folder / "from_tree").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    _build(unpacked, folder / "from_sdist", "--wheel")
    (wheel,), (rewheel,) = (folder / "from_tree").glob("*.whl"), (folder / "from_sdist").glob("*.whl")
    return Distribution(tree, sdist, wheel, rewheel)


def members(wheel: Path) -> dict[str, bytes]:
    """Files of a wheel by name, but those that describe it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def description(wheel: Path) -> str:
    """What a wheel says about itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


def _build(tree: Path, out: Path, *what: str) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
