"""Rates, stars and warnings: never by colour alone."""

from decimal import Decimal

import pytest

from apps.accounts.administration.figures import (
    CANCELLATION,
    COMPLETION,
    Level,
    Scale,
    linked,
    marked,
    number,
    percent,
    rate,
    stars,
    warning,
)


@pytest.mark.parametrize(
    ("value", "scale", "level", "told"),
    [
        ("0.9", COMPLETION, Level.GOOD, "Good, 90% or more"),
        ("0.8999", COMPLETION, Level.FAIR, "Fair, 75% or more"),
        ("0.7499", COMPLETION, Level.POOR, "Poor, less than 75%"),
        ("0.05", CANCELLATION, Level.GOOD, "Good, up to 5%"),
        ("0.0501", CANCELLATION, Level.FAIR, "Fair, up to 15%"),
        ("0.1501", CANCELLATION, Level.POOR, "Poor, more than 15%"),
    ],
)
def test_a_rate_has_a_level_a_sign_and_words(value: str, scale: Scale, level: Level, told: str) -> None:
    shown = str(rate(Decimal(value), scale))
    assert f"bw-{level}" in shown
    assert f'title="{told}"' in shown.replace("\N{NO-BREAK SPACE}", " ")
    assert "material-symbols-outlined" in shown
    assert percent(Decimal(value)) in shown


def test_a_rate_of_orders_that_are_still_open_is_not_judged() -> None:
    assert "bw-open" in rate(Decimal("0.2"), COMPLETION, at_best=Decimal(1))
    assert "bw-poor" in rate(Decimal("0.2"), COMPLETION, at_best=Decimal("0.5"))
    assert "bw-good" in rate(Decimal("0.95"), COMPLETION, at_best=Decimal(1))
    assert rate(None, COMPLETION) == "–"


@pytest.mark.parametrize(("mean", "full"), [("1", 1), ("3.4", 3), ("3.5", 4), ("4.49", 4), ("5", 5)])
def test_stars_are_told_in_numbers_too(mean: str, full: int) -> None:
    shown = str(stars(Decimal(mean), 12))
    assert shown.count("★") == 5
    assert f">{'★' * full}<" in shown
    assert f"{number(Decimal(mean))} of 5, 12 ratings" in shown
    assert stars(None, 0) == "–"


def test_issues_are_a_warning_with_what_they_were() -> None:
    assert "None" in warning(0, {"lost": 0}, is_serious=False)
    shown = warning(1203, {"lost": 1, "late": 1202, "damaged": 0}, is_serious=True)
    assert ">1 lost, 1,202 late<" in shown
    assert ">3 (1 late)<" in warning(3, {"late": 1}, is_serious=False)
    assert "bw-poor" in shown
    assert "bw-fair" in warning(1, {"late": 1}, is_serious=False)


def test_what_people_wrote_is_escaped() -> None:
    assert "<script" not in marked(Level.GOOD, "<script>")
    assert "<script" not in linked("<script>", "/admin/?q=<script>")
