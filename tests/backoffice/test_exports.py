"""Selected rows as a file: of the organization, without formulas, without contact details for those who see none."""

import csv
import io
from typing import Any

import pytest

from apps.accounts.administration import base
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.backoffice.rows import make_rows, nothing_changes
from tests.backoffice.test_tenancy_of_pages import TENANT_MODELS
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db
ORDERS = "/admin/marketplace/order/"
CUSTOMERS = "/admin/marketplace/customer/"


def export(client: Any, address: str, *rows: Any, **fields: str) -> Any:
    form = {"action": "export_selected", "index": "0", "_selected_action": [str(row.pk) for row in rows], **fields}
    return client.post(address, form)


def table(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_the_file_has_the_selected_rows_in_the_order_of_the_list(staff_cast, laundry, sign_in):
    make_order(laundry, number="not chosen")
    customer = make_customer(laundry, name="Anna")
    chosen = [make_order(laundry, number=f"N-{place}", customer=customer) for place in range(3)]
    answer = export(sign_in(staff_cast.viewer, laundry), ORDERS, *chosen)
    found = table(answer)
    assert [row["number"] for row in found] == ["N-2", "N-1", "N-0"]
    assert {row["customer_name"] for row in found} == {"Anna"}
    assert found[0]["placed_at"].endswith("-04:00")  # New York, in March
    assert "organization" not in found[0]
    assert answer["Content-Disposition"].startswith('attachment; filename="laundry-order-')
    assert "no-store" in answer["Cache-Control"]


def test_no_cell_runs_as_a_formula(staff_cast, laundry, sign_in):
    order = make_order(laundry, number="=HYPERLINK(1)")
    assert table(export(sign_in(staff_cast.viewer, laundry), ORDERS, order))[0]["number"] == "'=HYPERLINK(1)"


def test_viewers_get_contact_details_masked_and_analysts_whole(staff_cast, laundry, sign_in):
    address = "anna.berg@example.com"
    anna = make_customer(laundry, name="Anna", email=address, phone="+4915112345678", external_id=address)
    (row,) = table(export(sign_in(staff_cast.viewer, laundry), CUSTOMERS, anna))
    assert (row["email"], row["phone"], row["external_id"]) == ("a***@***", "***78", "a***@***")
    (row,) = table(export(sign_in(staff_cast.analyst, laundry), CUSTOMERS, anna))
    assert (row["email"], row["phone"], row["external_id"]) == (address, "+4915112345678", address)
    assert "user_id" not in row


def test_a_row_of_another_organization_is_in_no_file(staff_cast, laundry, clinic, sign_in):
    theirs, own = make_order(clinic, number="theirs"), make_order(laundry, number="own")
    answer = export(sign_in(staff_cast.owner, laundry), ORDERS, theirs, own)
    assert [row["number"] for row in table(answer)] == ["own"]


def test_all_that_match_are_given_up_to_a_limit_that_is_told(staff_cast, laundry, sign_in, monkeypatch):
    monkeypatch.setattr(base, "MOST_ROWS_COUNTED", 3)
    orders = [make_order(laundry) for _ in range(3)]
    client = sign_in(staff_cast.analyst, laundry)
    assert len(table(export(client, ORDERS, orders[0], select_across="1"))) == 3
    make_order(laundry)
    for action in ("export_selected", "delete_selected"):
        answer = export(client, ORDERS, orders[0], select_across="1", action=action, post="yes")
        assert answer.status_code == 302
        told = [str(message) for message in client.get(ORDERS).context["messages"]]
        assert told == ["Nothing was done: more than 3 rows match. Narrow them by search or filter."]
    with organization_context(laundry.pk):
        assert Order.objects.count() == 4


@pytest.mark.parametrize("actor", ["anonymous", "stranger", "staff", "removed", "disabled"])
def test_who_may_not_look_gets_no_file(actor, staff_cast, laundry, sign_in):
    rows = make_rows(laundry, staff_cast.owner, mark="canary")
    client = sign_in(getattr(staff_cast, actor, None), laundry)
    for label in TENANT_MODELS:
        answer = export(client, f"/admin/{label.replace('.', '/')}/", rows[label])
        shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert b"canary" not in shown, label


def test_every_list_that_offers_a_file_gives_one(staff_cast, laundry, sign_in):
    rows = make_rows(laundry, staff_cast.owner, mark="mine")
    client = sign_in(staff_cast.owner, laundry)
    without = set()
    with nothing_changes():
        for label in TENANT_MODELS:
            answer = export(client, f"/admin/{label.replace('.', '/')}/", rows[label])
            if not answer.streaming:
                without.add(label)
                continue
            assert len(table(answer)) == 1, label
        for label in TENANT_MODELS:
            offered = 'value="export_selected"' in client.get(f"/admin/{label.replace('.', '/')}/").content.decode()
            assert offered == (label not in without), label
    # What is set up, what ran, and mails whole: their pages show them. What became of mails is a list to work through.
    assert without == {
        "accounts.apitoken", "accounts.membership", "analytics.analyticscache", "analytics.customerthresholds",
        "core.jobrun", "imports.importrun", "notifications.mailmessage", "queries.dataexport",
        "reports.analyticsreport", "reports.reportschedule",
    }  # fmt: skip
