"""Who is sent what once a run has ended, and what the end means for the schedule."""

import datetime
import re

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import Membership, Role, User
from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.core.models import JobTrigger
from apps.documents.writing import CONTENT_TYPES
from apps.notifications.models import Delivery, MailMessage
from apps.notifications.sending import send_due, sweep_deliveries
from apps.notifications.services import deliveries_of, retry_failed
from apps.notifications.unsubscribing import Subscription, unsubscribe
from apps.notifications.upkeep import remove_old_mails
from apps.reports.delivery import deliver
from apps.reports.generation import generate, retry_or_fail
from apps.reports.models import AnalyticsReport, ReportFile, ReportLink, ReportSchedule, ReportStatus
from apps.reports.schedules.changing import change_schedule, pause_schedule
from apps.reports.schedules.presentation import shown_readers
from apps.reports.schedules.readers import audiences_needed, readers_of
from apps.reports.schedules.running import run_due_schedules
from apps.reports.sweeping import remove_orphans, sweep_reports
from tests.builders import make_member
from tests.reports.schedules.sent import at, make_schedule, reread, runs_of

pytestmark = pytest.mark.django_db
DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)

SUMMARY = {
    "figures": [
        {
            "key": "total_revenue",
            "label": "Total revenue",
            "value": "USD 12,345.60",
            "change": "+4.2 %",
            "tone": "good",
            "arrow": "▲",
            "title": "+USD 500.00 against USD 11,845.60 in 1 Mar 2026",
        },
        {
            "key": "refunds", "label": "Refunds <b>", "value": "–",
            "change": "", "tone": "plain", "arrow": "", "title": "",
        },
    ],
    "period": "2 Mar 2026",
    "as_of": "3 Mar 2026, 08:00",
    "restated": 2,
}  # fmt: skip


def ended(schedule, *, status=ReportStatus.SUCCEEDED, size=1000, **fields) -> AnalyticsReport:
    """Return a run of a schedule that has ended, with a PDF for each audience."""
    report = AnalyticsReport.objects.create(
        organization=schedule.organization,
        report_type=schedule.report_type,
        title="Revenue, 2 Mar 2026",
        status=status,
        start_date=datetime.date(2026, 3, 2),
        end_date=datetime.date(2026, 3, 2),
        parameters={"compare": "previous_year", "refund_basis": "refund_day", "filters": {"channel": ["web"]}},
        formats=["pdf"],
        audiences=["full", "masked"],
        trigger=JobTrigger.SCHEDULE,
        schedule=schedule,
        created_by=fields.pop("created_by", schedule.created_by),
        summary={"full": SUMMARY, "masked": SUMMARY | {"figures": SUMMARY["figures"][1:]}},
        expires_at=at("2126-03-02T00:00"),
        **fields,
    )
    for audience in ("full", "masked"):
        ReportFile.objects.create(
            organization=schedule.organization, report=report, audience=audience, format="pdf",
            name=f"{audience}.pdf", stored_name=f"{audience}-{report.pk}.pdf", size=size, sha256="0" * 64,
        )  # fmt: skip
    return report


@pytest.fixture
def schedule(laundry, cast):
    """A schedule to the owner, the viewer, somebody outside, one who was removed, and one who was switched off."""
    gone = make_member(laundry, role=Role.OWNER, email="was@laundry.example")
    made = make_schedule(
        laundry,
        cast.analyst,
        since=at("2026-03-02T00:00"),
        report_type="customers",
        recipients=[
            "Owner@laundry.example",
            "viewer@laundry.example",
            "ada@partner.example",
            "was@laundry.example",
            "gone@laundry.example",
        ],
    )
    with organization_context(laundry.pk):
        Membership.objects.filter(user=gone).delete()
        yield reread(made)


def kinds(sent) -> dict[str, tuple[str, ...]]:
    """Return the recipients by the file that they get, and whether they are told of a page that they cannot open."""
    found = {}
    for entry in sent:
        where = "" if "/admin/" in entry["mail"].text else " outside"
        found[entry["mail"].attachments[0].name + where] = tuple(entry["recipients"])
    return found


def test_each_recipient_gets_what_they_may_see(schedule, sent):
    report = ended(schedule, slot=at("2026-03-03T13:00"))
    deliver(report)
    assert kinds(sent) == {
        "full.pdf": ("owner@laundry.example",),
        "masked.pdf": ("viewer@laundry.example",),
        "masked.pdf outside": ("ada@partner.example",),
    }
    for mail in sent:
        assert (mail["source"], mail["topic"], mail["topic_name"]) == (report.pk, schedule.pk, "Morning figures")
    assert [reader.audience for reader in readers_of(schedule)] == ["full", "masked", "masked", None, None]
    assert audiences_needed(schedule) == ["full", "masked"]


