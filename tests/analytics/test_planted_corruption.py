"""Whatever stands in a rollup that does not follow from facts is found, named and mended: every column, on any day."""

import datetime
import uuid
from decimal import Decimal
from itertools import zip_longest

import pytest
from django.db import models
from django.utils import timezone

from apps.analytics.models import CustomerAnalytics, DailyRevenueSummary
from apps.analytics.rollups import ROLLUPS
from apps.analytics.selectors import rows_as_of
from apps.analytics.services import recompute_days
from apps.core.context import organization_context
from tests.analytics.records import DAY, refresh, revisions
from tests.analytics.spoiling import NAMES, TENTH, everything_stored, fill, verify

IMPOSSIBLE = [datetime.date(1999, 12, 31), datetime.date(2031, 1, 1)]
NOT_COMPUTED = {"organization", "refreshed_at"}
OTHER = {
    models.UUIDField: lambda value: uuid.uuid4(),
    models.ForeignKey: lambda value: uuid.uuid4(),
    models.DateField: lambda value: (value or TENTH) + DAY * 400,
    models.DateTimeField: lambda value: (value or datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)) + DAY,
    models.DurationField: lambda value: value + DAY,
    models.DecimalField: lambda value: value + Decimal("0.01"),
    models.IntegerField: lambda value: value + 1,
    models.BooleanField: lambda value: not value,
    models.CharField: lambda value: "other",
}


@pytest.fixture
def customer(laundry, today):
    customer = fill(laundry)
    refresh(laundry)
    return customer


def columns_of(model):
    return [field for field in model._meta.concrete_fields if field.name not in NOT_COMPUTED]


def plant(organization, model, field):
    """Write another value into one column of the row of the 10th, and return how the rollup is called."""
    kind = next(kind for kind in type(field).__mro__ if kind in OTHER)
    with organization_context(organization.pk):
        rows = model.objects.filter(date=TENTH) if model is not CustomerAnalytics else model.objects
        row = rows.order_by("pk").first()
        value = OTHER[kind](getattr(row, field.attname))
        assert model.objects.filter(pk=row.pk).update(**{field.attname: value}) == 1
    return NAMES.get(model, "customer_analytics")


def computed(organization):
    return {
        model: {pk: {**row, "refreshed_at": None} for pk, row in rows.items()}
        for model, rows in everything_stored(organization).items()
    }


def test_another_value_in_any_column_of_any_rollup_is_found_named_and_mended(laundry, customer):
    before, planted = computed(laundry), 0
    rounds = list(zip_longest(*(columns_of(model) for model in NAMES)))
    for fields in [*rounds, *((field,) for field in columns_of(CustomerAnalytics))]:
        models_of = NAMES if fields in rounds else [CustomerAnalytics]
        chosen = [(model, field) for model, field in zip(models_of, fields, strict=True) if field is not None]
        names = {(plant(laundry, model, field), field.attname) for model, field in chosen}
        planted += len(names)
        verification = verify(laundry, repair=True)
        named = {
            (detail["rollup"], column) for detail in verification.details for column in columns_that_differ(detail)
        }
        assert names - named == set(), f"not named: {names - named}"
        assert computed(laundry) == before, f"not mended: {names}"
    assert verify(laundry).differences == 0
    assert planted == sum(len(columns_of(model)) for model in [*NAMES, CustomerAnalytics]) > 120


def columns_that_differ(detail):
    stored, should = detail["stored"] or {}, detail["computed"] or {}
    if stored and should:
        return {name for name in should if stored.get(name) != should[name]}
    return {*stored, *should, "id", "date"}  # a row that came or went has another key or another day


@pytest.mark.parametrize("date", IMPOSSIBLE, ids=str)
def test_rows_of_every_rollup_on_days_without_any_fact_are_found_and_removed(laundry, customer, date):
    before = computed(laundry)
    with organization_context(laundry.pk):
        for rollup in ROLLUPS:
            row = rollup.model.objects.filter(date=TENTH).order_by("pk").first()
            row.id, row.date = uuid.uuid4(), date
            row.save(force_insert=True)
    verification = verify(laundry)
    assert {(detail["rollup"], detail["date"]) for detail in verification.details} >= {
        (rollup.name, str(date)) for rollup in ROLLUPS
    }
    refresh_full(laundry)
    assert computed(laundry) == before


def refresh_full(organization):
    from django.core.management import call_command

    call_command("refresh_rollups", "--full", organization=[organization.slug], verbosity=0)


def test_sums_that_contradict_each_other_are_seen_without_the_facts(laundry, customer):
    assert (verify(laundry).imbalances, verify(laundry).imbalance_details) == (0, [])
    for model in NAMES:
        with organization_context(laundry.pk):
            if any(field.name == "total_revenue" for field in model._meta.concrete_fields):
                row = model.objects.filter(date=TENTH).order_by("pk").first()
                model.objects.filter(pk=row.pk).update(total_revenue=models.F("total_revenue") + Decimal("0.01"))
    verification = verify(laundry, repair=True)
    # All but one agree with the daily revenue, which is off by a cent as well; its payments are not.
    assert [(one["rollup"], one["date"], one["measure"]) for one in verification.imbalance_details] == [
        ("payment_methods", str(TENTH), "total_revenue"),
        ("customer_analytics", None, "total_spent"),
    ]
    assert verify(laundry).imbalances == 0


def test_what_a_repair_replaced_is_marked_and_bounded_by_the_last_clean_verification(laundry, customer):
    clean = verify(laundry)
    plant(laundry, ROLLUPS[2].model, ROLLUPS[2].model._meta.get_field("total_revenue"))
    verify(laundry, repair=True)
    (revision,) = revisions(laundry)
    assert (revision.is_repair, revision.right_until) == (True, clean.started_at)


@pytest.mark.parametrize("way", ["verify", "recompute", "rebuild"])
def test_however_a_wrong_row_is_computed_again_it_leaves_no_false_past(laundry, customer, way):
    before = timezone.now()
    row = {"instant": before, "first": TENTH, "last": TENTH}
    (said,) = rows_as_of(laundry, DailyRevenueSummary, **row)
    plant(laundry, DailyRevenueSummary, DailyRevenueSummary._meta.get_field("total_revenue"))
    if way == "verify":
        verify(laundry, repair=True)
    elif way == "recompute":
        recompute_days(organization=laundry, days=[TENTH])
    else:
        refresh_full(laundry)
    (revision,) = revisions(laundry)
    assert revision.is_repair
    (now_said,) = rows_as_of(laundry, DailyRevenueSummary, **row)
    assert now_said.total_revenue == said.total_revenue
