"""The page about data: what it tells, who may ask what of it, and what it costs."""

import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.analytics import tasks
from apps.analytics.models import AnalyticsState, DailyRevenueSummary, FailingDay, Revision, Verification
from apps.analytics.upkeep import read_waiting
from apps.backoffice.attention import read_attention
from apps.core.context import organization_context
from apps.core.models import JobRun, JobStatus, JobTrigger
from tests.analytics.records import DAY, HOUR, forget_marks, marks, refresh
from tests.backoffice.rows import make_import_run, nothing_changes
from tests.builders import NOON, make_order, make_partner

pytestmark = pytest.mark.django_db
PAGE, RECOMPUTE, VERIFY = "/admin/data/", "/admin/data/recompute/", "/admin/data/verify/"
PART = {"X-Bellwether-Part": "parts"}


@pytest.fixture(autouse=True)
def _two_days_later():
    with time_machine.travel(NOON + 2 * DAY + HOUR, tick=True):
        yield


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, ...]]:
    """What was sent to the queue."""
    messages: list[tuple[str, ...]] = []
    for task in (tasks.refresh_one, tasks.verify_asked):
        monkeypatch.setattr(task, "apply_async", lambda args, task=task, **options: messages.append((task.name, *args)))
    return messages


def age_marks(organization: Any, age: datetime.timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_changelog SET marked_at = %s WHERE organization_id = %s",
            [NOON + 2 * DAY + HOUR - age, organization.pk],
        )


def test_it_tells_which_days_wait_and_the_button_computes_them(staff_cast, laundry, sign_in):
    make_order(laundry)
    refresh(laundry)
    partner = make_partner(laundry, name="Anchor Wash")
    make_order(laundry, total=30, subtotal=30, partner=partner)
    make_order(laundry, placed_at=NOON + DAY)
    age_marks(laundry, HOUR)
    client = sign_in(staff_cast.analyst, laundry)

    page = client.get(PAGE).content.decode()
    assert "Recompute 2 days" in page
    assert "10 Mar 2026" in page
    assert "the oldest for 1\xa0hour" in page
    assert ">2 days</span>" in page.replace("\n", "").replace("  ", "")  # in the sidebar

    answer = client.post(RECOMPUTE, follow=True)
    assert str(next(iter(answer.context["messages"]))).startswith("Recomputed 2 days: ")
    assert marks(laundry) == []
    job = JobRun.objects.get(organization=laundry)
    assert (job.kind, job.trigger, job.status, job.total) == (
        "refresh_rollups", JobTrigger.ADMIN, JobStatus.SUCCEEDED, 2
    )  # fmt: skip
    page = answer.content.decode()
    assert "Recompute 2 days" not in page
    assert "Anchor Wash" in page  # the partner whose published figure changed
    assert "USD\xa030.00" in page


def test_many_days_are_a_workers(staff_cast, laundry, sign_in, sent):
    for number in range(15):
        make_order(laundry, placed_at=NOON - number * DAY)
    client = sign_in(staff_cast.owner, laundry)
    client.post(RECOMPUTE)
    assert sent == [("analytics.refresh", str(laundry.pk), "admin")]
    assert len(marks(laundry)) == 15
    forget_marks(laundry)
    client.post(RECOMPUTE)
    assert len(sent) == 1  # nothing waits


@pytest.mark.parametrize("failing", [True, False], ids=["a database that fails", "another refresher"])
def test_what_cannot_be_recomputed_is_said(failing, staff_cast, laundry, sign_in, monkeypatch, caplog):
    from apps.analytics import refresh as refreshing

    make_order(laundry)

    def step(*arguments: Any, **options: Any) -> None:
        if failing:
            raise connections["default"].Database.DatabaseError("gone")

    monkeypatch.setattr(refreshing, "refresh_step", step)
    answer = sign_in(staff_cast.owner, laundry).post(RECOMPUTE, follow=True)
    told = str(next(iter(answer.context["messages"])))
    assert told.startswith("It could not be recomputed" if failing else "A refresh is at work")
    assert JobRun.objects.get().status == (JobStatus.FAILED if failing else JobStatus.CANCELLED)
    assert marks(laundry)


