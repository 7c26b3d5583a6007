"""A run of two steps that take no time, in the place of those of its kind."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from cisgram.run.folder import Run
from cisgram.run.pipeline import Step, run_steps

CONFIG = """
name = "toy"
seed = {seed}
[genome]
fasta = "genome.fa"
[[tracks]]
name = "t"
plus = ["p.bw"]
minus = ["m.bw"]
[split]
test = ["I"]
valid = ["II"]
"""


def measure(run):
    """Numbers that follow from seed and genome, and a time that does not."""
    letters = len(run.input("genome.fa").read_text())
    values = np.random.default_rng([run.config.seed, letters]).random(50)
    np.save(run.folder / "values.npy", values)
    (run.folder / "times.json").write_text(json.dumps({"n": 50, "seconds": np.random.default_rng().random()}))
    return {"letters": letters, "seconds": np.random.default_rng().random()}


def add_up(run):
    (run.folder / "sums").mkdir(exist_ok=True)
    (run.folder / "sums" / "sum.tsv").write_text(f"sum\n{np.load(run.folder / 'values.npy').sum()}\n")
    return {}


MEASURE = Step(
    "measure", measure, places=("values.npy", "times.json"), sections=("seed",), inputs=lambda _: ["genome.fa"]
)
ADD_UP = Step("add-up", add_up, places=("sums",), needs=("measure",))


@pytest.fixture
def steps(monkeypatch):
    """The steps that every run has in the test; they may be replaced."""
    own = {"measure": MEASURE, "add-up": ADD_UP}
    for module in ("cisgram.run.verify", "cisgram.run.reproduce.repeat"):
        monkeypatch.setattr(f"{module}.steps_of", lambda _: own)
    return own


@pytest.fixture
def toy(tmp_path, steps):
    """A finished run, where its data lie, and a way to start it again."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "genome.fa").write_text(">I\nACGT\n")

    def start(*, seed=1, update=False):
        (data / "config.toml").write_text(CONFIG.format(seed=seed))
        return Run.start(data / "config.toml", folder=tmp_path / "run", update=update)

    run = start()
    run_steps(run, steps.values())
    return SimpleNamespace(folder=run.folder, data=data, start=start, run=run)
