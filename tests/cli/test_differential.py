"""The verb that compares groups of cells: options in, files and counts out, mistakes named."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.models.atacworks import AtacWorksConfig, build
from cisgram.run.toml import values_of
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("differential")
    rng = np.random.default_rng(0)
    rows = [
        ("I", int(left), int(left) + 80, f"{group}{cell}")
        for group, place in (("a", 4000), ("b", 8000))
        for cell in range(20)
        for left in (*rng.normal(place, 60, 4), *rng.uniform(0, 11_000, 4))
    ]
    pd.DataFrame(rows).sort_values([0, 1]).to_csv(folder / "fragments.tsv", sep="\t", header=False, index=False)
    groups = [f"{group}{cell}\t{group}" for group in "ab" for cell in range(20)]
    (folder / "groups.tsv").write_text("\n".join(groups) + "\n")
    (folder / "sizes.txt").write_text("I\t12000\n")
    config = AtacWorksConfig(1000, 1200, n_filters=2, n_blocks=1, n_peak_blocks=1)
    identity = ModelIdentity("atacworks", {**values_of(config), "n_tracks": 1, "n_controls": 0})
    save_checkpoint(folder / "best.safetensors", Checkpoint(identity, build(config).state_dict()))
    return folder


def differential(files, *more, group="a"):
    names = [files / name for name in ("best.safetensors", "fragments.tsv")]
    options = {"--groups": files / "groups.tsv", "--chrom-sizes": files / "sizes.txt", "--out": files / "out"}
    words = [*names, *(word for pair in options.items() for word in pair), "--group", group, "--permutations", 20]
    return CliRunner().invoke(app, ["differential", *map(str, (*words, *more))])


def test_planted_peaks_are_listed_and_files_say_how_they_were_made(files):
    done = differential(files, "--against", "b", "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["n_cells"], result["n_other_cells"], result["n_bins"]) == (20, 20, 120)
    table = pd.read_csv(result["tsv"], sep="\t", comment="#")
    assert len(table) == result["n_differ"] > 0
    assert set(np.sign(table.loc[table["start"] < 6000, "difference"])) == {1}
    assert set(np.sign(table.loc[table["start"] > 6000, "difference"])) == {-1}
    assert "# against: b" in (files / "out.tsv").read_text()


def test_a_group_that_is_not_there_is_named(files):
    done = differential(files, group="c")
    assert done.exit_code == 1
    assert "no group 'c'; it has a, b" in " ".join(done.output.split())


def test_contigs_and_regions_exclude_each_other(files):
    done = differential(files, "--chroms", "I", "--regions", files / "groups.tsv")
    assert done.exit_code != 0
    assert "either --chroms or --regions" in " ".join(done.output.split())
