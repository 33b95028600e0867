"""What callers may say: the period and what goes with it. Each refusal names its parameter."""

import datetime
import functools
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import Organization
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.explanation import LARGEST_PAGE, PAGE_SIZE
from apps.analytics.metrics.instants import NothingSaid, read_as_of
from apps.analytics.metrics.questions import DEFAULT_LIMIT, MAX_LIMIT
from apps.core.periods import TIMEFRAMES, Comparison, Grain, InvalidPeriod, Period, requested_period
from apps.core.rest.fields import ChoiceField, DayField, IdField
from apps.marketplace.models import Partner

_COMPARISONS = [(str(one), str(one)) for one in Comparison]
_BASES = [(str(one), str(one)) for one in RefundBasis]
_GRAINS = [(str(one), str(one)) for one in Grain]
BREAKDOWNS = ("payment_method", "category", "partner", "channel", "city", "business_type")
MOST_ROWS = 100
QUERIES_REMEMBERED = 1024


@extend_schema_field({"type": "string", "examples": ["2026-03-01", "2026-03-01T09:30:00+01:00"]})
class InstantOrDayField(serializers.Field[Any, Any, Any, Any]):
    """An instant of the past, or a business day and with it its end; `read_parameters` has read it before."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the instant."""
        return self.context["as_of"]

    def to_representation(self, value: Any) -> Any:
        """Return it as it is."""
        return value


