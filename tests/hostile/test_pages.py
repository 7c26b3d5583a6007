"""Names that hold HTML stand on pages as text, and pages load nothing from elsewhere."""

from html.parser import HTMLParser

import pytest

from cisgram.report.blocks import Cell, Column, Details, Picture, Section, Table, Text, mapping_table
from cisgram.report.document import page_html
from cisgram.report.style import house_style, new_figure, png_uri

EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table><iframe src=//evil>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;",
    "<!-- ",
    "javascript:alert(1)",
]


class Elements(HTMLParser):
    """Collects tags with attributes, and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def page(evil):
    rows = [[Cell(evil), Cell(evil, "mono", note=evil), Cell(evil, image="data:image/png;base64,AA==", note=evil)]]
    table = Table([Column(evil, hint=evil)] * 3, rows, title=evil, caption=evil, is_folded=True)
    blocks = [
        table,
        Picture("data:image/png;base64,AA==", evil, title=evil),
        Text(evil),
        Details(evil, evil),
        mapping_table({evil: evil}, names=(evil, evil)),
    ]
    return page_html([Section(evil, evil, blocks, [evil])], title=evil, subtitle=evil)


@pytest.mark.parametrize("evil", EVIL)
def test_every_text_of_a_page_is_text(evil):
    found, plain = Elements(page(evil)), Elements(page("a"))
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(values) for _, values in found.tags] == [sorted(values) for _, values in plain.tags]
    assert found.text.count(evil) >= 10


@pytest.mark.parametrize("evil", EVIL)
def test_a_page_loads_nothing(evil):
    for tag, values in Elements(page(evil)).tags:
        assert tag not in ("script", "iframe", "object", "embed", "link", "base", "form")
        assert not any(name.startswith("on") for name in values)
        assert values.get("src", "data:").startswith("data:")
        assert values.get("href", "#").startswith("#")


@pytest.mark.parametrize("name", [r"$\bad{$", "a$^$b", "$$", "$x_$", "100 $ and 5 $", r"$\frac{1}{$", "\n$\n$"])
def test_a_name_with_dollar_signs_is_no_formula_that_cannot_be_read(name):
    with house_style():
        figure = new_figure(3, 2)
        ax = figure.subplots()
        ax.set_title(name)
        ax.set_yscale("log")
        ax.plot([1, 2], [1, 1000], label=name)
        ax.set_xticks([1, 2], [name, name])
        ax.legend()
        assert png_uri(figure).startswith("data:image/png;base64,")
        assert any(text.get_parse_math() for text in ax.get_yticklabels())


def test_errors_of_drawing_that_are_no_names_come_through():
    with house_style():
        figure = new_figure(3, 2)
        figure.subplots().set_title("plain").draw = _fail
        with pytest.raises(ValueError, match="something else"):
            png_uri(figure)


def _fail(_renderer):
    raise ValueError("something else")
