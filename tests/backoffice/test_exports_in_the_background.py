"""Lists lead to everything they match, as a file that a worker writes."""

import csv
import io
import uuid

import pytest
from django.urls import reverse

from apps.core.context import organization_context
from apps.core.files import remove_stored
from apps.core.jobs import latest_job
from apps.queries.datasets import DATASETS
from apps.queries.exports.running import carry_out
from apps.queries.models import DataExport, ExportEvent
from tests.analytics.records import refresh
from tests.builders import NOON, make_customer, make_entity, make_export, make_order, make_partner

pytestmark = pytest.mark.django_db
ADD = "/admin/queries/dataexport/add/"


def written(organization) -> list[dict[str, str]]:
    """Carry out the newest export and return its rows."""
    with organization_context(organization.pk):
        export = DataExport.objects.latest("created_at")
    done = carry_out(job_id=latest_job(export.pk).pk)
    assert (done.status, done.error) == ("succeeded", "")
    from apps.core.files import open_stored

    with open_stored(organization.pk, done.stored_name) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"), newline="")))


@pytest.fixture
def orders(laundry):
    anna, line = make_customer(laundry, name="Anna"), make_partner(laundry)
    make_order(laundry, number="one", customer=anna, partner=line, status="completed", channel="app")
    make_order(laundry, number="two", customer=anna, external_id="EXT-2")
    make_order(laundry, number="three", basket_reference="two")
    return anna, line


def asked_from(client, address: str):
    """Follow the link of a list to where its rows are asked for, and ask."""
    page = client.get(address)
    link = next(part for part in page.content.decode().split('"') if part.startswith(ADD)).replace("&amp;", "&")
    shown = client.get(link)
    assert shown.status_code == 200
    answer = client.post(link, {"format": "csv"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["one", "two", "three"]),
        ("status__exact=completed", ["one"]),
        ("status=completed", ["one"]),
        ("customer__id__exact={anna}", ["one", "two"]),
        ("customer__isnull=True", ["three"]),
        ("placed_at_from=2026-03-10&placed_at_to=2026-03-10", ["one", "two", "three"]),
        ("placed_at_from=2026-03-11", []),
        ("q=two", ["two", "three"]),
        ("q=EXT-2&o=3&p=x", ["two"]),
        ("partner__id__exact={line}&q=one", ["one"]),
    ],
    ids=range(10),
)
def test_an_export_has_the_rows_of_the_list_on_all_of_its_pages(query, expected, orders, staff_cast, laundry, sign_in):
    anna, line = orders
    client = sign_in(staff_cast.viewer, laundry)
    address = "/admin/marketplace/order/?" + query.format(anna=anna.pk, line=line.pk)
    in_list = {row.number for row in client.get(address).context["cl"].result_list}
    if not in_list:  # nothing to export, and no link
        assert ADD not in client.get(address).content.decode()
        return
    asked_from(client, address)
    assert [row["number"] for row in written(laundry)] == expected
    assert in_list == set(expected)


def test_what_the_list_was_narrowed_by_is_told_and_kept(orders, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.analyst, laundry)
    shown = asked_from(client, "/admin/marketplace/order/?status__exact=completed&q=one")
    assert "Completed" in shown.content.decode()
    with organization_context(laundry.pk):
        export = DataExport.objects.get()
        assert set(export.filters.values()) == {"Completed", "one"}
        assert (export.created_by, export.trigger) == (staff_cast.analyst, "admin")
        assert ExportEvent.objects.get().user == staff_cast.analyst


@pytest.mark.parametrize(
    ("address", "filters"),
    [
        ("marketplace.order&total__gt=1", {"total__gt": "1"}),
        ("marketplace.order&id__in={0},{0}", {"id__in": "{0},{0}"}),
        ("marketplace.order&customer__id__exact={0}", {"customer": "{0}"}),
        ("marketplace.order&status__exact=none&placed_at_from=x&q=%00", {}),
        ("marketplace.operatingcost&q=rent", {}),
    ],
    ids=["number", "ids", "nobody", "nothing", "no-search"],
)
def test_no_condition_is_left_untold_and_none_is_told_that_was_not_asked(
    address, filters, orders, staff_cast, laundry, sign_in
):
    unknown = uuid.uuid4()
    link = f"{ADD}?list={address.format(unknown)}"
    assert sign_in(staff_cast.analyst, laundry).post(link, {"format": "csv"}).status_code == 302
    with organization_context(laundry.pk):
        export = DataExport.objects.get()
    assert export.filters == {name: value.format(unknown) for name, value in filters.items()}
    assert bool(export.conditions) == bool(filters)


