"""What a reader asks of a dashboard: period, comparison, filters; all of it is in the address, to be shared."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from apps.accounts.models import Organization
from apps.accounts.notation import Notation, notation_of
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.questions import InvalidQuestion, checked_filters
from apps.analytics.rest.parameters import AnswerParameters, read_parameters
from apps.analytics.rest.sections import Options
from apps.analytics.selectors import published_since
from apps.backoffice.dashboards.problems import PERIOD_FIELDS, problems_of, read_date
from apps.core.periods import Comparison, Period, Step
from apps.documents.naming import named
from apps.reports.wording import PRESETS, labels_of

DEFAULT_PRESET = "30d"
_FIELDS = (*PERIOD_FIELDS, "compare", "refund_basis", "as_of")
_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on: what it keeps, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField:
    """A field of a day. What is no date is shown as the text it is, so that it can be mended."""

    name: str
    label: str
    value: str
    is_date: bool
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What is asked. `preset` is empty where the reader gave dates; `errors` tell of filters that could not be read.

    `problems` tell by field what could not be read of the rest, and `typed` are the dates as the reader gave them.
    `fixed` are filters that the page itself is about: they are in every question, and in no address of this page.
    `as_of` is the instant of the past that is asked about, `as_of_text` what the reader gave for it.
    """

    organization: Organization
    period: Period
    preset: str = DEFAULT_PRESET
    compare: str = Comparison.PREVIOUS_PERIOD.value
    refund_basis: str = RefundBasis.REFUND_DAY.value
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    as_of: datetime.datetime | None = None
    as_of_text: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """What a question that has nothing of its own asks with."""
        return Options(
            period=self.period, compare=self.compare, refund_basis=self.refund_basis, filters=self.asked_filters
        )

    @property
    def asked_filters(self) -> dict[str, tuple[str, ...]]:
        """Every filter that is on."""
        return {**self.filters, **self.fixed}

    @property
    def notation(self) -> Notation:
        """How the organization writes."""
        return notation_of(self.organization)

    @property
    def today(self) -> datetime.date:
        """The organization's business day, today or as of the instant of the past."""
        return self.organization.calendar.business_date(self.as_of or timezone.now())

    @property
    def said(self) -> dict[str, str]:
        """What addresses say of the instant of the past, if there is one."""
        return {"as_of": self.as_of_text} if self.as_of else {}

    @property
    def day_starts_late(self) -> bool:
        """Whether business days are not those of the calendar."""
        return self.organization.day_starts_at != datetime.time(0)

    def given(self) -> dict[str, Any]:
        """Return what sections ask with."""
        return {
            "period": self.period,
            "compare": self.compare,
            "refund_basis": self.refund_basis,
            "filters": self.asked_filters,
            "limit": _LISTED,
        }

    def key(self) -> dict[str, Any]:
        """Return what an answer depends on, as JSON: the days, however they were named."""
        period = self.period
        return {
            "days": [str(period.first), str(period.last), str(period.step)],
            "compare": self.compare,
            "refund_basis": self.refund_basis,
            "as_of": self.as_of and self.as_of.isoformat(),
            "filters": {key: list(values) for key, values in sorted(self.asked_filters.items())},
        }

    def query(self, **changes: Any) -> str:
        """Return the address’s query for these controls; `changes` replace fields or filters, None leaves them out."""
        asked: dict[str, Any] = {"timeframe": self.preset} if self.preset else _dates(self.period)
        asked |= {"compare": self.compare, "refund_basis": self.refund_basis, **self.said, **self.filters}
        return _encoded({**asked, **changes})

    def chips(self) -> list[Chip]:
        """Return the filters that are on; a query for each dimension whose values are ids."""
        return [
            Chip(
                label=DIMENSIONS[key].label,
                value=named(key, value, label, self.notation),
                without=self.query(**{key: [one for one in values if one != value] or None}),
            )
            for key, values in self.filters.items()
            for value, label in labels_of(DIMENSIONS[key], values).items()
        ]

    def hidden_fields(self) -> list[tuple[str, str]]:
        """Return the filters and the instant of the past as fields of the form that changes the period."""
        return [*self.said.items()] + [(key, value) for key, values in self.filters.items() for value in values]

    @property
    def is_default_meanwhile(self) -> bool:
        """Whether the period stands in for one that could not be read."""
        return any(key in self.problems for key in PERIOD_FIELDS)

    def date_fields(self) -> list["DateField"]:
        """Return the fields of the first and the last day: with what was given, or the days that are shown."""
        shown = {} if self.preset else _dates(self.period)
        return [
            DateField(
                name=name,
                label=label,
                value=(value := str(self.typed.get(name) or shown.get(name, ""))),
                is_date=not value or read_date(value) is not None,
                problem=self.problems.get(name, ""),
            )
            for name, label in (("start_date", _("From")), ("end_date", _("To")))
        ]

    def instant_field(self) -> "DateField":
        """Return the field of the day whose end figures are as of; an instant is shown as the text it is."""
        value = self.as_of_text
        return DateField(
            name="as_of",
            label=_("As said on"),
            value=value,
            is_date=not value or read_date(value) is not None,
            problem=self.problems.get("as_of", ""),
        )

    def period_label(self) -> str:
        """Return how the period is called: the preset’s name, or its days."""
        return str(PRESETS[self.preset]) if self.preset else self.notation.days(self.period.first, self.period.last)


