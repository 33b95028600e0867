"""The glossary."""

import pytest
from django.core.management import call_command

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS, Of, Ratio, percent
from apps.analytics.metrics.glossary import document, formula_of


def test_the_page_about_metrics_is_current(settings):
    page = (settings.BASE_DIR / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert page == document(), "Run manage.py describe_metrics --write."


def test_the_command_prints_the_page_or_writes_it(settings, tmp_path, capsys):
    call_command("describe_metrics")
    assert capsys.readouterr().out == document()
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    call_command("describe_metrics", "--write")
    assert (tmp_path / "docs" / "metrics.md").read_text(encoding="utf-8") == document()


def test_every_metric_and_dimension_is_on_the_page():
    page = document()
    assert [key for key in METRICS if f"`{key}`, " not in page] == []
    assert [key for key in DIMENSIONS if f"| `{key}` |" not in page] == []


A, B, C = Of("a"), Of("b"), Of("c")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A, "a"),
        (A - B, "a - b"),
        (A - (B + C), "a - (b + c)"),
        (A + (B - C), "a + b - c"),
        ((A - B) / C, "(a - b) / c"),
        (percent(A, A + B), "100 * a / (a + b)"),
        (percent(A, B * DAYS), "100 * a / (b * days)"),
        (Ratio(A * DAYS, B), "a * days / b"),
        (A / (B / C), "a / (b / c)"),
        ((A + B) * C, "(a + b) * c"),
    ],
)
def test_a_formula_reads_as_it_is_worked_out(expression, text):
    assert formula_of(expression) == text