@pytest.mark.parametrize(
    ("actor", "recompute", "verify"),
    [("viewer", 403, 403), ("analyst", 302, 403), ("owner", 302, 302), ("anonymous", 302, 302), ("staff", 403, 403)],
)
def test_who_may_ask_for_what(actor, recompute, verify, staff_cast, laundry, sign_in, sent):
    make_order(laundry)
    client = sign_in(None if actor == "anonymous" else getattr(staff_cast, actor), laundry)
    assert [client.post(address).status_code for address in (RECOMPUTE, VERIFY)] == [recompute, verify]
    assert bool(marks(laundry)) == (actor not in {"analyst", "owner"})
    assert JobRun.objects.filter(kind="verify_rollups").exists() == (actor == "owner")


def test_a_stranger_changes_nothing_of_another_organization(staff_cast, laundry, clinic, sign_in, sent):
    make_order(laundry)
    client = sign_in(staff_cast.stranger, laundry)
    with nothing_changes():
        for address in (RECOMPUTE, VERIFY):
            assert client.post(address, {"_organization": str(laundry.pk)}).status_code == 403
    client.post(VERIFY)
    assert [job.organization_id for job in JobRun.objects.all()] == [clinic.pk]
    assert marks(laundry)


def test_a_verification_is_asked_for_once_and_shows_how_far_it_is(
    staff_cast, laundry, sign_in, sent, django_capture_on_commit_callbacks
):
    make_order(laundry)
    client = sign_in(staff_cast.owner, laundry)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(VERIFY)
        client.post(VERIFY)
    job = JobRun.objects.get(kind="verify_rollups")
    assert sent == [("analytics.verify_asked", str(job.pk))]
    assert "Waits for a worker" in client.get(PAGE, headers=PART).content.decode()

    tasks.verify_asked(str(job.pk))

    job.refresh_from_db()
    assert job.status == JobStatus.SUCCEEDED
    with organization_context(laundry.pk):
        assert Verification.objects.get().differences == 0
    assert "No difference" in client.get(PAGE, headers=PART).content.decode()


def test_a_verification_that_nobody_began_gives_way(staff_cast, laundry, sign_in, sent):
    lost = JobRun.objects.create(kind="verify_rollups", organization=laundry, trigger=JobTrigger.ADMIN)
    JobRun.objects.filter(pk=lost.pk).update(queued_at=NOON)
    sign_in(staff_cast.owner, laundry).post(VERIFY)
    assert sorted(JobRun.objects.values_list("status", flat=True)) == [JobStatus.FAILED, JobStatus.QUEUED]


def test_the_part_that_moves_is_asked_again_and_is_304_while_nothing_did(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)
    part = client.get(PAGE, headers=PART)
    assert "<html" not in part.content.decode()
    assert "csrfmiddlewaretoken" not in part.content.decode()
    known = {**PART, "If-None-Match": part["ETag"]}
    assert client.get(PAGE, headers=known).status_code == 304
    make_import_run(laundry, "takeaway")
    assert client.get(PAGE, headers=known).status_code == 200


def test_it_costs_the_same_whatever_there_is(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.superuser, laundry)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    make_rows(laundry)
    assert cost() == 16
    for _number in range(3):
        make_rows(laundry)
    assert cost() == 16


def make_rows(organization: Any) -> None:
    """A run, a job, a revision of a partner, a verification and a mark more."""
    make_import_run(organization, "takeaway")
    partner = make_partner(organization)
    JobRun.objects.create(kind="refresh_rollups", organization=organization, trigger="admin", status="running")
    with organization_context(organization.pk):
        AnalyticsState.objects.get_or_create(organization=organization)
        Verification.objects.create(organization=organization, started_at=NOON)
        row = {"partner_id": str(partner.pk), "total_revenue": 1}
        Revision.objects.create(
            organization=organization, rollup="partner_performance", row_id=partner.pk, date=NOON.date(),
            old=row, new=row | {"total_revenue": 2.5}, revised_at=NOON,
        )  # fmt: skip
    make_order(organization, placed_at=NOON - DAY * Revision._base_manager.count())


