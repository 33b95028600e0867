"""Refreshing one day of all organizations: how its cost grows with history, and what part of a rebuild it is.

    python benchmarks/refresh.py [--orders 1000000,10000000] [--days 1095] [--rounds 5]

Needs a server (`DATABASE_URL`, or the embedded one). Histories of the given lengths are loaded into databases of their
own, once: the shorter one has as many orders a day, over fewer days.

    days         one day of each organization, every rollup of days, without the customers
    everything   the same as beat does it: with customers, revisions, state
    rebuild      every rollup and every customer of the longer history, with one connection

Targets of performance.md: (3) days with the longer history at most 1.2 times days with the shorter; (4) everything at
most 1/75 of a rebuild of three years. A history of fewer days makes the rebuild smaller, so the share is also given for
as many days as three years have.
"""

import argparse
import datetime

from django.utils import timezone
from histories import LONGEST_DAYS, History, execute, histories, measured, numbers, prepare, rebuild, use
from measure import Timings, median, report

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_days
from apps.analytics.filling import close_days, fill_days, open_days, scene_of
from apps.analytics.refresh import refresh_organization
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor


def a_recent_day(organization: Organization) -> datetime.date:
    """Return a full day near the end of the history."""
    (last,) = execute("SELECT max(date) FROM daily_revenue_summaries WHERE organization_id = %s", organization.pk)[0]
    return last - datetime.timedelta(days=3)


def fill_one_day(days: dict[Organization, datetime.date]) -> None:
    """Rebuild one day of each organization, without the customers."""
    for organization, day in days.items():
        with in_transaction(), organization_context(organization.pk), tenant_cursor() as cursor:
            scene = scene_of(organization.pk, timezone.now())
            open_days(cursor, scene, [day])
            fill_days(cursor, scene)
            close_days(cursor)


def refresh_one_day(days: dict[Organization, datetime.date]) -> None:
    """Mark one day of each organization and refresh, as beat does."""
    for organization, day in days.items():
        mark_days(organization.pk, organization.calendar, day, day, cause="benchmark")
        refresh_organization(organization.pk)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=numbers, default=[1_000_000, 10_000_000])
    parser.add_argument("--days", type=int, default=LONGEST_DAYS, help="Of the longest history.")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    of_each = histories(options.orders, options.days)
    for history in of_each:
        prepare(history)
    shorter, longer = of_each[0], of_each[-1]
    recent: dict[History, dict[Organization, datetime.date]] = {}
    filled: Timings = {str(history): [] for history in of_each}
    refreshed: Timings = {str(history): [] for history in of_each}
    for turn in range(options.rounds + 1):
        for history in of_each if turn % 2 else reversed(of_each):
            use(history.database)
            if history not in recent:
                recent[history] = {one: a_recent_day(one) for one in Organization.objects.order_by("slug")}
            seconds = measured(lambda days=recent[history]: fill_one_day(days))
            whole = measured(lambda days=recent[history]: refresh_one_day(days))
            if turn:  # the first warms up
                filled[str(history)].append(seconds)
                refreshed[str(history)].append(whole)
    growth = report("One day of all organizations, days", filled, baseline=str(shorter))[str(longer)]
    report("One day of all organizations, everything", refreshed, baseline=str(shorter))
    use(longer.database)
    rebuilt = measured(lambda: rebuild(workers=1))
    share = rebuilt / median(refreshed[str(longer)])
    three_years = share * LONGEST_DAYS / longer.days
    print(f"\nrebuild of {longer}: {rebuilt:.1f} s")
    print(f"days with the longer history: {growth:.2f} times the shorter (target 3: 1.2): {met(growth <= 1.2)}")
    print(f"everything of one day: 1/{share:.0f} of the rebuild, 1/{three_years:.0f} for three years "
          f"(target 4: 1/75): {met(three_years >= 75)}")  # fmt: skip


def met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


if __name__ == "__main__":
    main()
