"""Sections as one HTML document that opens without a network."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from cisgram import __version__
from cisgram.report.blocks import Section


def page_html(sections: Sequence[Section], *, title: str, subtitle: str = "") -> str:
    """Put sections into a page; every text is escaped.

    Parameters
    ----------
    sections
        The parts of the page in their order. The findings of all of them stand at the top.
    title
        What the page is about.
    subtitle
        What stands above the title, behind the name and version of this package.
    """
    environment = Environment(
        loader=PackageLoader("cisgram.report", package_path="."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        title=title,
        subtitle=subtitle,
        version=__version__,
        findings=[finding for section in sections for finding in section.findings],
        sections=sections,
    )