@pytest.mark.parametrize(("actor", "sees"), [("owner", False), ("superuser", True)])
def test_only_operators_of_the_platform_see_other_organizations(actor, sees, staff_cast, laundry, clinic, sign_in):
    make_order(clinic)
    JobRun.objects.create(kind="rebuild_rollups", trigger="command", status="running")
    page = sign_in(getattr(staff_cast, actor), laundry).get(PAGE, headers=PART).content.decode()
    assert ("All organizations" in page, clinic.name in page, "Rebuild" in page) == (sees, sees, sees)


def test_the_sidebar_counts_only_what_matters(staff_cast, laundry, clinic, sign_in):
    make_order(laundry)
    assert (read_attention(laundry.pk).days, read_waiting(laundry.pk).days[0].facts) == (0, 1)  # just marked
    age_marks(laundry, HOUR)
    for status, kind in (("failed", "a"), ("succeeded", "a"), ("failed", "b")):
        JobRun.objects.create(kind=kind, organization=laundry, trigger="api", status=status)
    JobRun.objects.create(kind="b", organization=clinic, trigger="api", status="failed")

    found = read_attention(laundry.pk)

    assert (found.days, found.everything, found.failed) == (1, False, 1)
    page = sign_in(staff_cast.viewer, laundry).get("/admin/metrics/").content.decode()
    assert "1 failed" in page
    assert "failed" not in sign_in(staff_cast.stranger, clinic).get("/admin/metrics/").content.decode().replace(
        "1 failed", "", 1
    )


def test_marks_without_days_are_told_as_well(staff_cast, laundry, sign_in):
    make_order(laundry)
    refresh(laundry)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO analytics_changelog (organization_id, cause) VALUES (%s, 'test')", [laundry.pk])
    assert "Recompute everything" in sign_in(staff_cast.analyst, laundry).get(PAGE).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_changelog SET scope = 'customers'")
    assert "Recompute customers" in sign_in(staff_cast.analyst, laundry).get(PAGE).content.decode()
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.exists()


def test_days_that_cannot_be_computed_lead_to_the_fact_to_blame(staff_cast, laundry, clinic, sign_in):
    order = make_order(laundry)
    with organization_context(laundry.pk):
        FailingDay.objects.create(
            organization=laundry, date=NOON.date(), failures=3, error="Numeric value out of range",
            fact_model="marketplace.order", fact_id=order.pk, fact_column="total", failing_since=NOON, retry_at=NOON,
        )  # fmt: skip
        FailingDay.objects.create(
            organization=laundry, failures=1, error="Raise exception", failing_since=NOON, retry_at=NOON
        )
    page = sign_in(staff_cast.viewer, laundry).get(PAGE)
    content = page.content.decode()
    assert "2 days cannot be computed at present" in content
    assert [(day["day"], day["error"], day["fact"]) for day in page.context["failing"]] == [
        ("10 Mar 2026", "Numeric value out of range", "Order: total"), ("Customers", "Raise exception", ""),
    ]  # fmt: skip
    assert f"/admin/marketplace/order/{order.pk}/change/" in content
    assert "2 failing" in content  # in the sidebar
    assert "cannot be computed" not in sign_in(staff_cast.superuser, clinic).get(PAGE).content.decode()


def test_what_the_last_verification_found_is_said_until_one_finds_nothing(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)
    with organization_context(laundry.pk):
        Verification.objects.create(
            organization=laundry, started_at=NOON, differences=1, repaired=True, imbalances=2, skipped_days=1
        )
    content = client.get(PAGE).content.decode()
    assert (
        "1 row differed from the facts, and was repaired. 2 sums of days contradicted others, before any repair."
        " 1 day cannot be computed, so it was not verified."
    ) in content
    assert "differs" in content  # in the sidebar
    with organization_context(laundry.pk):
        Verification.objects.create(organization=laundry, started_at=NOON + DAY)
    content = client.get(PAGE).content.decode()
    assert "differed from the facts" not in content
    assert ">differs<" not in content.replace("\n", "").replace(" ", "")
