"""The first page of an organization without figures, and when it ends."""

import json
import shlex

import pytest
import time_machine
from django.test import Client

from apps.accounts.tokens import create_long_lived_token
from apps.analytics.upkeep import Stage, read_stage
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.analytics.records import DAY, HOUR, refresh
from tests.builders import NOON, make_customer, make_interaction, make_order

pytestmark = pytest.mark.django_db
PART = {"X-Bellwether-Part": "parts"}


@pytest.fixture(autouse=True)
def _a_day_later():
    with time_machine.travel(NOON + DAY + HOUR, tick=True):
        yield


def test_it_leads_to_the_first_facts_then_tells_that_figures_are_prepared_and_then_gives_way(
    staff_cast, laundry, sign_in
):
    client = sign_in(staff_cast.owner, laundry)
    make_customer(laundry)  # customers alone make no day
    page = client.get("/admin/").content.decode()
    assert "Laundry has no facts yet" in page
    assert 'href="/admin/imports/importrun/add/"' in page
    assert 'href="/admin/accounts/apitoken/add/"' in page
    assert "load_demo --users" in page
    refresh(laundry)
    assert client.get("/admin/?stage=empty", headers=PART).status_code == 200

    make_order(laundry)
    outdated = client.get("/admin/?stage=empty", headers=PART)
    assert (outdated.status_code, outdated["X-Bellwether-Reload"]) == (204, "1")
    assert "Figures are being prepared" in client.get("/admin/").content.decode()
    assert "One business day waits" in client.get("/admin/?stage=preparing", headers=PART).content.decode()

    refresh(laundry)
    assert client.get("/admin/?stage=preparing", headers=PART).status_code == 204
    assert "Today so far" in client.get("/admin/").content.decode()


def test_the_example_works_as_written(staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.analyst, laundry).get("/admin/")
    _line, secret = create_long_lived_token(user=staff_cast.analyst, name="shop", expires_at=None)
    words = shlex.split(page.context["example"].replace("…", secret).replace("\\\n", " "))
    token, curl, address, *options = words
    assert (token, curl, address) == (f"TOKEN={secret}", "curl", "http://testserver/api/orders")
    headers = dict(option.replace("$TOKEN", secret).split(": ", 1) for option in options[1::2][:3])

    answer = Client(headers=headers).post("/api/orders", options[-1], content_type="application/json")

    assert answer.status_code == 201, answer.content
    with organization_context(laundry.pk):
        assert Order.objects.get().number == json.loads(options[-1])["number"]


def test_viewers_are_told_whom_to_ask(staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.viewer, laundry).get("/admin/").content.decode()
    assert "An analyst or owner of Laundry can import files" in page
    assert "importrun/add" not in page
    assert "curl" not in page


def test_contacts_without_orders_have_figures_too(laundry, clinic):
    make_interaction(make_customer(laundry))
    assert read_stage(laundry.pk) == Stage.PREPARING
    refresh(laundry)
    assert (read_stage(laundry.pk), read_stage(clinic.pk)) == (Stage.READY, Stage.EMPTY)
