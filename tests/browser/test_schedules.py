"""Schedules in the browser: the form shows what goes with the frequency, and who may only look reads it in words."""

import datetime

import pytest
from django.urls import reverse

from apps.core.context import organization_context
from apps.reports.models import ReportSchedule
from apps.reports.schedules.changing import create_schedule

FIELDS = {
    "name": "Quarter",
    "report_type": "revenue",
    "frequency": "quarterly",
    "day_of_month": 31,
    "time": datetime.time(8),
    "timezone": "Europe/Berlin",
    "recipients": ["ada@partner.example"],
}


@pytest.fixture
def address(trade):
    schedule = create_schedule(organization=trade.laundry, created_by=trade.owner, fields=FIELDS)
    yield reverse("admin:reports_reportschedule_change", args=[schedule.pk])
    with organization_context(trade.laundry.pk):
        ReportSchedule.objects.filter(pk=schedule.pk).delete()


def test_a_viewer_reads_how_often_it_runs_and_changes_nothing(visit, trade, address):
    page = visit(address, user=trade.viewer)
    page.get_by_text("On day 31 of each quarter’s first month (or its last day) at").last.wait_for()
    assert page.locator("form input:visible, form select:visible").count() == 0
    assert page.get_by_text("Preview").count() == 0


def test_the_form_asks_for_the_day_that_the_frequency_has(visit, trade, address):
    page = visit(address, user=trade.analyst)
    asked = {
        "quarterly": {"day_of_month": True, "on_last_business_day": True, "day_of_week": False},
        "weekly": {"day_of_month": False, "on_last_business_day": False, "day_of_week": True},
        "daily": {"day_of_month": False, "on_last_business_day": False, "day_of_week": False},
    }
    for frequency, fields in asked.items():
        page.locator("select[name=frequency]").select_option(frequency)
        for name, is_shown in fields.items():
            rows = page.locator(f".field-{name}").first
            rows.wait_for(state="visible" if is_shown else "hidden")
