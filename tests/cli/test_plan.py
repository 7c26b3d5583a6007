"""``cisgram plan``: the tables of how far a Basenji sees, for people and for programs."""

import json

from typer.testing import CliRunner

from cisgram.cli.main import app

RUNNER = CliRunner()


def test_every_layer_has_its_line_and_advice_comes_where_it_is_asked_for():
    done = RUNNER.invoke(app, ["plan", "--form", "published", "--see", "100000"])
    assert done.exit_code == 0, done.output
    assert "131,072 bp in 896 predicted bins of 128 bp" in done.output
    assert "residual 11" in done.output
    assert "To see 100,000 bp to either side with bins of 128 bp" in done.output


def test_the_same_as_json_for_another_trunk():
    done = RUNNER.invoke(app, ["plan", "--blocks", "9", "--rate", "2", "--input-length", "32768", "--json"])
    told = json.loads(done.output)
    assert len(told["layers"]) == 10
    assert told["layers"][-1]["reach_bins"] == 2**9 - 1
    assert told["layers"][-1]["beyond_window"]


def test_an_unknown_form_is_refused_in_one_line():
    done = RUNNER.invoke(app, ["plan", "--form", "huge"])
    assert done.exit_code == 1
    assert "--form must be one of published, dense, parity, small, tiny" in done.output
