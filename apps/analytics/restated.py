"""What published figures said and what they say now, figure by figure, out of the kept revisions."""

import datetime
import functools
import operator
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.dateparse import parse_duration

from apps.analytics.metrics.declarations import Unit
from apps.analytics.models import Revision
from apps.analytics.rollups import ROLLUP_BY_NAME
from apps.core.fields import MoneyField
from apps.core.periods import Period

# Lists show the figures of days and of partners: those of products, hours or customers would drown them.
_LISTED = ("daily_revenue", "partner_performance")
_MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """One figure of one published day, of the organization or of a partner: what it said first, and what it says last.

    None stands for no row at all. `times` is how often it changed, `facts` how many facts of the day did, `revision`
    the newest of the revisions. It `is_repair` where that replaced a value that never came from facts.
    """

    rollup: str
    row_id: uuid.UUID
    date: datetime.date
    partner_id: uuid.UUID | None
    field: str
    label: str
    unit: Unit
    said: Decimal | None
    says: Decimal | None
    facts: int
    times: int
    revised_at: datetime.datetime
    revision: uuid.UUID
    is_repair: bool = False

    @property
    def is_of_partner(self) -> bool:
        """Whether the figure is a partner's; that of orders without one has no `partner_id`."""
        return self.rollup == "partner_performance"

    @property
    def change(self) -> Decimal | None:
        """By how much it changed; None where there was nothing before or is nothing now."""
        return None if self.said is None or self.says is None else self.says - self.said


def latest_restated(revisions: int) -> list[Restated]:
    """Return the figures that the newest revisions of the organization of the context changed, those first.

    A figure that changed several times is one of them, from what it said first to what it says last.
    """
    return _merged(Revision.objects.filter(rollup__in=_LISTED).order_by("-revised_at", "-id")[:revisions])


def restated_since(instant: datetime.datetime, periods: Iterable[Period], *, rollup: str) -> list[Restated]:
    """Return the figures of a rollup of the organization of the context that changed after an aware instant, by day.

    Of several changes, the figure is from what it said at the instant to what it says now. `periods` are the days that
    matter. What a repair replaced was never right, so it was not said: it is left out.
    """
    days = functools.reduce(operator.or_, (models.Q(date__range=(one.first, one.last)) for one in periods))
    changed = Revision.objects.filter(days, rollup=rollup, revised_at__gt=instant, is_repair=False)
    return sorted(_merged(changed.order_by("-revised_at", "-id")), key=lambda figure: figure.date)


def _merged(revisions: Iterable[Revision]) -> list[Restated]:
    """Return what revisions, the newest first, changed altogether."""
    found: dict[tuple[str, uuid.UUID, str], Restated] = {}
    for revision in revisions:
        for figure in _figures(revision):
            key = (figure.rollup, figure.row_id, figure.field)
            newer = found.get(key)
            found[key] = (
                figure
                if newer is None
                else replace(newer, said=figure.said, facts=newer.facts + figure.facts, times=newer.times + 1)
            )
    return [figure for figure in found.values() if figure.said != figure.says]


def _figures(revision: Revision) -> Iterator[Restated]:
    model: Any = ROLLUP_BY_NAME[revision.rollup].model if revision.rollup in ROLLUP_BY_NAME else None
    old, new = revision.old or {}, revision.new or {}
    partner = new.get("partner_id") or old.get("partner_id")
    for field in model._meta.concrete_fields if model else ():
        unit = _unit_of(field)
        if unit is None:
            continue
        said, says = _value(field, old), _value(field, new)
        if (said or 0) == (says or 0):
            continue
        yield Restated(
            rollup=revision.rollup,
            row_id=revision.row_id,
            date=revision.date,
            partner_id=uuid.UUID(partner) if partner else None,
            field=field.name,
            label=str(field.verbose_name),
            unit=unit,
            said=said,
            says=says,
            facts=revision.facts_changed,
            times=1,
            revised_at=revision.revised_at,
            revision=revision.pk,
            is_repair=revision.is_repair,
        )


def _unit_of(field: "models.Field[Any, Any]") -> Unit | None:
    """Return the unit of a figure; None for what is none, such as the number beside a sum of times."""
    if isinstance(field, MoneyField):
        return Unit.MONEY
    if isinstance(field, models.DurationField):
        return Unit.MINUTES
    is_named = field.verbose_name != field.name.replace("_", " ")
    return Unit.COUNT if isinstance(field, models.IntegerField) and (is_named or "_count" not in field.name) else None


def _value(field: "models.Field[Any, Any]", row: Mapping[str, Any]) -> Decimal | None:
    value = row.get(field.column)
    if value is None:
        return None
    if isinstance(field, models.DurationField):
        duration = parse_duration(str(value))
        return None if duration is None else Decimal(str(duration / _MINUTE))
    return Decimal(str(value))
