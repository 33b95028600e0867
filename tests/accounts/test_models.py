"""Users, organizations and memberships: constraints and validators."""

import json
from decimal import Decimal

import pytest
from babel import Locale
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.accounts.currencies import MINOR_DIGITS, minor_digits, validate_currency
from apps.accounts.models import ApiToken, Membership, Organization, User
from apps.accounts.notation import Notation
from apps.accounts.timezones import known_timezones, validate_timezone
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from tests import builders
from tests.rows import checks_of, insert, prove_check

CASES = {
    "user_email_in_lower_case": (
        User,
        [{"email": "ada@example.com"}, {"email": "ada+1@example.com"}],
        [{"email": "Ada@example.com"}, {"email": "ada@Example.com"}],
    ),
    "organization_week_starts_on": (
        Organization,
        [{"week_starts_on": 1}, {"week_starts_on": 7}],
        [{"week_starts_on": 0}, {"week_starts_on": 8}],
    ),
    "organization_currency": (
        Organization,
        [{"currency": "EUR"}, {"currency": "JPY"}],
        [{"currency": code} for code in ("eur", "EU", "", "E1R", "XXX", "KWD", "CLF")],
    ),
    "membership_role": (
        Membership,
        [{"role": role} for role in ("owner", "analyst", "viewer")],
        [{"role": "admin"}, {"role": ""}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_check_lets_in_and_refuses_what_it_should(name, laundry):
    model, inside, outside = CASES[name]
    prove_check(name, model, laundry, inside, outside)


def test_every_check_of_the_app_is_proved():
    assert set(CASES) == set(checks_of("accounts"))


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [(User, "email", "ada@example.com"), (Organization, "slug", "ada"), (ApiToken, "digest", "0" * 64)],
)
def test_what_is_unique_in_the_platform(model, column, value, laundry):
    insert(model, laundry, **{column: value})
    with pytest.raises(IntegrityError, match=column):
        insert(model, laundry, **{column: value})


@pytest.mark.django_db
def test_a_user_is_a_member_of_an_organization_once_and_of_many(laundry, clinic):
    user = builders.make_member(laundry, role="owner")
    builders.make_member(clinic, user=user)
    with organization_context(laundry.pk):
        with pytest.raises(ValidationError, match="member already"):
            Membership(organization=laundry, user=user, role="viewer").full_clean()
        with pytest.raises(IntegrityError, match="membership_once"), in_transaction():
            builders.make_member(laundry, user=user)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["Ada@Example.COM", "ada@example.com", "ADA@example.com"])
def test_a_user_is_found_whatever_the_case_of_the_address(address):
    user = builders.make_user("ADA@Example.com")
    assert user.email == "ada@example.com"
    assert User.objects.get_by_natural_key(address) == user
    with pytest.raises(IntegrityError, match="email"), in_transaction():
        builders.make_user(address)


@pytest.mark.django_db
def test_a_form_folds_the_address(laundry):
    user = User(email="Ada@Example.com", password="x")
    user.full_clean()
    assert user.email == "ada@example.com"


@pytest.mark.django_db
def test_a_user_needs_an_address_and_a_superuser_may_use_the_admin():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")
    root = User.objects.create_superuser("root@example.com", builders.PASSWORD)
    assert (root.is_staff, root.is_superuser, root.check_password(builders.PASSWORD)) == (True, True, True)
    assert not User.objects.create_user("nobody@example.com").has_usable_password()


def test_a_user_is_named_by_name_or_address():
    named, unnamed = User(email="ada@example.com", full_name="Ada Lovelace"), User(email="ada@example.com")
    assert [(u.get_full_name(), u.get_short_name(), str(u)) for u in (named, unnamed)] == [
        ("Ada Lovelace", "Ada", "ada@example.com"),
        ("ada@example.com", "ada", "ada@example.com"),
    ]


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "Australia/Lord_Howe",
     "Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "Etc/GMT+5"],
)  # fmt: skip
def test_a_time_zone_is_taken_from_the_list(name):
    validate_timezone(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "utc", "europe/berlin", "Europe/Berlin ", "Europe/Nowhere", "../../etc/passwd", "/etc/localtime",
     "America/../Europe/Berlin", "GMT+25", "localtime", "posixrules", "CET", "EST5EDT", "+01:00", "\x00", "x" * 10_000,
     "Europe/Berlin\n", "posix/Europe/Berlin", "right/Europe/Berlin"],
)  # fmt: skip
def test_any_other_time_zone_is_refused_by_name(name):
    with pytest.raises(ValidationError) as refused:
        validate_timezone(name)
    assert refused.value.code == "unknown_timezone"
    assert len(refused.value.messages[0]) < 200


def test_the_time_zones_of_the_bad_inputs_end_as_they_should(reference_data):
    entries = json.loads((reference_data / "security" / "bad_inputs.json").read_text())["api_params"]
    zones = {entry["value"]: entry["expect"] for entry in entries if entry["param"] == "timezone"}
    assert len(zones) > 10
    for name, expected in zones.items():
        if expected == "allow":
            validate_timezone(name)
        else:
            with pytest.raises(ValidationError):
                validate_timezone(name)


@pytest.mark.django_db
def test_the_database_understands_every_time_zone_of_the_list():
    with tenant_cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        understood = {name for (name,) in cursor.fetchall()}
    assert known_timezones() - understood == set()


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("USD", 2), ("TWD", 0), ("JPY", 0), ("KRW", 0), ("BRL", 2)])
def test_a_currency_is_shown_with_its_digits(code, digits):
    validate_currency(code)
    assert minor_digits(code) == digits


@pytest.mark.django_db
def test_database_form_and_figures_keep_the_same_currencies(laundry):
    of_many_digits = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "CLF", "UYW"}  # ISO 4217, three and four
    assert not of_many_digits & set(MINOR_DIGITS)
    for code in {*Locale("en").currencies, *of_many_digits, *MINOR_DIGITS, "kwd"}:
        rows = Organization.objects.filter(pk=laundry.pk)
        if code in MINOR_DIGITS:
            validate_currency(code)
            rows.update(currency=code)
            assert Notation("en", code, "UTC").money(Decimal("1.25")).startswith(code)
            continue
        with pytest.raises(ValidationError, match="is not a currency that is kept here"):
            validate_currency(code)
        with pytest.raises(IntegrityError, match="organization_currency"), in_transaction():
            rows.update(currency=code)


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", "XXX", "BTC", "KWD", "BHD", "TND", "€", "EUR\n"])
def test_any_other_currency_is_refused_by_name(code):
    with pytest.raises(ValidationError) as refused:
        validate_currency(code)
    assert refused.value.code == "unknown_currency"


def test_every_currency_fits_two_decimals():
    assert set(MINOR_DIGITS.values()) == {0, 2}
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_DIGITS)


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "value"), [("timezone", "Mars/Olympus"), ("currency", "KWD"), ("slug", "no spaces")])
def test_an_organization_is_checked_before_it_is_saved(field, value):
    with pytest.raises(ValidationError) as refused:
        Organization(**{"name": "New", "slug": "new", field: value}).full_clean()
    assert list(refused.value.message_dict) == [field]