class PeriodParameters(serializers.Serializer[Any]):
    """A period: a timeframe, or two inclusive business dates; the last 30 days where nothing is said.

    `looked_up` names the parameters that are looked up in the database.
    """

    looked_up: ClassVar[frozenset[str]] = frozenset()

    start_date = DayField(required=False, help_text="First business day, included.")
    end_date = DayField(required=False, help_text="Last business day, included; today where only a start is given.")
    timeframe = ChoiceField(
        [(name, name) for name in TIMEFRAMES],
        required=False,
        help_text="Instead of dates; 30d unless anything is said.",
    )
    as_of = InstantOrDayField(
        required=False,
        help_text=(
            "What was said at this instant, or at the end of this business day: of days that were over by then, and no"
            " earlier than figures were published. Timeframes mean what they meant then."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the period.

        Raises:
            ValidationError: the dates do not go together; it names the parameter.

        """
        try:
            period = requested_period(
                start_date=attrs.get("start_date"),
                end_date=attrs.get("end_date"),
                timeframe=attrs.get("timeframe"),
                today=self.context["today"],
                week_starts_on=self.context["week_starts_on"],
            )
        except InvalidPeriod as error:
            raise serializers.ValidationError({error.field: [error.message]}, code=error.fault) from error
        return {**attrs, "period": period}


class AnswerParameters(PeriodParameters):
    """A period, what it is compared with, and on which day refunds are booked."""

    compare = ChoiceField(
        _COMPARISONS,
        default=str(Comparison.PREVIOUS_PERIOD),
        help_text="The earlier period: the one before, the same dates a year ago, or the same days of the week before.",
    )
    refund_basis = ChoiceField(
        _BASES, default=str(RefundBasis.REFUND_DAY), help_text="The day of the refund, or that of its order."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_ROWS, default=10, help_text="How many partners, products or customers are listed."
    )


class PartnerParameters(AnswerParameters):
    """The same for one partner."""

    looked_up = frozenset({"partner_id"})

    partner_id = IdField(required=False, help_text="Only this partner.")

    def validate_partner_id(self, value: Any) -> Any:
        """Refuse a partner that is not there."""
        if not Partner.objects.filter(pk=value).exists():
            raise serializers.ValidationError("There is no such partner.")
        return value


class TrendParameters(AnswerParameters):
    """The same by a grain."""

    grain = ChoiceField(_GRAINS, required=False, help_text="What days are gathered into; by the length of the period.")


class BreakdownParameters(AnswerParameters):
    """The same divided by something."""

    by = ChoiceField([(key, key) for key in BREAKDOWNS], default="category", help_text="What revenue is divided by.")


@extend_schema_field({"type": "string"})
class NamesField(serializers.Field[Any, Any, Any, Any]):
    """Names with commas between them, or a list of them."""

    def to_internal_value(self, data: Any) -> list[str]:
        """Read them."""
        names = data.split(",") if isinstance(data, str) else data
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise serializers.ValidationError("Give names with commas between them.")
        return [name.strip() for name in names if name.strip()]

    def to_representation(self, value: Any) -> Any:
        """Return it as it is."""
        return value


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class NameListField(NamesField):
    """The same, in a body."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise serializers.ValidationError("Give each name once.")
    return found


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class FiltersField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object: the key of a dimension, and the values to keep."""

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        """Read it."""
        if isinstance(data, str):
            try:
                data = json.loads(data, object_pairs_hook=_each_once)
            except (ValueError, RecursionError) as error:
                raise serializers.ValidationError('Give a JSON object, such as {"channel": ["web"]}.') from error
        if not isinstance(data, Mapping):
            raise serializers.ValidationError('Give a JSON object, such as {"channel": ["web"]}.')
        found = {}
        for key, values in data.items():
            chosen = [values] if isinstance(values, str) else values
            if not isinstance(chosen, list) or not all(isinstance(value, str) for value in chosen):
                raise serializers.ValidationError({key: ["Give a list of texts."]})
            found[key] = chosen
        return found

    def to_representation(self, value: Any) -> Any:
        """Return it as it is."""
        return value


@extend_schema_field({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}})
class FilterObjectField(FiltersField):
    """The same, in a body."""


class QueryParameters(PeriodParameters):
    """A question of any metrics."""

    metrics = NamesField(help_text="Keys of /api/analytics/metrics, with commas between them.")
    dimensions = NamesField(default=list, help_text=f"At most two of {', '.join(DIMENSIONS)}.")
    grain = ChoiceField(_GRAINS, required=False, help_text="A row for each of these within the period.")
    compare = ChoiceField(_COMPARISONS, required=False, help_text="The earlier period to compare with.")
    refund_basis = ChoiceField(_BASES, default=str(RefundBasis.REFUND_DAY))
    filters = FiltersField(
        default=dict, help_text='A JSON object such as {"channel": ["web"]}; an empty text stands for none.'
    )
    order = serializers.CharField(
        default="", help_text="A metric or dimension asked for, with a minus in front for descending."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="How many groups; the total is of all."
    )


class QueryBody(QueryParameters):
    """The same question in a body."""

    metrics = NameListField(help_text="Keys of /api/analytics/metrics.")
    dimensions = NameListField(default=list, help_text=f"At most two of {', '.join(DIMENSIONS)}.")
    filters = FilterObjectField(default=dict, help_text="Values to keep, by dimension; an empty text stands for none.")


class ExplanationParameters(PeriodParameters):
    """A period, what is left out of it, and which page of facts."""

    refund_basis = ChoiceField(_BASES, default=str(RefundBasis.REFUND_DAY))
    filters = FiltersField(default=dict, help_text='A JSON object such as {"partner": ["0198c2f4-…"]}.')
    part = ChoiceField(
        [(name, name) for name in ("value", "numerator", "denominator")],
        required=False,
        help_text="Whose facts: of a sum its value, of a ratio what is above or below the line.",
    )
    cursor = serializers.CharField(required=False, help_text="`next_cursor` of the page before.")
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)


def read_parameters(
    parameters: type[PeriodParameters], data: Mapping[str, Any], organization: Organization
) -> dict[str, Any]:
    """Return the parameters of a request to an organization, today; as of an instant, on the day that it falls on.

    Raises:
        ValidationError: one cannot be read; it is named.

    """
    now = timezone.now()
    instant = _as_of(parameters, data, organization, now)
    today = organization.calendar.business_date(instant or now)
    is_query = all(isinstance(value, str) for value in data.values())
    if is_query and parameters.looked_up.isdisjoint(data):
        return dict(_read_query(parameters, tuple(data.items()), today, organization.week_starts_on, instant))
    return _read(parameters, data, today, organization.week_starts_on, instant)


def _as_of(
    parameters: type[PeriodParameters], data: Mapping[str, Any], organization: Organization, now: datetime.datetime
) -> datetime.datetime | None:
    if data.get("as_of") is None or "as_of" not in parameters().fields:
        return None
    try:
        return read_as_of(data["as_of"], organization, now=now)
    except NothingSaid as error:
        raise serializers.ValidationError({"as_of": [error.message]}, code=error.fault) from error


def _read(
    parameters: type[PeriodParameters],
    data: Mapping[str, Any],
    today: datetime.date,
    week_starts_on: int,
    as_of: datetime.datetime | None,
) -> dict[str, Any]:
    serializer = parameters(data=data, context={"today": today, "week_starts_on": week_starts_on, "as_of": as_of})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


@functools.lru_cache(maxsize=QUERIES_REMEMBERED)
def _read_query(
    parameters: type[PeriodParameters],
    items: tuple[tuple[str, str], ...],
    today: datetime.date,
    week_starts_on: int,
    as_of: datetime.datetime | None,
) -> dict[str, Any]:
    """Read a query that says the same whenever it is asked on the same day: front ends ask few, over and over."""
    return _read(parameters, dict(items), today, week_starts_on, as_of)


def period_of(given: Mapping[str, Any]) -> Period:
    """Return the period that was found."""
    period: Period = given["period"]
    return period
