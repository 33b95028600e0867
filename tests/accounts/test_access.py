"""What a user may do, in which organizations."""

import pytest

from apps.accounts.access import Access, accesses_of, find_access, with_accesses
from apps.accounts.callers import find_caller
from apps.accounts.models import Organization, Role, User
from tests.builders import make_member

pytestmark = pytest.mark.django_db


def roles(user: User) -> list[tuple[str, str]]:
    return [(access.organization.slug, access.role) for access in accesses_of(user)]


def test_a_user_has_the_accesses_of_its_active_memberships_and_no_others(cast, laundry, clinic, wholesaler):
    make_member(wholesaler, role=Role.ANALYST, user=cast.viewer)
    Organization.objects.filter(pk=clinic.pk).update(is_active=False)
    assert {
        "owner": roles(cast.owner),
        "viewer": roles(cast.viewer),
        "stranger": roles(cast.stranger),
        "staff": roles(cast.staff),
        "superuser": roles(cast.superuser),
        "disabled": roles(cast.disabled),
        "removed": roles(cast.removed),
    } == {
        "owner": [("laundry", "owner")],
        "viewer": [("laundry", "viewer"), ("wholesaler", "analyst")],
        "stranger": [],
        "staff": [],
        "superuser": [("laundry", "owner"), ("wholesaler", "owner")],
        "disabled": [],
        "removed": [],
    }


def test_an_access_carries_the_whole_organization(cast, laundry):
    (access,) = accesses_of(cast.owner)
    stored = Organization.objects.get(pk=laundry.pk)
    assert {f.attname: getattr(access.organization, f.attname) for f in Organization._meta.concrete_fields} == {
        f.attname: getattr(stored, f.attname) for f in Organization._meta.concrete_fields
    }


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_an_organization_is_found_by_id_and_by_short_name(cast, laundry, who):
    user = getattr(cast, who)
    for name in (str(laundry.pk), "laundry"):
        access = find_access(user, name)
        assert access is not None
        assert (access.organization, access.role) == (laundry, Role.OWNER)


@pytest.mark.parametrize(
    "name",
    ["", "clinic", "nowhere", "2", "laundry, clinic", "1 or 1=1", "null", "１", "ＬＡＵＮＤＲＹ", "x" * 500, "\x00"],
)
def test_what_a_member_may_not_see_is_not_found(cast, name):
    assert find_access(cast.owner, name) is None


def test_an_organization_that_was_switched_off_is_found_by_nobody(cast, laundry):
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert [find_access(user, "laundry") for user in (cast.owner, cast.superuser)] == [None, None]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OWNER, [True, True, True]),
        (Role.ANALYST, [False, True, True]),
        (Role.VIEWER, [False, False, True]),
    ],
)
def test_each_role_includes_the_ones_below(cast, laundry, role, may):
    access = Access(cast.owner, laundry, role)
    assert [access.may(needed) for needed in (Role.OWNER, Role.ANALYST, Role.VIEWER)] == may


def test_a_user_and_its_accesses_are_one_query(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        user = with_accesses(find_caller(user_id=cast.owner.pk, named="laundry"))
        assert roles(user) == [("laundry", "owner")]
        assert find_access(user, "laundry") is not None
    with django_assert_num_queries(1):
        root = with_accesses(find_caller(user_id=cast.superuser.pk, named="laundry"))
        assert find_access(root, "laundry") is not None


def test_naming_an_organization_shows_it_to_superusers_only(cast):
    stranger = with_accesses(find_caller(user_id=cast.stranger.pk, named="laundry"))
    assert find_access(stranger, "laundry") is None
    assert stranger.organization_named is None