def read_controls(
    request: HttpRequest,
    organization: Organization,
    *,
    preset: str = DEFAULT_PRESET,
    fixed: Mapping[str, tuple[str, ...]] | None = None,
) -> Controls:
    """Return what the address asks; what cannot be read is told at its field, and the default stands in for it."""
    fixed = fixed or {}
    given = {key: request.GET[key] for key in _FIELDS if request.GET.get(key)}
    if given.get("timeframe") and (given.get("start_date") or given.get("end_date")):
        del given["timeframe"]  # the form sends both: dates are what a reader took the trouble to give
    found_filters, errors = _filters(request.GET)
    found, problems = _read(given, organization, preset)
    is_default = any(key in problems for key in PERIOD_FIELDS)
    period: Period = found["period"]
    return Controls(
        organization=organization,
        period=period if found.get("timeframe") else replace(period, step=_step(request.GET)),
        preset=found.get("timeframe") or "",
        compare=found["compare"],
        refund_basis=found["refund_basis"],
        filters={key: values for key, values in found_filters.items() if key not in fixed},
        fixed=fixed,
        errors=errors,
        as_of=found.get("as_of"),
        as_of_text=given.get("as_of", ""),
        problems=problems,
        typed={key: given[key] for key in ("start_date", "end_date") if key in given} if is_default else {},
    )


def _read(given: Mapping[str, str], organization: Organization, preset: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what could be read, with the default for the rest, and what is wrong with the rest."""
    asked = dict(given) if any(key in given for key in PERIOD_FIELDS) else {**given, "timeframe": preset}
    try:
        return read_parameters(AnswerParameters, asked, organization), {}
    except ValidationError as error:
        refused: Mapping[str, Any] = error.detail  # type: ignore[assignment]
        today = organization.calendar.business_date(timezone.now())
        since = published_since() if "as_of" in refused else None
        problems = problems_of(refused, given, notation_of(organization), today, since=since)
        left_out = {*problems, *(PERIOD_FIELDS if any(key in problems for key in PERIOD_FIELDS) else ())}
        found, more = _read({key: given[key] for key in given if key not in left_out}, organization, preset)
        return found, {**problems, **more}


def _filters(asked: QueryDict) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    errors = []
    for key in DIMENSIONS:
        if key not in asked:
            continue
        try:
            found |= checked_filters({key: [_canonical(value) for value in asked.getlist(key)]})
        except InvalidQuestion as error:
            errors.append(f"{DIMENSIONS[key].label}: {error.message}")
    return found, tuple(errors)


def _canonical(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return value


def _dates(period: Period) -> dict[str, str | None]:
    return {"start_date": str(period.first), "end_date": str(period.last), "step": period.step}


def _step(asked: QueryDict) -> Step | None:
    """Return what a link knows of its days beside them: how far back those before them lie."""
    try:
        return Step(asked.get("step", ""))
    except ValueError:
        return None


def rows_query(
    options: Options, filters: Mapping[str, str], period: Period | None = None, *, said: Mapping[str, str]
) -> str:
    """Return the query for what is behind a value: days by their dates, so that it means the same tomorrow.

    `filters` and `period` are those of the value, within the options of its question; `said` is when it was said.
    """
    return _encoded(
        {
            **_dates(period or options.period),
            "compare": options.compare,
            "refund_basis": options.refund_basis,
            **said,
            **options.filters,
            **filters,
        }
    )


def _encoded(asked: Mapping[str, Any]) -> str:
    defaults = {
        "compare": Comparison.PREVIOUS_PERIOD,
        "refund_basis": RefundBasis.REFUND_DAY,
    }
    said = {key: value for key, value in asked.items() if value is not None and defaults.get(key) != value}
    return f"?{urlencode(said, doseq=True)}" if said else "?"
