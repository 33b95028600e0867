"""Members, organizations, users and tokens."""

import datetime

import pytest
from django.urls import reverse

from apps.accounts.models import ApiToken, Membership, Organization, Role, User
from apps.accounts.tokens import create_long_lived_token, user_of_long_lived_token
from apps.core.context import organization_context
from tests.backoffice.rows import nothing_changes
from tests.builders import make_user

pytestmark = pytest.mark.django_db
MEMBERS = "/admin/accounts/membership/"
TOKENS = "/admin/accounts/apitoken/"


def roles_of(organization: Organization) -> dict[str, str]:
    with organization_context(organization.pk):
        return dict(Membership.objects.values_list("user__email", "role"))


def test_an_owner_adds_a_member_by_the_whole_address(staff_cast, laundry, sign_in):
    make_user("new@example.com")
    client = sign_in(staff_cast.owner, laundry)
    assert client.post(f"{MEMBERS}add/", {"email": "New@Example.com", "role": "analyst"}).status_code == 302
    assert roles_of(laundry)["new@example.com"] == "analyst"


@pytest.mark.parametrize("email", ["nobody@example.com", "owner@laundry.example", "gone@laundry.example", "new", ""])
def test_an_address_that_cannot_be_added_is_an_error_at_its_field(email, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    with nothing_changes():
        answer = client.post(f"{MEMBERS}add/", {"email": email, "role": "viewer"})
    assert list(answer.context["adminform"].form.errors) == ["email"]


def test_the_page_for_a_new_member_names_no_user(staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.owner, laundry).get(f"{MEMBERS}add/").content.decode()
    assert "staff@example.com" not in page
    assert "owner@clinic.example" not in page


def test_the_last_owner_can_be_neither_demoted_nor_removed(staff_cast, laundry, sign_in):
    with organization_context(laundry.pk):
        last = Membership.objects.get(user=staff_cast.owner)
    client = sign_in(staff_cast.owner, laundry)
    page = reverse("admin:accounts_membership_change", args=[last.pk])
    with nothing_changes():
        answer = client.post(page, {"role": "viewer"})
        assert "role" in answer.context["adminform"].form.errors
        assert (
            client.post(reverse("admin:accounts_membership_delete", args=[last.pk]), {"post": "yes"}).status_code == 403
        )
        selected = {"action": "delete_selected", "_selected_action": str(last.pk), "post": "yes"}
        client.post(MEMBERS, selected)


def test_one_of_two_owners_can_be_demoted(staff_cast, laundry, sign_in):
    with organization_context(laundry.pk):
        Membership.objects.filter(user=staff_cast.analyst).update(role=Role.OWNER)
        second = Membership.objects.get(user=staff_cast.analyst)
    page = reverse("admin:accounts_membership_change", args=[second.pk])
    assert sign_in(staff_cast.owner, laundry).post(page, {"role": "viewer"}).status_code == 302
    assert roles_of(laundry)[staff_cast.analyst.email] == "viewer"


def test_a_member_keeps_its_user(staff_cast, laundry, sign_in):
    with organization_context(laundry.pk):
        membership = Membership.objects.get(user=staff_cast.viewer)
    page = reverse("admin:accounts_membership_change", args=[membership.pk])
    sign_in(staff_cast.owner, laundry).post(page, {"role": "analyst", "user": str(staff_cast.staff.pk)})
    membership.refresh_from_db()
    assert (membership.user, membership.role) == (staff_cast.viewer, "analyst")


def settings_form(**fields: str) -> dict[str, str]:
    plain = {"name": "Laundry", "slug": "laundry", "timezone": "America/New_York", "currency": "USD"}
    return {**plain, "day_starts_at": "00:00:00", "week_starts_on": "1", "locale": "en-GB", "is_active": "on", **fields}


def test_an_owner_changes_the_settings_but_not_short_name_or_switch(staff_cast, laundry, sign_in):
    page = reverse("admin:accounts_organization_change", args=[laundry.pk])
    form = settings_form(name="Harbour", timezone="Europe/Berlin", slug="taken")
    del form["is_active"]
    assert sign_in(staff_cast.owner, laundry).post(page, form).status_code == 302
    laundry.refresh_from_db()
    assert (laundry.name, laundry.timezone, laundry.slug, laundry.is_active) == (
        "Harbour",
        "Europe/Berlin",
        "laundry",
        True,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Phobos"),
        ("timezone", "../etc/passwd"),
        ("timezone", "EST"),
        ("currency", "EURO"),
        ("currency", "BHD"),
        ("currency", "usd"),
        ("week_starts_on", "8"),
        ("locale", "klingon"),
        ("day_starts_at", "25:00"),
    ],
)
def test_settings_that_are_not_known_are_errors_at_their_field(field, value, staff_cast, laundry, sign_in):
    page = reverse("admin:accounts_organization_change", args=[laundry.pk])
    client = sign_in(staff_cast.owner, laundry)
    with nothing_changes():
        answer = client.post(page, settings_form(**{field: value}))
    assert list(answer.context["adminform"].form.errors) == [field]