def test_outside_addresses_see_what_the_schedule_states(schedule, sent):
    ReportSchedule.objects.update(outside_sees_contact_details=True)
    deliver(ended(reread(schedule)))
    assert kinds(sent)["full.pdf outside"] == ("ada@partner.example",)


def test_a_role_is_that_of_the_moment_of_sending(schedule, cast, sent):
    report = ended(schedule)
    Membership.objects.filter(user=cast.owner).update(role=Role.VIEWER)
    deliver(report)
    assert kinds(sent)["masked.pdf"] == ("owner@laundry.example", "viewer@laundry.example")


def test_who_may_see_more_since_the_run_was_asked_for_gets_the_files_there_are(schedule, cast, sent):
    report = ended(schedule)
    AnalyticsReport.objects.update(audiences=["masked"])
    ReportFile.objects.filter(audience="full").delete()
    report.refresh_from_db()
    deliver(report)
    assert kinds(sent)["masked.pdf"] == ("owner@laundry.example", "viewer@laundry.example")


def test_files_without_contact_details_are_there_for_who_may_see_less_by_then(laundry, cast):
    made = make_schedule(
        laundry, cast.analyst, since=at("2026-03-02T00:00"), report_type="customers", recipients=[cast.owner.email]
    )
    with organization_context(laundry.pk):
        assert audiences_needed(made) == ["full", "masked"]


def test_a_report_without_contact_details_is_the_same_for_all(laundry, cast):
    made = make_schedule(
        laundry, cast.analyst, since=at("2026-03-02T00:00"), recipients=[cast.owner.email, cast.viewer.email]
    )
    with organization_context(laundry.pk):
        assert audiences_needed(made) == ["masked"]
        assert [told for _address, told in shown_readers(made)] == ["Member", "Member"]


def test_who_has_unsubscribed_is_shown_to_get_nothing(schedule):
    unsubscribe(Subscription(schedule.organization_id, schedule.pk, "viewer@laundry.example"))
    assert shown_readers(schedule)[:3] == [
        ("owner@laundry.example", "Member, with contact details"),
        ("viewer@laundry.example", "Member, gets nothing: unsubscribed"),
        ("ada@partner.example", "Outside address, without contact details"),
    ]


def test_who_is_entered_again_after_leaving_is_from_outside(schedule, cast):
    change_schedule(schedule_id=schedule.pk, fields={"recipients": ["ada@partner.example"]})
    changed = change_schedule(schedule_id=schedule.pk, fields={"recipients": ["was@laundry.example"]})
    assert [(reader.audience, reader.is_member) for reader in readers_of(changed)] == [("masked", False)]


def test_the_mail_has_the_figures_of_its_audience_as_text_and_html(schedule, sent):
    deliver(ended(schedule))
    full, masked, _outside = (entry["mail"] for entry in sent)
    assert full.subject == "Morning figures: 2 Mar 2026"
    assert "Total revenue: USD 12,345.60  ▲ +4.2 % (+USD 500.00 against USD 11,845.60 in 1 Mar 2026)" in full.text
    assert "Refunds <b>: –" in full.text
    assert "Refunds &lt;b&gt;" in full.html
    assert "<b>" not in full.html
    assert "12,345.60" not in masked.text + masked.html
    for mail in (full, masked):
        assert "As of 3 Mar 2026, 08:00." in mail.text
        assert "As of 3 Mar 2026, 08:00." in mail.html
        days = "start_date=2026-03-02&end_date=2026-03-02"
        assert f"https://bi.example.com/admin/dashboards/customers/?{days}" in mail.text
        assert "&amp;compare=previous_year&amp;refund_basis=refund_day&amp;channel=web" in mail.html
    assert [(one.name, one.content_type, one.size) for one in full.attachments] == [
        ("full.pdf", CONTENT_TYPES["pdf"], 1000)
    ]
    hosts = set(re.findall(r"https?://([^/\"]+)", full.html))
    assert hosts == {"bi.example.com"}, "a mail loads nothing"


