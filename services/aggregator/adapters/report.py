"""Renders the study, and what is known of its accuracy, as self-contained HTML pages."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.aggregator.domain.labels import comparability_label, denominator_label
from services.aggregator.report import french
from services.aggregator.report.accuracy_page import AccuracyPage
from services.aggregator.report.authority_page import AuthorityPage
from services.aggregator.report.page import Page


def render_report(page: Page) -> str:
    """Return the page as HTML. Every text is escaped; nothing is loaded from elsewhere and nothing runs."""
    return _render("report.html.j2", page)


def render_accuracy(page: AccuracyPage) -> str:
    """Return the page on how right the verdicts are, under the same promises."""
    return _render("accuracy.html.j2", page)


def render_authority(page: AuthorityPage) -> str:
    """Return the page of one authority, under the same promises; its pictures are in it."""
    return _render("authority.html.j2", page, pictures=True)


def _render(template: str, page: Page | AccuracyPage | AuthorityPage, *, pictures: bool = False) -> str:
    style = files("services.aggregator.report").joinpath("report.css").read_text(encoding="utf-8")
    return (
        _environment().get_template(template).render(page=page, style=style, policy=_policy(style, pictures=pictures))
    )


def _policy(style: str, *, pictures: bool) -> str:
    """Return the content security policy: our one style sheet, named by its digest, pictures in the page if any."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    images = " img-src data:;" if pictures else ""
    return f"default-src 'none'; style-src 'sha256-{digest}';{images} base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("services.aggregator.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = french.number
    environment.filters["percent"] = french.percent
    environment.filters["typography"] = french.typography
    environment.filters["comparability"] = comparability_label
    environment.filters["denominator"] = denominator_label
    environment.filters["date"] = french.date
    environment.filters["interval"] = french.interval
    return environment