def test_a_token_is_shown_once_in_the_answer_and_nowhere_else(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)

    answer = client.post(
        f"{TOKENS}add/", {"name": "nightly export", "expires_at_0": "2099-01-01", "expires_at_1": "0:00"}
    )

    secret = answer.context["secret"]
    token = ApiToken.objects.get()
    assert (answer.status_code, token.user, token.name) == (200, staff_cast.viewer, "nightly export")
    assert token.expires_at == datetime.datetime(2099, 1, 1, 5, tzinfo=datetime.UTC)  # midnight in New York
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in str(client.cookies)
    assert secret not in str(dict(client.session))
    assert secret not in client.get(TOKENS).content.decode()
    assert user_of_long_lived_token(secret, organization=None) == staff_cast.viewer


def test_a_token_that_could_never_be_used_is_refused_at_its_field(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)
    answer = client.post(f"{TOKENS}add/", {"name": "old", "expires_at_0": "2020-01-01", "expires_at_1": "0:00"})
    assert list(answer.context["adminform"].form.errors) == ["expires_at"]
    assert not ApiToken.objects.exists()


def test_no_page_of_an_owner_leads_to_the_pages_of_users(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    with organization_context(laundry.pk):
        membership = Membership.objects.get(user=staff_cast.viewer)
    token, _secret = create_long_lived_token(user=staff_cast.owner, name="mine", expires_at=None)
    for page, address in (
        (reverse("admin:accounts_membership_change", args=[membership.pk]), staff_cast.viewer.email),
        (reverse("admin:accounts_apitoken_change", args=[token.pk]), staff_cast.owner.email),
    ):
        shown = client.get(page).content.decode()
        assert address in shown
        assert "/admin/accounts/user/" not in shown


def test_nobody_makes_a_token_for_somebody_else(staff_cast, laundry, sign_in):
    form = {"name": "mine", "user": str(staff_cast.owner.pk), "user_id": str(staff_cast.owner.pk)}
    sign_in(staff_cast.superuser, laundry).post(f"{TOKENS}add/", form)
    assert ApiToken.objects.get().user == staff_cast.superuser


def test_a_token_is_revoked_by_its_holder_and_by_superusers_only(staff_cast, laundry, sign_in):
    def works(secret: str) -> bool:
        return user_of_long_lived_token(secret, organization=None) is not None

    mine, secret = create_long_lived_token(user=staff_cast.viewer, name="a", expires_at=None)
    revoke = {"action": "revoke", "_selected_action": str(mine.pk)}
    sign_in(staff_cast.owner, laundry).post(TOKENS, revoke)
    assert works(secret)
    sign_in(staff_cast.viewer, laundry).post(TOKENS, revoke)
    assert not works(secret)

    other, secret = create_long_lived_token(user=staff_cast.viewer, name="b", expires_at=None)
    sign_in(staff_cast.superuser, laundry).post(TOKENS, {"action": "revoke", "_selected_action": str(other.pk)})
    assert not works(secret)


def test_a_superuser_creates_a_user_who_signs_in_by_address(staff_cast, laundry, sign_in):
    form = {
        "email": "New.Person@Example.com",
        "full_name": "New Person",
        "is_staff": "on",
        "password1": "a long enough password",
        "password2": "a long enough password",
    }
    answer = sign_in(staff_cast.superuser, laundry).post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302
    assert User.objects.get(email="new.person@example.com").check_password("a long enough password")
