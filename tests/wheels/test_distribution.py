"""What is built holds all that a user needs and nothing that is not theirs."""

from pathlib import Path

import pytest
from tests.wheels.distribution import build, description, members

pytest.importorskip("build", reason="the tool that builds distributions is not installed (extra dev)")
pytest.importorskip("hatchling", reason="the back end that builds distributions is not installed (extra dev)")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_every_file_of_the_package_as_it_is(built):
    tree = {
        path.relative_to(built.tree / "src").as_posix(): path.read_bytes()
        for path in (built.tree / "src" / "cisgram").rglob("*")
        if path.is_file()
    }
    assert members(built.wheel) == tree
    assert "cisgram/py.typed" in tree
    assert "cisgram/report/page.html" in tree


def test_a_wheel_of_the_source_distribution_is_that_of_the_tree(built):
    assert built.wheel.name == built.rewheel.name
    assert members(built.wheel) == members(built.rewheel)
    assert description(built.wheel) == description(built.rewheel)


def test_the_wheel_names_pythons_and_extras(built):
    said = description(built.wheel)
    assert "Requires-Python: >=3.11" in said
    for extra in ("patterns", "databases", "hic", "peaks", "tensorboard"):
        assert f"Provides-Extra: {extra}" in said


def test_nothing_of_a_user_is_packed(built):
    names = " ".join(members(built.wheel))
    assert not [one for one in (".env", "__pycache__", "runs/", "demo/") if one in names]
    assert built.wheel.stat().st_size < 5e6
    assert Path(built.sdist).stat().st_size < 10e6
