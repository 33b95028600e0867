"""How much may be exported, by role, at once and in a day; and what people are told."""

import datetime
import threading

import pytest
from django.db import connections
from django.utils import timezone

from apps.core.context import organization_context
from apps.queries.errors import ExportRefused, TooManyExports
from apps.queries.exports import limits
from apps.queries.models import DataExport, ExportStatus
from tests.builders import make_export, make_member, make_order, make_organization
from tests.queries.conftest import ask, ask_metrics, carry_out


@pytest.mark.django_db
def test_one_person_has_so_many_at_work(cast, laundry, settings):
    settings.EXPORT_MAX_OPEN_PER_USER = 2
    exports = [ask(laundry, cast.viewer, "orders") for _ in range(2)]
    with pytest.raises(TooManyExports, match="You have 2 exports at work"):
        ask_metrics(laundry, cast.viewer, metrics=["total_revenue"])
    assert ask(laundry, cast.analyst, "orders")
    carry_out(exports[0])
    assert ask(laundry, cast.viewer, "orders")


@pytest.mark.django_db
def test_an_organization_has_so_many_at_work_and_another_is_not_concerned(cast, laundry, clinic, settings):
    settings.EXPORT_MAX_OPEN = 2
    for user in (cast.viewer, cast.analyst):
        ask(laundry, user, "orders")
    with pytest.raises(TooManyExports, match="2 exports of the organization are at work"):
        ask(laundry, cast.owner, "orders")
    assert ask(clinic, cast.stranger, "orders")


@pytest.mark.django_db
def test_a_day_has_so_many_by_role(cast, laundry, settings):
    settings.EXPORT_MAX_PER_DAY = {"viewer": 1, "analyst": 2, "owner": 2}
    for user in (cast.viewer, cast.analyst):
        carry_out(ask(laundry, user, "orders"))
    with pytest.raises(TooManyExports, match="You asked for 1 exports within a day"):
        ask(laundry, cast.viewer, "orders")
    assert ask(laundry, cast.analyst, "orders")
    with organization_context(laundry.pk):
        yesterday = timezone.now() - datetime.timedelta(days=1, seconds=1)
        DataExport.objects.filter(created_by=cast.viewer).update(created_at=yesterday)
    assert ask(laundry, cast.viewer, "orders")


@pytest.mark.django_db
def test_more_rows_than_a_role_may_have_are_refused_when_asked_for(cast, laundry, settings):
    settings.EXPORT_MAX_ROWS = {"viewer": 2, "analyst": 3, "owner": 3}
    for _ in range(3):
        make_order(laundry)
    with pytest.raises(ExportRefused, match="more than 2 rows") as refused:
        ask(laundry, cast.viewer, "orders")
    assert refused.value.field == "filters"
    assert carry_out(ask(laundry, cast.analyst, "orders")).rows == 3


@pytest.mark.django_db
def test_more_rows_than_a_format_may_have_are_refused(cast, laundry, settings):
    settings.EXPORT_MAX_FORMAT_ROWS = {"pdf": 2}
    for _ in range(3):
        make_order(laundry)
    with pytest.raises(ExportRefused, match="the most for PDF"):
        ask(laundry, cast.owner, "orders", "pdf")
    assert ask(laundry, cast.owner, "orders", "csv")


@pytest.mark.django_db
def test_rows_too_many_to_be_counted_at_once_are_counted_by_the_worker(cast, laundry, settings, monkeypatch):
    monkeypatch.setattr(limits, "COUNTED_AT_ONCE", 1)
    monkeypatch.setattr("apps.queries.services.COUNTED_AT_ONCE", 1)
    settings.EXPORT_MAX_ROWS = {"viewer": 2, "analyst": 2, "owner": 2}
    for _ in range(3):
        make_order(laundry)
    export = carry_out(ask(laundry, cast.owner, "orders"))
    assert export.status == ExportStatus.FAILED
    assert export.error.startswith("There are 3 rows, and 2 are the most for CSV.")


@pytest.mark.django_db
def test_exports_that_have_ended_count_for_nothing_at_work(cast, laundry, settings):
    settings.EXPORT_MAX_OPEN = settings.EXPORT_MAX_OPEN_PER_USER = 1
    for status in ("succeeded", "failed", "cancelled", "expired"):
        make_export(laundry, status=status, created_by=cast.owner)
    assert ask(laundry, cast.owner, "orders")


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_are_counted_one_after_the_other(settings):
    settings.EXPORT_MAX_OPEN_PER_USER = 3
    shop = make_organization("shop")
    owner = make_member(shop, role="owner")
    start, told = threading.Barrier(8), []

    def ask_once():
        start.wait()
        try:
            told.append(ask(shop, owner, "orders") and "queued")
        except TooManyExports:
            told.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["queued"] * 3 + ["refused"] * 5
    with organization_context(shop.pk):
        assert DataExport.objects.count() == 3