def test_above_the_limit_each_reader_gets_addresses_of_their_own(schedule, sent, settings):
    settings.MAIL_MAX_ATTACHMENTS_BYTES = 999
    with time_machine.travel(at("2026-03-03T13:00"), tick=False):
        deliver(ended(schedule))
    assert [entry["recipients"] for entry in sent] == [
        ["owner@laundry.example"],
        ["viewer@laundry.example"],
        ["ada@partner.example"],
    ]
    links = {link.recipient: (link.file.audience, link.expires_at) for link in ReportLink.objects.all()}
    until = at("2026-03-10T13:00")
    assert links == {
        "owner@laundry.example": ("full", until),
        "viewer@laundry.example": ("masked", until),
        "ada@partner.example": ("masked", until),
    }
    for entry in sent:
        assert entry["mail"].attachments == ()
        assert "https://bi.example.com/reports/" in entry["mail"].text
        assert "until 10 Mar 2026, 09:00" in entry["mail"].text
    assert len({re.search(r"/reports/[0-9a-f]{32}/\S+", entry["mail"].text)[0] for entry in sent}) == 3


def test_a_preview_goes_to_who_asked_alone_and_counts_for_nothing(schedule, cast, sent):
    ReportSchedule.objects.update(failures=3)
    deliver(ended(schedule, is_preview=True, created_by=cast.analyst))
    deliver(ended(schedule, is_preview=True, created_by=cast.analyst, status=ReportStatus.FAILED))
    (mail,) = sent
    assert mail["recipients"] == [cast.analyst.email]
    assert mail["mail"].subject == "Preview: Morning figures: 2 Mar 2026"
    assert "only you got it" in mail["mail"].text
    assert reread(schedule).failures == 3


@pytest.mark.parametrize("status", [ReportStatus.SKIPPED, ReportStatus.CANCELLED, ReportStatus.FAILED])
def test_nothing_goes_out_of_a_run_without_files(schedule, sent, status):
    deliver(ended(schedule, status=status))
    assert (sent, reread(schedule).is_active) == ([], True)


def test_five_failures_in_a_row_pause_it_and_tell_the_owners(schedule, cast, sent):
    for _ in range(4):
        deliver(ended(schedule, status=ReportStatus.FAILED, error="The disk is full."))
    assert (reread(schedule).failures, reread(schedule).is_active, sent) == (4, True, [])
    deliver(ended(schedule, status=ReportStatus.FAILED, error="The disk is full."))
    kept = reread(schedule)
    assert (kept.is_active, kept.next_run_at, kept.failures) == (False, None, 5)
    (mail,) = sent
    assert mail["recipients"] == [cast.analyst.email, cast.owner.email]
    assert mail["topic"] is None
    assert mail["mail"].subject == "Paused: Morning figures"
    assert "The disk is full." in mail["mail"].text
    assert f"https://bi.example.com/admin/reports/reportschedule/{schedule.pk}/change/" in mail["mail"].html


@pytest.mark.parametrize("status", [ReportStatus.SUCCEEDED, ReportStatus.SKIPPED])
def test_a_run_that_did_not_fail_begins_the_count_anew(schedule, sent, status):
    for _ in range(4):
        deliver(ended(schedule, status=ReportStatus.FAILED))
    deliver(ended(schedule, status=status))
    deliver(ended(schedule, status=ReportStatus.FAILED))
    assert (reread(schedule).failures, reread(schedule).is_active) == (1, True)


def test_who_lost_the_right_between_claim_and_end_sends_nothing_and_is_paused(schedule, cast, sent):
    report = ended(schedule, status=ReportStatus.CANCELLED)
    late = ended(schedule)
    User.objects.filter(pk=cast.analyst.pk).update(is_active=False)
    report.refresh_from_db()
    deliver(AnalyticsReport.objects.select_related("created_by", "schedule", "organization").get(pk=late.pk))
    assert sent == []
    deliver(report)
    assert reread(schedule).is_active is False
    assert sent.recipients == [cast.owner.email]


def test_a_run_from_its_slot_to_the_ledger_of_mails(laundry, cast, settings, tmp_path):
    """Through the real generation and the real ledger, twice: nobody is entered twice."""
    settings.FILES_DIR = tmp_path
    made = make_schedule(
        laundry, cast.analyst, since=at("2026-03-02T00:00"), recipients=[cast.owner.email, "a@b.example"]
    )
    with time_machine.travel(at("2026-03-02T13:01"), tick=False):
        run_due_schedules(now=at("2026-03-02T13:01"))
        (run,) = runs_of(made)
        generate(run.pk)
        generate(run.pk)
    (run,) = runs_of(made)
    assert (run.status, run.error) == (ReportStatus.SUCCEEDED, "")
    with organization_context(laundry.pk), in_transaction():
        assert [delivery.recipient for delivery in deliveries_of(run.pk)] == ["a@b.example", cast.owner.email]
        deliver(AnalyticsReport.objects.select_related("organization", "schedule", "created_by").get(pk=run.pk))
        assert len(deliveries_of(run.pk)) == 2


