import io

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Membership, Organization, User
from apps.core.context import across_all_organizations

pytestmark = pytest.mark.django_db


def create(*arguments):
    output = io.StringIO()
    call_command("create_organization", *arguments, stdout=output)
    return output.getvalue()


def everything():
    with across_all_organizations(reason="the test counts"):
        return (
            list(Organization.objects.values_list("slug", "name", "timezone", "currency", "day_starts_at")),
            list(Membership.objects.values_list("organization__slug", "user__email", "role")),
            list(User.objects.values_list("email", "is_staff", "is_superuser")),
        )


def test_an_organization_comes_with_an_owner_who_still_needs_a_password():
    said = create("acme", "--owner", "Ann@Acme.example", "--timezone", "Asia/Taipei", "--currency", "TWD",
                  "--day-starts-at", "04:00")  # fmt: skip
    organizations, memberships, users = everything()
    assert [(slug, name, zone, currency, str(start)) for slug, name, zone, currency, start in organizations] == [
        ("acme", "acme", "Asia/Taipei", "TWD", "04:00:00")
    ]
    assert memberships == [("acme", "ann@acme.example", "owner")]
    assert users == [("ann@acme.example", True, False)]
    assert not User.objects.get().has_usable_password()
    assert "changepassword ann@acme.example" in said


def test_a_user_who_is_there_keeps_what_it_has():
    User.objects.create_user("ann@acme.example", "a password of hers", full_name="Ann")
    said = create("acme", "--owner", "ann@acme.example")
    assert User.objects.get().check_password("a password of hers")
    assert "changepassword" not in said


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--timezone", "Mars/Base", "timezone: “Mars/Base” is not a time zone"),
        ("--timezone", "../../etc/passwd", "timezone: “../../etc/passwd” is not a time zone"),
        ("--currency", "euro", "currency: "),
        ("--currency", "KWD", "currency: “KWD” is not a currency that is kept here"),
        ("--owner", "nobody", "email: "),
        ("--day-starts-at", "25:00", "--day-starts-at: “25:00” is not a time"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_written(option, value, complaint):
    arguments = {"--owner": "ann@acme.example", option: value}
    with pytest.raises(CommandError) as refused:
        create("acme", *[part for pair in arguments.items() for part in pair])
    assert str(refused.value).startswith(complaint)
    assert everything() == ([], [], [])


def test_a_short_name_that_is_taken_is_refused():
    create("acme", "--owner", "ann@acme.example")
    before = everything()
    with pytest.raises(CommandError, match="slug: "):
        create("acme", "--owner", "bob@acme.example")
    assert everything() == before
