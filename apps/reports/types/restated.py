"""What published days say differently since a report was last issued."""

import datetime
import itertools
from collections.abc import Sequence
from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.analytics.restated import Restated, restated_since
from apps.core.periods import Period
from apps.documents.document import Section
from apps.documents.tables import Column, Kind
from apps.reports.models import AnalyticsReport, ReportStatus
from apps.reports.types.asked import Reading
from apps.reports.types.tables import plain_table

_ROLLUP = "daily_revenue"
_FIGURES = (("total_revenue", Kind.MONEY), ("refund_amount", Kind.MONEY), ("order_count", Kind.COUNT))


def last_issue(report: AnalyticsReport) -> AnalyticsReport | None:
    """Return the last run before this one that people got: of its schedule, else of the same type and parameters.

    Inside the context of its organization.
    """
    issued = AnalyticsReport.objects.filter(
        status=ReportStatus.SUCCEEDED, is_preview=False, created_at__lt=report.created_at
    )
    if report.schedule_id is not None:
        same = issued.filter(schedule_id=report.schedule_id)
    else:
        same = issued.filter(schedule=None, report_type=report.report_type, parameters=report.parameters)
    found: AnalyticsReport | None = same.order_by("-created_at", "-id").first()
    return found


def restated_since_issue(issue: AnalyticsReport, period: Period) -> dict[datetime.date, list[Restated]]:
    """Return the days of an issue and of a period that changed since the issue, each with the figures that did."""
    instant = issue.as_of or issue.finished_at or issue.created_at
    found = restated_since(instant, (Period(issue.start_date, issue.end_date), period), rollup=_ROLLUP)
    return {day: list(figures) for day, figures in itertools.groupby(found, attrgetter("date"))}


def restated_fact(issue: AnalyticsReport | None, days: int, reading: Reading) -> str:
    """Return in words how many days were restated since which issue."""
    if issue is None:
        return _("This is the first issue.")
    at = reading.notation.instant(issue.as_of or issue.finished_at or issue.created_at)
    if not days:
        return _("Nothing, since the issue as of %(instant)s") % {"instant": at}
    told = ngettext(
        "%(days)s day, since the issue as of %(instant)s", "%(days)s days, since the issue as of %(instant)s", days
    )
    return told % {"days": reading.notation.number(days), "instant": at}


def restated_section(days: dict[datetime.date, list[Restated]], reading: Reading) -> Section:
    """Return what was said of each day and what is said now; without values what did not change."""
    labels = {"total_revenue": _("Total revenue"), "refund_amount": _("Refunds"), "order_count": _("Orders")}
    columns = [Column("date", _("Day"), Kind.DATE)]
    for key, kind in _FIGURES:
        columns.append(Column(f"{key}_said", _("%(metric)s, said") % {"metric": labels[key]}, kind))
        columns.append(Column(f"{key}_says", _("%(metric)s, says now") % {"metric": labels[key]}, kind))
    columns += [Column("facts", _("Facts changed"), Kind.COUNT), Column("at", _("Last changed"), Kind.INSTANT)]
    title = _("Restated since the last issue")
    return Section(
        key="restated",
        title=title,
        about=_("Days that were published before and say something else now, over all orders."),
        table=plain_table(title, columns, [_row(day, figures) for day, figures in days.items()], reading),
    )


def _row(day: datetime.date, figures: Sequence[Restated]) -> list[object]:
    by_field = {figure.field: figure for figure in figures}
    values: list[object] = [day]
    for key, _kind in _FIGURES:
        figure = by_field.get(key)
        values += [None, None] if figure is None else [figure.said, figure.says]
    newest = max(figures, key=attrgetter("revised_at"))
    return [*values, newest.facts, newest.revised_at]
