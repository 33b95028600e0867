"""Schedules in the admin: what each button and form changes, for whom, and that it changes nothing for others."""

import datetime

import pytest
from django.urls import reverse

from apps.accounts.models import Membership, Organization, Role
from apps.core.context import organization_context
from apps.core.models import JobRun
from apps.notifications.models import Delivery
from apps.reports import services
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportSchedule, ReportStatus
from tests.backoffice.rows import nothing_changes
from tests.builders import make_schedule

pytestmark = pytest.mark.django_db

LIST = reverse("admin:reports_reportschedule_changelist")
ADD = reverse("admin:reports_reportschedule_add")
BUTTONS = ("pause", "resume", "run", "preview")
FILLED_IN = {
    "name": "Every month",
    "description": "For the board",
    "report_type": "orders",
    "frequency": "monthly",
    "day_of_week": "1",
    "day_of_month": "31",
    "time": "07:30",
    "timezone": "Asia/Kathmandu",
    "recipients": "Ada@Partner.example\r\nboard@partner.example",
    "formats": ["pdf", "xlsx"],
    "timeframe": "last_month",
    "compare": "previous_year",
    "refund_basis": "order_day",
    "skip_when_empty": "on",
}
# Who may do nothing with the laundry's schedules, and what a button answers them.
DENIED = [
    ("viewer", 403),
    ("staff", 403),
    ("removed", 403),
    ("stranger", 404),
    ("disabled", 302),
    ("member", 302),
    ("anonymous", 302),
]


@pytest.fixture(autouse=True)
def queue(monkeypatch):
    """What is handed to workers."""
    held = []
    monkeypatch.setattr(services, "enqueue", held.append)
    return held


@pytest.fixture
def schedule(laundry, staff_cast):
    return make_schedule(laundry, created_by=staff_cast.owner, recipients=["ada@partner.example", "b@partner.example"])


@pytest.fixture
def client_for(staff_cast, laundry, sign_in):
    """Return what signs an actor in; a member is an owner who may not use the admin."""

    def sign(actor):
        if actor == "member":
            staff_cast.owner.is_staff = False
            staff_cast.owner.save()
        user = None if actor == "anonymous" else getattr(staff_cast, "owner" if actor == "member" else actor)
        return sign_in(user, laundry)

    return sign


@pytest.fixture
def denied(queue, django_capture_on_commit_callbacks):
    """Return what asks, and fails where anything changed or was handed over."""

    def ask(client, address, fields=None):
        with nothing_changes(), django_capture_on_commit_callbacks(execute=True):
            answer = client.post(address, fields or {})
        assert queue == []
        return answer

    return ask


@pytest.fixture
def post(django_capture_on_commit_callbacks):
    def ask(client, address, fields=None):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, fields or {})

    return ask


def page_of(schedule, view="change"):
    return reverse(f"admin:reports_reportschedule_{view}", args=[schedule.pk])


def read(organization, model, **fields):
    with organization_context(organization.pk):
        return list(model.objects.filter(**fields).order_by("pk"))


def reread(schedule):
    [found] = read(schedule.organization, ReportSchedule, pk=schedule.pk)
    return found


def paused(schedule):
    with organization_context(schedule.organization_id):
        ReportSchedule.objects.filter(pk=schedule.pk).update(
            is_active=False, next_run_at=None, paused_reason="Five failures.", failures=5
        )
    return schedule


