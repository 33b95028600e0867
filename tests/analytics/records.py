"""What the analytics keep beside the rollups: marks in the change log, the state, revisions."""

import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from apps.analytics.models import AnalyticsState, CustomerAnalytics, DailyRevenueSummary, Revision
from apps.analytics.refresh import refresh_organization
from apps.core.context import organization_context

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
EVERYTHING = (None, None)


class Mark(NamedTuple):
    """A row of the change log; without limits `first_at` and `last_at` are None."""

    scope: str
    cause: str
    first_at: datetime.datetime | None
    last_at: datetime.datetime | None
    facts: int


def day(text):
    return datetime.date.fromisoformat(text)


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def marks(organization):
    """What waits to be computed; what moves the version alone is no work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scope, cause, CASE WHEN isfinite(first_at) THEN first_at END,"
            " CASE WHEN isfinite(last_at) THEN last_at END, facts"
            " FROM analytics_changelog WHERE organization_id = %s AND scope <> 'attributes'"
            " ORDER BY first_at, cause, facts",
            [organization.pk],
        )
        return [Mark(*row) for row in cursor.fetchall()]


def forget_marks(organization):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM analytics_changelog WHERE organization_id = %s", [organization.pk])


def days_marked(organization):
    """Each mark that has limits as (cause, first day, last day, facts), by the organization's calendar."""
    calendar = type(organization).objects.get(pk=organization.pk).calendar
    return [
        (mark.cause, str(calendar.business_date(mark.first_at)), str(calendar.business_date(mark.last_at)), mark.facts)
        for mark in marks(organization)
        if mark.first_at
    ]


def refresh(organization, **options):
    return refresh_organization(organization.pk, **options)


def state(organization):
    with organization_context(organization.pk):
        return AnalyticsState.objects.get()


def daily(organization, date):
    with organization_context(organization.pk):
        return DailyRevenueSummary.objects.get(date=date)


def customer_row(organization, customer):
    with organization_context(organization.pk):
        return CustomerAnalytics.objects.get(customer=customer)


def revisions(organization, rollup="daily_revenue"):
    """The revisions of a rollup in the order in which they came."""
    with organization_context(organization.pk):
        return list(Revision.objects.filter(rollup=rollup).order_by("revised_at", "date"))


def change(row, **fields):
    """Write these fields of a fact."""
    with organization_context(row.organization_id):
        type(row).objects.filter(pk=row.pk).update(**fields)


def delete(row):
    with organization_context(row.organization_id):
        row.delete()


def stored(model, organization):
    """Every row of a model as a dictionary of its columns, by its key."""
    with organization_context(organization.pk):
        return {row["id"]: row for row in model.objects.values()}


def money(text):
    return Decimal(text)