@pytest.mark.parametrize(
    "query",
    ["id__in=a,b", "number=%00", "nosuch=1", "customer__id__exact=none", "placed_at__gte=x", "total__gt=NaN"],
    ids=range(6),
)
def test_what_a_list_cannot_read_leads_back_to_it(query, orders, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.analyst, laundry)
    for answer in (
        client.get(f"{ADD}?list=marketplace.order&{query}"),
        client.post(f"{ADD}?list=marketplace.order&{query}", {"format": "csv"}),
    ):
        assert answer.headers.get("Location") == "/admin/marketplace/order/?e=1"
    with organization_context(laundry.pk):
        assert not DataExport.objects.exists()


def test_viewers_do_not_export_by_a_search_that_they_may_not_make(staff_cast, laundry, sign_in):
    make_customer(laundry, name="Anna", email="anna@example.com")
    address = f"{ADD}?list=marketplace.customer&q=anna@example.com"
    assert sign_in(staff_cast.viewer, laundry).post(address, {"format": "csv"}).status_code == 302
    assert written(laundry) == []
    assert sign_in(staff_cast.analyst, laundry).post(address, {"format": "csv"}).status_code == 302
    assert [row["email"] for row in written(laundry)] == ["anna@example.com"]


def test_a_page_does_not_tell_viewers_what_others_searched_for(staff_cast, laundry, sign_in):
    make_customer(laundry, name="Anna", email="anna@example.com")
    for model in ("marketplace.customer", "analytics.customeranalytics"):
        address = f"{ADD}?list={model}&q=anna@example.com"
        page = sign_in(staff_cast.analyst, laundry).post(address, {"format": "csv"})["Location"]
        written(laundry)
        assert "anna@example.com" in sign_in(staff_cast.analyst, laundry).get(page).content.decode()
        assert "anna@example.com" not in sign_in(staff_cast.viewer, laundry).get(page).content.decode()


@pytest.mark.parametrize("label", ["accounts.user", "accounts.membership", "queries.dataexport", "no.model", "x"])
def test_what_is_no_dataset_is_exported_from_no_list(label, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.superuser, laundry)
    answer = client.post(f"{ADD}?list={label}", {"format": "csv"})
    assert answer.status_code == 200  # the form of datasets, which asks for one
    with organization_context(laundry.pk):
        assert not DataExport.objects.exists()


def test_every_list_of_a_dataset_offers_it(staff_cast, laundry, sign_in):
    from django.contrib import admin

    from tests.backoffice.rows import make_rows

    make_rows(laundry, staff_cast.owner, mark="mine")
    client = sign_in(staff_cast.owner, laundry)
    listed = [dataset.model for dataset in DATASETS.values() if admin.site.is_registered(dataset.model)]
    assert len(listed) > 14
    for model in listed:
        page = client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"))
        text = page.content.decode()
        assert f"list={model._meta.label_lower}" in text, model
        assert "Export everything these filters match" in text, model


def test_the_action_leads_to_the_same_page(orders, staff_cast, laundry, sign_in):
    with organization_context(laundry.pk):
        from apps.marketplace.models import Order

        row = Order.objects.first()
    client = sign_in(staff_cast.viewer, laundry)
    form = {"action": "export_everything", "index": "0", "_selected_action": [str(row.pk)]}
    answer = client.post("/admin/marketplace/order/?status__exact=completed", form)
    assert answer["Location"] == f"{ADD}?status__exact=completed&list=marketplace.order"


def test_rollups_are_exported_from_their_lists(staff_cast, laundry, sign_in):
    customer = make_customer(laundry, name="Anna", entity=make_entity(laundry))
    make_order(laundry, customer=customer, partner=make_partner(laundry, name="Line"))
    refresh(laundry)
    client = sign_in(staff_cast.viewer, laundry)
    for address, column, expected in (
        ("/admin/analytics/dailyrevenuesummary/?date_from=2026-03-10", "date", ["2026-03-10"]),
        ("/admin/analytics/partnerperformancemetric/?q=Line", "partner_name", ["Line"]),
        ("/admin/analytics/customeranalytics/?q=ann", "customer_name", ["Anna"]),
    ):
        asked_from(client, address)
        assert [row[column] for row in written(laundry)] == expected


