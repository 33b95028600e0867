"""A report: what it asks, and the document that its answers become."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.questions import InvalidQuestion, ask, dimensions_of
from apps.analytics.metrics.scope import Scope
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Values
from apps.analytics.upkeep import Waiting
from apps.core.periods import Period
from apps.documents.document import Definition, Document, Section
from apps.documents.naming import named
from apps.reports.models import AnalyticsReport, ReportType
from apps.reports.types.asked import Asked, Reading
from apps.reports.types.parts import Part
from apps.reports.types.restated import last_issue, restated_fact, restated_section, restated_since_issue
from apps.reports.types.tables import figure_of
from apps.reports.types.unknown import unknown_section
from apps.reports.waiting import notice_of, waiting_of
from apps.reports.wording import BASES, COMPARISONS, as_said_on, labels_of

Text = str | Promise
_ANY_DAY = Period(datetime.date(2000, 1, 1), datetime.date(2000, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A document, with what is worth knowing of it: whether anything happened, days restated, what was not counted."""

    document: Document
    is_empty: bool
    restated: int
    waiting: Waiting


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that people receive. `figures` come first; where all of `happened` are zero, nothing happened."""

    key: str
    about: Text
    figures: tuple[str, ...]
    parts: tuple[Part, ...]
    happened: tuple[str, ...] = ("order_count", "refund_count")

    @property
    def title(self) -> str:
        """What the report is called."""
        return str(ReportType(self.key).label)

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """The dimensions that at least one of the first figures can be filtered by."""
        return tuple(key for key in DIMENSIONS if any(key in dimensions_of(METRICS[one]) for one in self.figures))

    @property
    def shows_contact_details(self) -> bool:
        """Whether something in it tells how customers are reached."""
        return any(part.shows_contact_details for part in self.parts)

    def compose(self, scope: Scope, asked: Asked, report: AnalyticsReport) -> Composed:
        """Return the document of a run; some statements for each part. Inside the context of its organization."""
        reading = Reading(scope=scope, asked=asked)
        values = self._values(reading)
        sections = [part.section(reading) for part in self.parts]
        # What was said at an instant stays as it is; it has no issues.
        issue = last_issue(report) if scope.as_of is None else None
        restated = restated_since_issue(issue, asked.period) if issue else {}
        if restated:
            sections.append(restated_section(restated, reading))
        waiting = waiting_of(report)
        said = as_said(scope)
        if said is not None and said.unknown:
            sections.append(unknown_section(said, reading))
        facts = _facts(reading)
        if said is None:
            facts.append((_("Restated"), restated_fact(issue, len(restated), reading)))
        figures = tuple(figure_of(key, values[key], reading) for key in self.figures if key in values)
        document = Document(
            key=self.key,
            title=self.title,
            organization=scope.organization.name,
            period=reading.days(),
            notation=reading.notation,
            created_at=report.started_at or timezone.now(),
            as_of=scope.freshness.as_of,
            notice=notice_of(waiting, reading.notation),
            as_said="" if said is None else as_said_on(said.instant, reading.notation),
            facts=tuple(facts),
            figures=figures,
            sections=tuple(sections),
            definitions=self._definitions(sections),
        )
        is_empty = not any(values[key]["value"] for key in self.happened if key in values)
        return Composed(document=document, is_empty=is_empty, restated=len(restated), waiting=waiting)

    def figures_under(self, filters: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
        """Return the first figures, and those that say whether anything happened, that have all of the filters."""
        return tuple(key for key in dict.fromkeys((*self.figures, *self.happened)) if _has(key, filters))

    def _values(self, reading: Reading) -> Json:
        keys = self.figures_under(reading.asked.filters)
        return Values(metrics=keys).compute(reading.scope, reading.asked.given())

    def _definitions(self, sections: Iterable[Section]) -> tuple[Definition, ...]:
        answered = {section.key for section in sections if not section.note or section.table or section.figures}
        asked = [key for part in self.parts if part.key in answered for key in part.metrics]
        keys = dict.fromkeys((*self.figures, *asked))
        return tuple(Definition(key=key, label=METRICS[key].label, text=METRICS[key].formula) for key in keys)


def _has(metric: str, filters: Mapping[str, Iterable[str]]) -> bool:
    """Tell whether a metric is kept by all of these dimensions together, which is less than by each of them."""
    try:
        ask([metric], period=_ANY_DAY, filters=filters)
    except InvalidQuestion:
        return False
    return True


def _period_told(reading: Reading) -> str:
    if not reading.goes_on:
        return reading.days()
    is_ahead = reading.asked.period.first > reading.scope.today
    told = _("%(days)s, has not begun") if is_ahead else _("%(days)s, goes on")
    return told % {"days": reading.days()}


def _facts(reading: Reading) -> list[tuple[str, str]]:
    asked, notation, organization = reading.asked, reading.notation, reading.scope.organization
    as_of = reading.scope.freshness.as_of
    compared = {"comparison": COMPARISONS[asked.compare], "days": reading.earlier_days()}
    zone = {"zone": organization.timezone, "time": f"{organization.day_starts_at:%H:%M}"}
    facts = [
        (_("Period"), _period_told(reading)),
        (_("Compared with"), _("%(comparison)s: %(days)s") % compared),
        (_("Time zone"), _("%(zone)s; business days begin at %(time)s") % zone),
        (_("Currency"), organization.currency),
        (_("Refunds"), str(BASES[asked.refund_basis])),
        (_("As of"), _("The figures have not been worked out yet") if as_of is None else notation.instant(as_of)),
    ]
    for key, values in asked.filters.items():
        labels = labels_of(DIMENSIONS[key], values)
        shown = ", ".join(named(key, value, label, notation) for value, label in labels.items())
        facts.append((_("Only %(dimension)s") % {"dimension": DIMENSIONS[key].label.lower()}, shown))
    return facts
