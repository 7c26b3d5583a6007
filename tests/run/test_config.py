"""The settings of a run: contradictions are refused, what is written is read back the same."""

import tomllib
from pathlib import Path

import pytest

from cisgram.errors import ConfigError
from cisgram.run.config import config_from, config_text, read_config

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.toml"))


def smallest(**changes):
    values = {
        "name": "a",
        "genome": {"fasta": "g.fa"},
        "tracks": [{"name": "t", "plus": ["p.bw"], "minus": ["m.bw"]}],
        "split": {"test": ["I"], "valid": ["II"]},
    }
    return {**values, **changes}


def test_what_is_written_is_read_back_the_same():
    config = config_from(smallest(model={"name": "bpnet", "n_filters": 8}, training={"epochs": 3}))
    assert config_from(tomllib.loads(config_text(config))) == config


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_is_valid(path):
    assert read_config(path).name == path.stem


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"traning": {}}, "no key 'traning'; did you mean 'training'"),
        ({"training": {"learnig_rate": 1.0}}, r"\[training\] has no key 'learnig_rate'; did you mean 'learning_rate'"),
        ({"model": {"name": "bpnett"}}, "name must be one of akita, atacworks, basenji, basset, bpnet"),
        ({"model": {"n_filter": 3}}, "did you mean 'n_filters'"),
        ({"tracks": []}, "at least one"),
        ({"tracks": [{"name": "t"}]}, "needs either plus"),
        ({"tracks": [{"name": "t", "plus": ["a", "b"], "minus": ["c"]}]}, "2 replicates on the plus strand and 1"),
        ({"tracks": [{"name": "a/b", "plus": ["a"]}]}, "name is made of"),
        ({"tracks": [{"name": "t", "plus": ["a"]}]}, "n_strands"),
        ({"split": {"test": ["I"], "valid": ["I"]}}, "in both test and valid"),
        ({"split": {"test": [], "valid": ["I"]}}, "at least one test contig"),
        ({"control": {"plus": ["a"], "minus": ["b"]}}, "belong together"),
        ({"model": {"control": "smoothed"}}, "belong together"),
        ({"windows": {"center": "sumit"}}, "summit"),
        ({"seed": "one"}, r"\[seed\]"),
    ],
)
def test_a_contradiction_or_a_misspelling_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        config_from(smallest(**changes))
