"""Whole rollups beside what they must say."""

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import Any

from apps.accounts.models import Organization
from apps.analytics.refresh import refresh_organization
from apps.core.context import organization_context
from apps.core.database import quoted, tenant_cursor
from apps.core.models import DerivedModel
from tests.analytics.facts import GRAINS, Rows, columns_of
from tests.analytics.recomputation import recompute


def stored(organization: Organization, model: type[DerivedModel]) -> Rows:
    """Return a whole rollup of an organization as its table has it."""
    with organization_context(organization.pk):
        rows = list(model.objects.values(*columns_of(model)))
    return {tuple(row[name] for name in GRAINS[model]): row for row in rows}


def all_stored(organization: Organization) -> dict[type[DerivedModel], Rows]:
    """Return every rollup of an organization."""
    return {model: stored(organization, model) for model in GRAINS}


def differences(organization: Organization, actual: dict[type[DerivedModel], Rows] | None = None) -> list[str]:
    """Compare every rollup, whole, with the facts; return a line for each difference."""
    actual = actual or all_stored(organization)
    found = []
    for model, expected in recompute(organization).items():
        found += compare(model, expected, actual[model])
    return found


def refreshed(organization: Organization) -> None:
    """Refresh, and have the recomputation agree, so that it is held to what a test works out by hand."""
    refresh_organization(organization.pk)
    assert differences(organization) == []


def compare(model: type[DerivedModel], expected: Rows, actual: Rows) -> list[str]:
    """Return what two versions of a rollup differ in, a line for each row or column."""
    found = []
    for grain in sorted(expected.keys() | actual.keys(), key=str):
        name = f"{model.__name__} {' '.join(map(str, grain))}"
        if grain not in actual:
            found.append(f"{name}: missing, expected {expected[grain]}")
        elif grain not in expected:
            found.append(f"{name}: not expected, has {actual[grain]}")
        else:
            found += [
                f"{name}: {column} is {actual[grain][column]!r}, expected {expected[grain][column]!r}"
                for column in columns_of(model)
                if actual[grain][column] != expected[grain][column]
            ]
    return found


def sums_by_day(
    rollups: dict[type[DerivedModel], Rows], column: str
) -> dict[type[DerivedModel], dict[datetime.date, Decimal]]:
    """Return the sums of a column by day, of each rollup of days that has it; days that come to zero are left out."""
    found = {}
    for model, rows in rollups.items():
        if "date" not in GRAINS[model] or column not in columns_of(model):
            continue
        by_day: dict[datetime.date, Decimal] = defaultdict(Decimal)
        for row in rows.values():
            by_day[row["date"]] += row[column]
        found[model] = {day: amount for day, amount in by_day.items() if amount}
    return found


def checksums(organization: Organization) -> dict[str, tuple[int, str]]:
    """Return the number of rows and a checksum over all columns of each rollup's table."""
    found = {}
    with tenant_cursor() as cursor:
        for model in GRAINS:
            table = quoted(model._meta.db_table)
            cursor.execute(
                f"SELECT count(*), md5(string_agg(rollup::text, ' ' ORDER BY id)) FROM {table} AS rollup"
                " WHERE organization_id = %s",
                [organization.pk],
            )
            found[model.__name__] = cursor.fetchone()
    return found


def told(organization: Organization, model: type[DerivedModel]) -> dict[Any, dict[str, Any]]:
    """Return a whole rollup in few words: by what is left of the grain when it is of one column, without what is empty.

    Columns at nothing, zero or '' are left out, and so are those of the grain.
    """
    grains = GRAINS[model]
    return {
        grain if len(grains) > 1 else grain[0]: {
            name: value for name, value in row.items() if name not in grains and value
        }
        for grain, row in stored(organization, model).items()
    }
