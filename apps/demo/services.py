"""Loading demonstration organizations: each whole or not at all, and only ones made here."""

import datetime
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.apps import apps

from apps.accounts.currencies import minor_digits
from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.database import in_transaction, quoted, tenant_cursor
from apps.core.jobs import JobProgress, begin_job, fail_job, finish_job, queue_job
from apps.core.models import JobRun, JobTrigger
from apps.demo.businesses.base import Business, Profile, Script, Stage
from apps.demo.clock import Calendar
from apps.demo.deletion import delete_rows
from apps.demo.keys import Keys, demo_organization_id
from apps.demo.writing import Writer
from apps.marketplace.models import Order

JOB_KIND = "load_demo"
Progress = Callable[[int], object]


class DemoRefused(Exception):
    """Loading would touch something that is not ours, or was asked for something impossible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one organization: its newest business day, and the rows written now, by model."""

    organization: Organization
    newest: datetime.date | None
    written: dict[str, int]
    seconds: float

    @property
    def loaded(self) -> bool:
        """Whether this run loaded it."""
        return bool(self.written)

    @property
    def rows(self) -> int:
        """How many rows this run wrote."""
        return sum(self.written.values())


class _Advance:
    """Tells the job ledger and a progress bar how far the orders are."""

    def __init__(self, job: JobProgress, progress: Callable[[int], Progress] | None) -> None:
        self._job = job
        self._progress = progress
        self._bar: Progress | None = None
        self._total = 0
        self._done = 0

    def begin(self, total: int) -> None:
        """Say how many orders are to come."""
        self._total = max(total, 1)
        self._bar = self._progress(total) if self._progress else None

    def by(self, orders: int, *, rows: int) -> None:
        """Count orders that were written."""
        self._done += orders
        self._job.report(percent=100 * self._done / self._total, stage="orders", rows=rows)
        if self._bar:
            self._bar(orders)


def find_demo_organization(profile: Profile) -> Organization | None:
    """Return the organization that this app made under a profile's slug, or None.

    Raises:
        DemoRefused: the slug belongs to an organization that somebody else made.

    """
    marked = Organization.objects.filter(pk=demo_organization_id(profile.slug)).first()
    if marked is None and Organization.objects.filter(slug=profile.slug).exists():
        raise DemoRefused(
            f"An organization with the short name “{profile.slug}” exists and was not made by load_demo. "
            "It stays as it is; rename it if you want the demonstration beside it."
        )
    return marked


def newest_business_day(profile: Profile, organization: Organization) -> datetime.date | None:
    """Return the business day of the newest order, or None where nothing is loaded."""
    with organization_context(organization.pk):
        placed = Order.objects.order_by("-placed_at").values_list("placed_at", flat=True).first()
    return profile.clock.business_date(placed) if placed else None


def last_business_day(
    profile: Profile, *, now: datetime.datetime, until: datetime.date | None
) -> tuple[datetime.date, datetime.datetime]:
    """Return the last business day of the data and the instant up to which it is known.

    Raises:
        DemoRefused: `until` lies in the future of the organization.

    """
    today = profile.clock.business_date(now)
    if until is None or until == today:
        return today, now
    if until > today:
        raise DemoRefused(f"{until} has not begun for {profile.name}: there it is {today}.")
    end = profile.clock.day_start(until + datetime.timedelta(days=1))
    return until, end - datetime.timedelta(seconds=1)


def load_business(
    *,
    business: Business,
    scale: float,
    seed: int,
    now: datetime.datetime,
    until: datetime.date | None = None,
    reset: bool = False,
    progress: Callable[[int], Progress] | None = None,
) -> Outcome:
    """Load one organization, unless it is there already; with `reset`, replace what is there.

    All rows of the organization are written in one transaction. The organization itself is made before it, inactive,
    and taken away again when loading fails; should the process be killed, it stays inactive and empty, and the next
    run fills it. `progress` gets the number of orders to come and returns what is told how many were written.

    Raises:
        DemoRefused: the slug is somebody else's, or `until` lies in the future.

    """
    started = time.monotonic()
    profile = business.profile
    organization = find_demo_organization(profile)
    last, known_until = last_business_day(profile, now=now, until=until)
    if organization and not reset and (newest := newest_business_day(profile, organization)):
        return Outcome(organization=_activated(organization), newest=newest, written={}, seconds=0.0)
    is_new = organization is None
    organization = organization or _create_organization(profile)
    first = last - datetime.timedelta(days=profile.days - 1)
    stage = Stage(
        slug=profile.slug,
        calendar=Calendar(profile.clock, first=first, last=last),
        now=int(known_until.timestamp()),
        scale=scale,
        seed=seed,
    )
    # The job names the organization only once that is there to stay: taking it away would take its jobs along.
    job = queue_job(kind=JOB_KIND, trigger=JobTrigger.COMMAND, organization_id=None, subject_id=organization.pk)
    begin_job(job.pk)
    try:
        with JobProgress(job.pk) as job_progress:
            written = _fill(business.script(stage), stage, organization, reset, _Advance(job_progress, progress))
    except BaseException as fault:
        fail_job(job.pk, error=str(fault) or type(fault).__name__)
        if is_new:
            organization.delete()
        raise
    finish_job(job.pk, rows=sum(written.values()))
    JobRun.objects.filter(pk=job.pk).update(organization=organization)
    return Outcome(
        organization=_activated(organization),
        newest=newest_business_day(profile, organization),
        written=written,
        seconds=time.monotonic() - started,
    )


def _create_organization(profile: Profile) -> Organization:
    return Organization.objects.create(
        pk=demo_organization_id(profile.slug),
        slug=profile.slug,
        name=profile.name,
        timezone=profile.zone,
        currency=profile.currency,
        day_starts_at=profile.day_starts_at,
        week_starts_on=profile.week_starts_on,
        locale=profile.locale,
        is_active=False,
    )


def _activated(organization: Organization) -> Organization:
    if not organization.is_active:
        organization.is_active = True
        organization.save(update_fields=["is_active"])
    return organization


def _fill(script: Script, stage: Stage, organization: Organization, reset: bool, advance: _Advance) -> dict[str, int]:
    advance.begin(script.order_count)
    with in_transaction(durable=True), organization_context(organization.pk), tenant_cursor() as cursor:
        # Two runs at once: the second waits here and then finds the rows of the first.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if reset:
            delete_rows(cursor, organization.pk)
        elif Order.objects.exists():
            return {}
        writer = Writer(
            cursor=cursor,
            organization_id=organization.pk.hex,
            keys=Keys(seed=stage.seed, slug=stage.slug),
            now=stage.now,
            dimension_time=int(stage.calendar.openings[0]),
            unit=100 if minor_digits(organization.currency) == 0 else 1,
            phrases=script.phrases,
            on_account=script.on_account,
        )
        for table in script.before_orders():
            writer.copy(table.model, table.columns)
        # References are checked by plans made for the statistics at hand. Those from when a table was empty make every
        # check read a whole organization.
        analyze_tables(writer.written)
        for number, batch in enumerate(script.orders()):
            writer.write(batch)
            if number == 0:
                analyze_tables(writer.written)
            advance.by(len(batch), rows=writer.written.total())
        for table in script.after_orders():
            writer.copy(table.model, table.columns)
    return dict(writer.written)


def analyze_tables(written: Iterable[str]) -> None:
    """Tell the planner about the tables of these models: the first questions come at once."""
    with tenant_cursor() as cursor:
        for label in sorted(set(written)):
            cursor.execute(f"ANALYZE {quoted(apps.get_model(label)._meta.db_table)}")
