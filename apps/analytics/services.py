"""What other apps, commands, tasks and pages ask of rollups."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_days, mark_rebuild
from apps.analytics.refresh import DAYS_AT_ONCE, recompute_customers, refresh_organization, refresh_step, retried

__all__ = ["Recomputed", "recompute_customer", "recompute_customers", "recompute_days", "refresh_organization"]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of recomputing days: how many of what was published changed, or that the days wait for a refresh."""

    waits: bool
    revisions: int = 0


def recompute_days(*, organization: Organization, days: Iterable[datetime.date]) -> Recomputed:
    """Rebuild business days, and the customers active on them, from facts; repeating it changes nothing.

    Days are marked first, so none is lost: they wait for the next refresh where another one is at work, or where more
    days are to be rebuilt than one step takes. One transaction of rebuilding at most.
    """
    chosen = sorted(set(days))
    if len(chosen) > DAYS_AT_ONCE:
        mark_rebuild(organization.pk, organization.calendar, dict.fromkeys(chosen, 0), cause="admin")
        return Recomputed(waits=True)
    for day in chosen:
        mark_days(organization.pk, organization.calendar, day, day, cause="admin")
    step = retried(lambda: refresh_step(organization.pk, wait=False))
    if step is None or step.planned:
        return Recomputed(waits=True)
    return Recomputed(waits=False, revisions=step.revisions)


def recompute_customer(*, organization_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Compute one customer's analytics anew from facts."""
    recompute_customers(organization_id, [customer_id])