@pytest.mark.parametrize("format_", ["csv", "xlsx", "json", "pdf"])
def test_a_search_that_finds_nobody_is_a_file_without_rows(format_, staff_cast, laundry, sign_in):
    address = f"{ADD}?list=analytics.customeranalytics&q=nobody"
    assert sign_in(staff_cast.viewer, laundry).post(address, {"format": format_}).status_code == 302
    with organization_context(laundry.pk):
        export = DataExport.objects.get()
    done = carry_out(job_id=latest_job(export.pk).pk)
    assert (done.status, done.error, done.rows) == ("succeeded", "", 0)


def test_a_dataset_is_asked_for_over_some_days(orders, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.analyst, laundry)
    form = {"dataset": "orders", "format": "csv", "start_date": "2026-03-10", "end_date": "2026-03-10"}
    answer = client.post(ADD, form)
    assert answer.status_code == 302
    assert len(written(laundry)) == 3
    page = client.get(answer["Location"]).content.decode()
    assert "Download" in page
    assert "2026-03-10" in page
    answer = client.post(ADD, {**form, "end_date": "2026-03-09"})
    assert "is after end_date" in answer.content.decode()
    answer = client.post(ADD, {**form, "dataset": "products"})
    assert "There is no such filter" in answer.content.decode()


def test_the_page_gives_the_file_to_whom_it_is_for(staff_cast, laundry, sign_in):
    export = make_export(laundry, has_contact_details=True, finished_at=NOON)
    page = reverse("admin:queries_dataexport_change", args=[export.pk])
    file = reverse("admin:queries_dataexport_file", args=[export.pk])
    assert file in sign_in(staff_cast.analyst, laundry).get(page).content.decode()
    answer = sign_in(staff_cast.analyst, laundry).get(file)
    assert b"".join(answer.streaming_content) == b"a,b\r\n1,2\r\n"
    viewer = sign_in(staff_cast.viewer, laundry)
    assert file not in viewer.get(page).content.decode()
    assert viewer.get(file).status_code == 403
    with organization_context(laundry.pk):
        assert [event.user for event in ExportEvent.objects.all()] == [staff_cast.analyst]


def test_a_file_that_somebody_removed_from_the_disk_is_told_on_its_page(staff_cast, laundry, sign_in):
    export = make_export(laundry, finished_at=NOON)
    remove_stored(laundry.pk, export.stored_name)
    file = reverse("admin:queries_dataexport_file", args=[export.pk])
    answer = sign_in(staff_cast.viewer, laundry).get(file, follow=True)
    assert answer.redirect_chain[0][0] == reverse("admin:queries_dataexport_change", args=[export.pk])
    assert "The file is not there any more. Ask for the export again." in answer.content.decode()
    with organization_context(laundry.pk):
        assert not ExportEvent.objects.exists()


def test_an_export_is_cancelled_on_its_page(staff_cast, laundry, sign_in):
    export = make_export(laundry, status="queued", stored_name="")
    address = reverse("admin:queries_dataexport_cancel", args=[export.pk])
    page = reverse("admin:queries_dataexport_change", args=[export.pk])
    assert sign_in(staff_cast.stranger).post(address).status_code == 404
    viewer = sign_in(staff_cast.viewer, laundry)
    assert address not in viewer.get(page).content.decode()
    assert viewer.post(address).status_code == 403  # somebody else asked for it
    with organization_context(laundry.pk):
        DataExport.objects.update(created_by=staff_cast.viewer)
    assert address in viewer.get(page).content.decode()
    assert viewer.post(address).status_code == 302
    with organization_context(laundry.pk):
        assert DataExport.objects.get().status == "cancelled"
        DataExport.objects.update(status="queued", finished_at=None)
    assert sign_in(staff_cast.analyst, laundry).post(address).status_code == 302
    with organization_context(laundry.pk):
        assert DataExport.objects.get().status == "cancelled"


def test_a_form_of_another_organization_asks_for_nothing(staff_cast, laundry, clinic, sign_in):
    form = {"dataset": "orders", "format": "csv", "_organization": str(clinic.pk)}
    answer = sign_in(staff_cast.owner, laundry).post(ADD, form)
    assert "You work for Laundry now" in answer.content.decode()
    with organization_context(laundry.pk):
        assert not DataExport.objects.exists()
