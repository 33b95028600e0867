"""The organization a request works for: path, header, or the caller's only one."""

import pytest

from apps.accounts.models import Organization, Role
from tests.api.clients import client_of, error_code
from tests.builders import make_member, make_partner

pytestmark = pytest.mark.django_db

PARTNERS = "/api/partners"


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


@pytest.fixture
def partners(laundry, wholesaler, clinic):
    for organization in (laundry, wholesaler, clinic):
        make_partner(organization, name=f"of the {organization.slug}")


def test_the_only_organization_of_a_member_needs_no_header(cast, partners):
    assert names(client_of(cast.viewer).get(PARTNERS)) == ["of the laundry"]


def test_the_header_takes_an_id_or_a_short_name(cast, partners, laundry, wholesaler):
    make_member(wholesaler, role=Role.ANALYST, user=cast.viewer)
    client = client_of(cast.viewer)
    chosen = {
        key: names(client.get(PARTNERS, headers={"X-Organization-ID": key}))
        for key in ("laundry", str(laundry.pk), "wholesaler", str(wholesaler.pk))
    }
    assert chosen == {
        "laundry": ["of the laundry"],
        str(laundry.pk): ["of the laundry"],
        "wholesaler": ["of the wholesaler"],
        str(wholesaler.pk): ["of the wholesaler"],
    }


def test_the_role_is_that_of_the_organization_that_is_named(cast, wholesaler):
    make_member(wholesaler, role=Role.ANALYST, user=cast.viewer)
    client = client_of(cast.viewer)
    answers = [
        client.post(PARTNERS, {"name": "New"}, headers={"X-Organization-ID": key}) for key in ("laundry", "wholesaler")
    ]
    assert [answer.status_code for answer in answers] == [403, 201]
    assert error_code(answers[0]) == "FORBIDDEN"
    assert "analyst" in answers[0].json()["error"]["message"]


@pytest.mark.parametrize("who", ["viewer", "superuser"])
def test_with_several_organizations_the_header_is_demanded(cast, wholesaler, who):
    make_member(wholesaler, user=cast.viewer)
    answer = client_of(getattr(cast, who)).get(PARTNERS)
    assert (answer.status_code, error_code(answer)) == (400, "MISSING_HEADER")
    assert answer.json()["error"]["details"] == {"required_header": "X-Organization-ID"}


@pytest.mark.parametrize("who", ["staff", "removed"])
def test_who_belongs_nowhere_is_told_what_to_do(cast, who):
    answer = client_of(getattr(cast, who)).get(PARTNERS)
    assert (answer.status_code, error_code(answer)) == (403, "FORBIDDEN")
    assert "Ask an owner" in answer.json()["error"]["message"]


def test_every_name_that_is_not_ones_own_gets_one_and_the_same_answer(cast, laundry, clinic):
    switched_off = Organization.objects.create(slug="closed", name="Closed", is_active=False)
    make_member(switched_off, user=cast.viewer)
    answers = {
        key: client_of(cast.viewer, organization=key).get(PARTNERS)
        for key in (
            "",
            " ",
            "clinic",
            str(clinic.pk),
            "2",
            "nowhere",
            "00000000-0000-0000-0000-000000000000",
            str(laundry.pk)[:-1],
            "laundry,laundry",
            "laundry, clinic",
            f"{laundry.pk},{clinic.pk}",
            "1\r\nX: y",
            "1 or 1=1",
            "null",
            "１",
            "laundry\x00",
            "x" * 10_000,
            "closed",
            str(switched_off.pk),
        )
    }
    assert {key: answer.status_code for key, answer in answers.items()} == dict.fromkeys(answers, 404)
    assert len({answer.content for answer in answers.values()}) == 1


def test_one_query_serves_user_membership_and_organization(cast, partners, django_assert_num_queries, laundry):
    for user in (cast.viewer, cast.superuser):
        client = client_of(user, organization="laundry")
        with django_assert_num_queries(2):  # who asks, and the page
            assert names(client.get(PARTNERS)) == ["of the laundry"]


def test_an_organization_that_is_switched_off_is_gone_on_the_next_request(cast, partners, laundry):
    clients = [client_of(cast.owner, organization="laundry"), client_of(cast.superuser, organization="laundry")]
    assert [client.get(PARTNERS).status_code for client in clients] == [200, 200]
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert [client.get(PARTNERS).status_code for client in clients] == [404, 404]