def test_what_was_mailed_is_mailed_to_nobody_again_once_its_mails_are_forgotten(laundry, cast, settings, tmp_path):
    """By nothing that works on runs and mails, were it asked for all of it again."""
    settings.FILES_DIR = tmp_path
    slot = at("2026-03-02T13:00")
    made = make_schedule(laundry, cast.analyst, since=slot - DAY / 2, recipients=[cast.owner.email, "a@b.example"])
    with time_machine.travel(slot + MINUTE, tick=False):
        run_due_schedules(now=timezone.now())
        (run,) = runs_of(made)
        generate(run.pk)
        assert send_due(laundry.pk) == 2
        with organization_context(laundry.pk):
            pause_schedule(schedule_id=made.pk, by=cast.analyst)

    with time_machine.travel(slot + 401 * DAY, tick=False):
        now = timezone.now()
        sweep_reports(now=now)
        assert remove_old_mails(now=now) == 2
        with organization_context(laundry.pk):
            # Its next slot is the old one again, as after a restored backup of the schedules alone.
            ReportSchedule.objects.update(is_active=True, next_run_at=slot)
        assert [claimed.report for claimed in run_due_schedules(now=slot + MINUTE)] == [None]
        sweep_reports(now=now)
        generate(run.pk)
        remove_orphans(now=now)
        sweep_deliveries(now)
        (run,) = runs_of(made)
        with organization_context(laundry.pk):
            retry_or_fail(run, "again", now=now)
            assert retry_failed(run.pk) == 0
            with in_transaction():
                deliver(run)
            assert not Delivery.objects.exists()
            assert not MailMessage.objects.exists()
        assert send_due(laundry.pk) == 0
    assert [(one.slot, one.status) for one in runs_of(made)] == [(slot, "succeeded")]


def test_what_has_expired_is_sent_to_nobody_and_counts_all_the_same(schedule, sent, laundry):
    report = ended(schedule, slot=at("2026-03-03T13:00"))
    ReportSchedule.objects.update(failures=2)
    report.expires_at = at("2026-06-01T00:00")
    with time_machine.travel(report.expires_at, tick=False):
        deliver(report)
    assert (sent, reread(schedule).failures) == ([], 0)
    with time_machine.travel(report.expires_at - MINUTE, tick=False):
        deliver(report)
    assert len(sent) == 3


def test_who_lost_the_right_while_a_mail_waited_gets_it_no_more(laundry, cast, settings, tmp_path):
    settings.FILES_DIR = tmp_path
    slot = at("2026-03-02T13:00")
    people = [cast.owner.email, cast.viewer.email, cast.removed.email, "board@partner.example"]
    demoted = make_member(laundry, role=Role.OWNER, email="demoted@laundry.example")
    made = make_schedule(
        laundry, cast.analyst, since=slot - DAY / 2, report_type="customers", recipients=[*people, demoted.email]
    )
    with time_machine.travel(slot + MINUTE, tick=False), organization_context(laundry.pk):
        run_due_schedules(now=timezone.now())
        (run,) = runs_of(made)
        generate(run.pk)
        Membership.objects.filter(user=cast.viewer).delete()
        Membership.objects.filter(user=demoted).update(role=Role.VIEWER)  # the mail has contact details in full
        assert send_due(laundry.pk) == 3
        rows = {row.recipient: (row.state, row.error) for row in Delivery.objects.all()}
        refused = ("failed", "Is not an active member any more who may see this.")
        assert rows.pop(cast.viewer.email) == rows.pop(demoted.email) == refused
        assert set(rows.values()) == {("sent", "")}
        assert set(rows) == {cast.owner.email, cast.removed.email, "board@partner.example"}
        # Sent again by hand it is the same; who is back gets it.
        make_member(laundry, user=cast.viewer, role=Role.VIEWER)
        assert retry_failed(run.pk) == 2
        assert send_due(laundry.pk) == 1
        assert Delivery.objects.get(recipient=cast.viewer.email).state == "sent"