def kept(schedule):
    """Return the fields of a schedule that the buttons have no business with."""
    moving = {"is_active", "next_run_at", "paused_reason", "failures", "last_run_at", "created_by_id", "updated_at"}
    with organization_context(schedule.organization_id):
        [fields] = ReportSchedule.objects.filter(pk=schedule.pk).values()
    return {name: value for name, value in fields.items() if name not in moving}


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_pausing_stops_the_schedule_and_names_who_did(actor, schedule, staff_cast, client_for, post, queue):
    before, client = kept(schedule), client_for(actor)
    answer = post(client, page_of(schedule, "pause"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(schedule))
    now = reread(schedule)
    assert (now.is_active, now.next_run_at, now.failures) == (False, None, 0)
    assert now.paused_reason == f"Paused by {getattr(staff_cast, actor).email}."
    assert kept(schedule) == before
    shown = client.get(page_of(schedule)).content.decode()
    assert "Paused: nothing is sent until somebody resumes it." in shown
    assert now.paused_reason in shown
    assert (queue, read(schedule.organization, AnalyticsReport)) == ([], [])


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_resuming_lets_it_run_from_its_next_slot(actor, schedule, client_for, post, queue):
    before, client = kept(schedule), client_for(actor)
    paused(schedule)
    answer = post(client, page_of(schedule, "resume"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(schedule))
    now = reread(schedule)
    assert (now.is_active, now.paused_reason, now.failures) == (True, "", 0)
    assert now.next_run_at > datetime.datetime.now(datetime.UTC)
    assert now.created_by_id == schedule.created_by_id, "who made it may still have it run"
    assert kept(schedule) == before
    assert (queue, read(schedule.organization, AnalyticsReport)) == ([], [])


def test_who_resumes_what_nobody_stands_for_stands_for_it(schedule, staff_cast, client_for, post):
    paused(schedule)
    with organization_context(schedule.organization_id):
        Membership.objects.filter(user=staff_cast.owner).update(role=Role.VIEWER)
    post(client_for("analyst"), page_of(schedule, "resume"))
    assert (reread(schedule).is_active, reread(schedule).created_by) == (True, staff_cast.analyst)


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
@pytest.mark.parametrize("is_paused", [False, True], ids=["active", "paused"])
def test_running_now_makes_one_run_for_all_recipients(
    actor, is_paused, schedule, laundry, staff_cast, client_for, post, queue
):
    if is_paused:
        paused(schedule)
    before, was, client = kept(schedule), reread(schedule), client_for(actor)
    answer = post(client, page_of(schedule, "run"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(schedule))
    [run] = read(laundry, AnalyticsReport)
    assert (run.schedule_id, run.slot, run.is_preview, run.trigger) == (schedule.pk, None, False, "admin")
    assert (run.status, run.created_by, run.audiences) == ("queued", getattr(staff_cast, actor), ["masked"])
    [job] = JobRun.objects.all()
    assert (job.organization_id, job.trigger, queue) == (laundry.pk, "admin", [run.pk])
    now = reread(schedule)
    assert (now.is_active, now.next_run_at) == (was.is_active, was.next_run_at), "it takes no slot"
    assert now.last_run_at is not None
    assert kept(schedule) == before


def test_a_button_that_is_clicked_twice_mails_nobody_twice(schedule, laundry, client_for, post, queue):
    analyst, owner = client_for("analyst"), client_for("owner")
    for client in (analyst, analyst, owner):
        post(client, page_of(schedule, "run"))
    [run] = read(laundry, AnalyticsReport)
    assert generate(run.pk).status == ReportStatus.SUCCEEDED
    assert [one.recipient for one in read(laundry, Delivery, source=run.pk)] == schedule.recipients

    post(analyst, page_of(schedule, "run"))  # somebody who wants it once more, has it once more
    assert len(read(laundry, AnalyticsReport)) == 2
    with organization_context(laundry.pk):
        ReportSchedule.objects.get(pk=schedule.pk).save()  # what was asked for is not what it is now
    post(analyst, page_of(schedule, "run"))
    assert len(read(laundry, AnalyticsReport)) == 3
    assert len(queue) == 3


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_a_preview_is_made_for_who_asks_alone(actor, schedule, laundry, staff_cast, client_for, post, queue):
    before, was, client = kept(schedule), reread(schedule), client_for(actor)
    answer = post(client, page_of(schedule, "preview"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(schedule))
    [run] = read(laundry, AnalyticsReport)
    user = getattr(staff_cast, actor)
    assert (run.is_preview, run.slot, run.created_by, run.audiences) == (True, None, user, ["masked"])
    assert (len(JobRun.objects.all()), queue) == (1, [run.pk])
    now = reread(schedule)
    assert (now.is_active, now.next_run_at, now.last_run_at) == (True, was.next_run_at, was.last_run_at)
    assert kept(schedule) == before
    assert f"goes to {user.email} alone" in client.get(page_of(schedule)).content.decode()
    assert generate(run.pk).status == ReportStatus.SUCCEEDED
    assert [one.recipient for one in read(laundry, Delivery)] == [user.email]


@pytest.mark.parametrize("verb", BUTTONS)
@pytest.mark.parametrize(("actor", "code"), DENIED)
def test_nobody_else_presses_a_button(verb, actor, code, schedule, client_for, denied):
    if verb == "resume":
        paused(schedule)
    assert denied(client_for(actor), page_of(schedule, verb)).status_code == code


@pytest.mark.parametrize("verb", BUTTONS)
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_a_post_presses_a_button(verb, method, schedule, client_for, queue):
    if verb == "resume":
        paused(schedule)
    client = client_for("owner")
    with nothing_changes():
        assert getattr(client, method)(page_of(schedule, verb)).status_code == 404
    assert queue == []


@pytest.mark.parametrize("verb", BUTTONS)
def test_a_button_needs_the_token_of_its_page(verb, schedule, staff_cast, laundry, sign_in, denied):
    client = sign_in(staff_cast.owner, laundry, enforce_csrf_checks=True)
    assert denied(client, page_of(schedule, verb)).status_code == 403


@pytest.mark.parametrize("verb", BUTTONS)
def test_a_button_of_a_page_of_another_organization_does_nothing(
    verb, schedule, staff_cast, laundry, clinic, sign_in, denied
):
    """Who is an owner of both opened the page of one, and has turned to the other since."""
    with organization_context(clinic.pk):
        Membership.objects.create(organization=clinic, user=staff_cast.owner, role=Role.OWNER)
    if verb == "resume":
        paused(schedule)
    here, there = sign_in(staff_cast.owner, laundry), sign_in(staff_cast.owner, clinic)
    assert denied(there, page_of(schedule, verb)).status_code == 404
    assert denied(there, page_of(schedule, verb), {"_organization": laundry.pk}).status_code == 404
    assert denied(here, page_of(schedule, verb), {"_organization": clinic.pk}).status_code == 404


@pytest.mark.parametrize("verb", BUTTONS)
def test_a_button_of_what_is_gone_does_nothing(verb, schedule, client_for, denied):
    client = client_for("owner")
    with organization_context(schedule.organization_id):
        ReportSchedule.objects.all().delete()
    assert denied(client, page_of(schedule, verb)).status_code == 404


@pytest.mark.parametrize("verb", BUTTONS)
def test_a_button_in_an_organization_that_was_switched_off_does_nothing(verb, schedule, laundry, client_for, denied):
    client = client_for("analyst")
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert denied(client, page_of(schedule, verb)).status_code == 403


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_a_form_makes_a_schedule_in_the_name_of_who_fills_it_in(actor, laundry, staff_cast, client_for, post, queue):
    answer = post(client_for(actor), ADD, FILLED_IN | {"_organization": laundry.pk})
    [made] = read(laundry, ReportSchedule)
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert (made.name, made.report_type, made.frequency, made.day_of_month) == ("Every month", "orders", "monthly", 31)
    assert (made.time, made.timezone) == (datetime.time(7, 30), "Asia/Kathmandu")
    assert (made.recipients, made.formats) == (["ada@partner.example", "board@partner.example"], ["pdf", "xlsx"])
    assert (made.timeframe, made.compare, made.refund_basis) == ("last_month", "previous_year", "order_day")
    assert (made.skip_when_empty, made.outside_sees_contact_details, made.is_active) == (True, False, True)
    assert made.created_by == getattr(staff_cast, actor)
    assert made.next_run_at > datetime.datetime.now(datetime.UTC)
    assert (queue, read(laundry, AnalyticsReport)) == ([], [])


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_a_form_changes_a_schedule_and_not_whose_it_is(actor, schedule, laundry, staff_cast, client_for, post, queue):
    answer = post(client_for(actor), page_of(schedule), FILLED_IN | {"_organization": laundry.pk})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    now = reread(schedule)
    assert (now.name, now.frequency, now.timezone) == ("Every month", "monthly", "Asia/Kathmandu")
    assert now.recipients == ["ada@partner.example", "board@partner.example"]
    assert now.created_by == staff_cast.owner
    assert datetime.datetime.now(datetime.UTC) < now.next_run_at < schedule.next_run_at
    assert (queue, read(laundry, AnalyticsReport)) == ([], [])


def test_a_form_decides_nothing_that_it_does_not_ask(schedule, laundry, staff_cast, client_for, post):
    paused(schedule)
    smuggled = {
        "is_active": "on",
        "created_by": staff_cast.analyst.pk,
        "organization": staff_cast.stranger.pk,
        "failures": "0",
        "next_run_at": "2026-01-01 00:00",
        "last_run_at": "2026-01-01 00:00",
        "member_recipients": '["ada@partner.example"]',
    }
    post(client_for("analyst"), page_of(schedule), FILLED_IN | smuggled)
    now = reread(schedule)
    assert (now.name, now.is_active, now.next_run_at, now.failures) == ("Every month", False, None, 5)
    assert (now.created_by, now.organization, now.last_run_at) == (staff_cast.owner, laundry, None)
    assert now.member_recipients == []


@pytest.mark.parametrize("actor", ["analyst", "owner", "superuser"])
def test_deleting_leaves_what_was_made(actor, schedule, laundry, client_for, post):
    client = client_for(actor)
    post(client, page_of(schedule, "run"))
    assert client.get(page_of(schedule, "delete")).status_code == 200
    assert reread(schedule)
    answer = post(client, page_of(schedule, "delete"), {"post": "yes"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert read(laundry, ReportSchedule) == []
    assert [run.schedule_id for run in read(laundry, AnalyticsReport)] == [None]


def forms_of(schedule):
    return [(ADD, FILLED_IN), (page_of(schedule), FILLED_IN), (page_of(schedule, "delete"), {"post": "yes"})]


@pytest.mark.parametrize(("actor", "code"), [(actor, code) for actor, code in DENIED if actor != "stranger"])
def test_nobody_else_fills_in_a_form(actor, code, schedule, client_for, denied):
    client = client_for(actor)
    assert [denied(client, *form).status_code for form in forms_of(schedule)] == [code] * 3
    chosen = {"action": "delete_selected", "_selected_action": [schedule.pk], "post": "yes"}
    denied(client, LIST, chosen)


def test_a_stranger_finds_no_schedule_to_change_and_makes_their_own_where_they_belong(
    schedule, clinic, client_for, denied, post
):
    client = client_for("stranger")
    for address, fields in forms_of(schedule)[1:]:
        assert denied(client, address, fields)["Location"] == "/admin/"
    denied(client, LIST, {"action": "delete_selected", "_selected_action": [schedule.pk], "post": "yes"})
    post(client, ADD, FILLED_IN)
    assert [made.organization_id for made in read(clinic, ReportSchedule)] == [clinic.pk]
    assert [one.pk for one in read(schedule.organization, ReportSchedule)] == [schedule.pk]


def test_a_form_that_was_opened_for_another_organization_saves_nothing(
    schedule, staff_cast, laundry, clinic, sign_in, denied
):
    with organization_context(clinic.pk):
        Membership.objects.create(organization=clinic, user=staff_cast.owner, role=Role.OWNER)
    there = make_schedule(clinic, name="Of the clinic", created_by=staff_cast.owner)
    client = sign_in(staff_cast.owner, clinic)
    for address in (ADD, page_of(schedule), page_of(there)):
        refused = denied(client, address, FILLED_IN | {"_organization": laundry.pk})
        told = client.get(refused["Location"], follow=True).content.decode()
        assert "Nothing was saved: this form was opened for another organization" in told
    # What is to be deleted is named by its address, and is no row of the organization of now.
    gone = denied(client, page_of(schedule, "delete"), {"post": "yes"})
    assert "Perhaps it was deleted?" in client.get(gone["Location"], follow=True).content.decode()


def test_a_form_that_cannot_be_kept_says_why_and_keeps_nothing(schedule, client_for, denied):
    wrong = FILLED_IN | {"recipients": "nobody at all", "time": "25:00", "formats": [], "timezone": "Mars/Olympus"}
    client = client_for("analyst")
    for address in (ADD, page_of(schedule)):
        answer = denied(client, address, wrong)
        assert answer.status_code == 200
        assert set(answer.context["adminform"].form.errors) == {"recipients", "time", "formats", "timezone"}
