"""TOML to dataclasses: what is refused, and how it is said."""

from dataclasses import dataclass, field

import pytest

from cisgram.errors import ConfigError
from cisgram.run.toml import read_toml, section_from, values_of


@dataclass(frozen=True)
class Inner:
    width: int = 3
    shape: tuple[int, ...] = ()

    def __post_init__(self):
        if self.width < 0:
            raise ConfigError("width must not be negative")


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    many: tuple[Inner, ...] = ()
    maybe: Inner | None = None
    rate: float = 0.5


def test_nested_sections_are_built_and_written_back_the_same():
    values = {"name": "a", "inner": {"width": 4, "shape": [1, 2]}, "many": [{}, {"width": 1}], "rate": 1}
    built = section_from(Outer, values, where="file")
    assert built == Outer("a", Inner(4, (1, 2)), (Inner(), Inner(1)), None, 1.0)
    assert section_from(Outer, values_of(built), where="file") == built


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nam": "a"}, "did you mean 'name'"),
        ({}, "needs 'name'"),
        ({"name": 3}, r"\[name\].*string; got 3"),
        ({"name": "a", "rate": "fast"}, r"number; got 'fast'"),
        ({"name": "a", "inner": {"widht": 3}}, r"\[inner\] has no key 'widht'; did you mean 'width'"),
        ({"name": "a", "inner": {"width": 2.5}}, r"\[inner\] width: .*integer"),
        ({"name": "a", "inner": {"width": -1}}, r"\[inner\]: width must not be negative"),
        ({"name": "a", "inner": 3}, r"\[inner\] must be a table"),
        ({"name": "a", "many": {"width": 1}}, "two brackets"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(values, message):
    with pytest.raises(ConfigError, match=message):
        section_from(Outer, values, where="file")


def test_broken_toml_names_the_file_and_line(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("name = 'a'\nrate = = 2\n")
    with pytest.raises(ConfigError, match=r"broken.toml.*line 2"):
        read_toml(path)
