"""One organization at a time: which, how it is switched, and what a form opened for another one gets."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Organization, Role
from apps.backoffice.current import chosen_access
from apps.core.context import current_organization_id, organization_context
from apps.marketplace.models import Partner
from tests.backoffice.rows import nothing_changes
from tests.builders import make_member, make_partner

pytestmark = pytest.mark.django_db
HOME = "/admin/"
SWITCH = "/admin/organization/"


@pytest.fixture
def both(staff_cast, laundry, wholesaler):
    """An owner of the laundry who looks at the wholesaler too."""
    make_member(wholesaler, role=Role.VIEWER, user=staff_cast.owner)
    return staff_cast.owner


def current(client):
    return client.get(HOME).context["organization"]


def test_the_first_organization_by_name_is_current_until_another_is_chosen(both, laundry, wholesaler, sign_in):
    client = sign_in(both)
    assert current(client) == laundry

    answer = client.post(SWITCH, {"organization": str(wholesaler.pk), "next": "/admin/marketplace/order/"})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/marketplace/order/")
    assert current(client) == wholesaler


def test_switching_brings_the_role_of_the_other_organization(both, wholesaler, sign_in):
    client = sign_in(both)
    assert client.get("/admin/marketplace/partner/add/").status_code == 200

    client.post(SWITCH, {"organization": str(wholesaler.pk)})

    assert client.get("/admin/marketplace/partner/add/").status_code == 403


@pytest.mark.parametrize("named", ["", "nothing", "\x00", "0198f0a0-0000-7000-8000-000000000000"])
def test_an_organization_that_is_not_there_cannot_be_chosen(named, both, laundry, sign_in):
    client = sign_in(both)
    assert client.post(SWITCH, {"organization": named}).status_code == 404
    assert current(client) == laundry


def test_an_organization_of_others_answers_as_one_that_is_not_there(both, laundry, clinic, sign_in):
    client = sign_in(both)
    assert client.post(SWITCH, {"organization": str(clinic.pk)}).status_code == 404
    assert current(client) == laundry
    assert "Clinic" not in client.get(SWITCH).content.decode()


def test_a_session_that_remembers_an_organization_left_since_falls_back(both, laundry, clinic, sign_in):
    assert current(sign_in(both, clinic)) == laundry


def test_switching_needs_the_token_of_the_page(both, wholesaler, sign_in):
    client = sign_in(both, enforce_csrf_checks=True)
    assert client.post(SWITCH, {"organization": str(wholesaler.pk)}).status_code == 403


@pytest.mark.parametrize("target", ["https://elsewhere.example/admin/", "//elsewhere.example", "/api/", "javascript:1"])
def test_switching_leads_to_pages_of_the_admin_only(target, both, wholesaler, sign_in):
    answer = sign_in(both).post(SWITCH, {"organization": str(wholesaler.pk), "next": target})
    assert answer["Location"] == HOME


def test_a_superuser_may_pick_any_active_organization_and_sees_one_at_a_time(staff_cast, laundry, clinic, sign_in):
    make_partner(laundry, name="Only the laundry's")
    make_partner(clinic, name="Only the clinic's")
    client = sign_in(staff_cast.superuser, laundry)
    page = client.get("/admin/marketplace/partner/").content.decode()
    assert "Only the laundry" in page
    assert "Only the clinic" not in page

    client.post(SWITCH, {"organization": str(clinic.pk)})

    page = client.get("/admin/marketplace/partner/").content.decode()
    assert "Only the laundry" not in page
    assert "Only the clinic" in page


def test_an_organization_that_was_switched_off_is_nobodys(staff_cast, laundry, sign_in):
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert sign_in(staff_cast.owner).get(HOME).status_code == 403
    assert chosen_access(staff_cast.superuser, str(laundry.pk)).organization != laundry


def test_a_platform_without_organizations_offers_the_first_one(admin_user_without_anything, sign_in):
    page = sign_in(admin_user_without_anything).get(HOME)
    assert page.status_code == 200
    assert "Create the first organization" in page.content.decode()
    assert sign_in(admin_user_without_anything).get("/admin/marketplace/order/").status_code == 403


@pytest.fixture
def admin_user_without_anything(db):
    from tests.builders import make_user

    return make_user("root@example.com", is_staff=True, is_superuser=True)


def test_neither_organization_nor_zone_outlives_the_request(both, wholesaler, sign_in):
    sign_in(both, wholesaler).get(HOME)
    assert current_organization_id() is None
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_form_opened_for_another_organization_saves_nothing(both, laundry, clinic, sign_in):
    client = sign_in(both, laundry)
    page = client.get("/admin/marketplace/partner/add/").content.decode()
    assert f'name="_organization" value="{laundry.pk}"' in page
    form = {"name": "New", "status": "active", "_organization": str(clinic.pk)}

    with nothing_changes():
        answer = client.post("/admin/marketplace/partner/add/", form, follow=True)

    assert "opened for another organization" in answer.content.decode()
    form["_organization"] = str(laundry.pk)
    client.post("/admin/marketplace/partner/add/", form)
    with organization_context(laundry.pk):
        assert Partner.objects.get().name == "New"


def test_the_organization_cannot_be_sent_along(both, laundry, clinic, sign_in):
    form = {"name": "New", "status": "active", "organization": str(clinic.pk), "organization_id": str(clinic.pk)}
    sign_in(both, laundry).post("/admin/marketplace/partner/add/", form)
    with organization_context(laundry.pk):
        assert [partner.name for partner in Partner.objects.all()] == ["New"]
    with organization_context(clinic.pk):
        assert not Partner.objects.exists()


def test_the_page_of_a_row_leads_to_its_list_after_switching(both, laundry, sign_in):
    partner = make_partner(laundry)
    page = sign_in(both, laundry).get(reverse("admin:marketplace_partner_change", args=[partner.pk]))
    assert page.context["switcher"]["next"] == "/admin/marketplace/partner/"
