"""Every instant in every mail that the product sends says by the clock of which zone it is."""

import datetime
import re
from pathlib import Path

import pytest
import time_machine

from apps.accounts.access import Access
from apps.accounts.models import Role
from apps.core.context import organization_context
from apps.notifications.models import MailMessage
from apps.reports.generation import generate
from apps.reports.schedules.changing import pause_for
from apps.reports.schedules.running import preview, run_due_schedules
from apps.reports.waiting import MOST_WAITED
from tests.analytics.records import refresh
from tests.builders import make_order
from tests.reports.schedules.sent import at, make_schedule, runs_of

APPS = Path(__file__).resolve().parents[3] / "apps"
A_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\.?)?(?![\d%])", re.IGNORECASE)
ITS_ZONE = re.compile(r"\s*\([A-Za-z]+(?:/[A-Za-z_]+)+\)|\s*\(UTC\)")
SLOT = at("2026-03-03T13:00")


def instants_without_zone(text: str) -> list[str]:
    shown = re.sub(r"<style.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    times = (match for match in A_TIME.finditer(shown) if ":" in match[0])
    return [shown[max(0, one.start() - 30) : one.end() + 20] for one in times if not ITS_ZONE.match(shown, one.end())]


def callers_of(name: str) -> set[str]:
    call = re.compile(rf"(?<!def ){name}\(")
    return {str(path.relative_to(APPS)) for path in APPS.rglob("*.py") if call.search(path.read_text())}


def test_the_mails_below_are_all_there_are():
    assert callers_of("queue_mail") == {"reports/delivery.py", "reports/mails.py"}
    assert callers_of("EmailMessage") == {"notifications/composing.py"}
    assert callers_of("send_mail") == set()
    templates = APPS.parent / "templates"
    assert {path.name for path in templates.glob("**/mail/*")} == {
        "frame.html", "paused.html", "paused.txt", "report.html", "report.txt",
    }  # fmt: skip


@pytest.mark.parametrize(("limit", "locale"), [(10_000_000, "en-GB"), (10, "en-US")], ids=["attached", "linked"])
def test_each_instant_names_its_zone(laundry, cast, settings, limit, locale):
    settings.MAIL_MAX_ATTACHMENTS_BYTES = limit
    type(laundry).objects.update(locale=locale)
    laundry.refresh_from_db()
    with time_machine.travel(SLOT, tick=False):
        make_order(laundry, placed_at=at("2026-02-20T18:00"))
        refresh(laundry)
        make_order(laundry, placed_at=at("2026-03-02T18:00"))
        schedule = make_schedule(
            laundry, cast.analyst, since=at("2026-03-03T00:00"), timezone="Asia/Kathmandu", formats=["csv"],
            recipients=[cast.analyst.email, "ada@partner.example"], time=datetime.time(18, 45),
        )  # fmt: skip
        run_due_schedules(now=SLOT)
        preview(schedule, by=Access(cast.analyst, laundry, Role.ANALYST), trigger="admin")
        with organization_context(laundry.pk):
            pause_for(schedule, "The report could not be made.")
    with time_machine.travel(SLOT + MOST_WAITED, tick=False):
        for run in runs_of(schedule):
            assert generate(run.pk).status == "succeeded"
    with organization_context(laundry.pk):
        mails = list(MailMessage.objects.all())
    told = [text for mail in mails for text in (mail.subject, mail.text, mail.html)]
    assert {mail.subject.partition(":")[0] for mail in mails} == {"Morning figures", "Preview", "Paused"}
    assert any("(Asia/Kathmandu)" in text for text in told)
    assert [found for text in told for found in instants_without_zone(text)] == []


def test_an_instant_without_a_zone_is_seen():
    assert instants_without_zone("As of 3 Mar 2026, 08:00.") != []
    assert instants_without_zone("<p>until Mar 3, 2026, 8:00\u202fAM</p>") != []
    assert instants_without_zone("As of 3 Mar 2026, 08:00 (Asia/Kathmandu).") == []
