"""Signing in, staying signed in, and being shut out on the very next request."""

import datetime
import itertools

import jwt
import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken, Membership, Organization, User
from apps.accounts.tokens import create_long_lived_token, issue_tokens
from apps.core.context import across_all_organizations
from config.settings.rest import REST_FRAMEWORK
from tests.api.clients import client_of, error_code
from tests.builders import PASSWORD

pytestmark = pytest.mark.django_db

ME = "/api/auth/me"
BUILT_IN = REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]


def session_client(user) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(user)
    return client


def long_lived_client(user) -> APIClient:
    _, text = create_long_lived_token(user=user, name="nightly", expires_at=None)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


WAYS = {"session": session_client, "signed": client_of, "long_lived": long_lived_client}


@pytest.fixture(params=WAYS)
def sign_in(request):
    return WAYS[request.param]


def test_signing_in_gives_tokens_that_work(cast):
    answer = client_of().post("/api/auth/token/", {"email": " Owner@Laundry.example", "password": PASSWORD})
    assert answer.status_code == 200
    tokens = answer.json()
    client = APIClient(headers={"Authorization": f"Bearer {tokens['access']}"})
    me = client.get(ME).json()
    organizations = [(one["organization"]["slug"], one["role"]) for one in me["organizations"]]
    assert (me["email"], organizations) == ("owner@laundry.example", [("laundry", "owner")])
    renewed = client_of().post("/api/auth/token/refresh/", {"refresh": tokens["refresh"]})
    client = APIClient(headers={"Authorization": f"Bearer {renewed.json()['access']}"})
    assert client.get(ME).status_code == 200


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_look_the_same(cast):
    attempts = [
        {"email": "owner@laundry.example", "password": "wrong"},
        {"email": "nobody@laundry.example", "password": PASSWORD},
        {"email": "gone@laundry.example", "password": PASSWORD},
    ]
    answers = [client_of().post("/api/auth/token", attempt) for attempt in attempts]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({answer.content for answer in answers}) == 1


def test_an_unknown_address_costs_a_password_hash_too(cast, monkeypatch):
    hashed = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    from django.contrib.auth.hashers import MD5PasswordHasher

    original = MD5PasswordHasher.encode
    monkeypatch.setattr(hasher, lambda self, *args: hashed.append(1) or original(self, *args))
    for email in ("owner@laundry.example", "nobody@laundry.example", "gone@laundry.example"):
        client_of().post("/api/auth/token", {"email": email, "password": "wrong"})
    assert len(hashed) == 3


def test_authentication_and_organization_cost_one_query_each_way(cast, sign_in, django_assert_num_queries):
    client = sign_in(cast.owner)
    client.get(ME)  # a long-lived token notes its first use
    if client.session.session_key:
        # In production the session lies in the cache; here its own read is counted and allowed for.
        assert settings.SESSION_ENGINE
    with django_assert_num_queries(1 + reads_of_the_session(client)):
        assert client.get(ME).status_code == 200
    with django_assert_num_queries(1 + reads_of_the_session(client)):
        assert client.get(ME, headers={"X-Organization-ID": "laundry"}).status_code == 200


def reads_of_the_session(client) -> int:
    in_database = settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
    return int(in_database and bool(client.cookies))


RATES = dict.fromkeys(api_settings.DEFAULT_THROTTLE_RATES, "1000/minute")


def test_throttling_adds_no_query(cast, django_assert_num_queries, settings):
    client = client_of(cast.owner)
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": RATES}
    with django_assert_num_queries(1):
        assert client.get(ME).status_code == 200


def test_a_disabled_user_fails_on_the_next_request(cast, sign_in):
    client = sign_in(cast.owner)
    assert client.get(ME).status_code == 200
    cast.owner.is_active = False
    cast.owner.save()
    answer = client.get(ME)
    assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")


def test_a_removed_member_loses_the_organization_on_the_next_request(cast, sign_in):
    client = sign_in(cast.owner)
    assert len(client.get(ME).json()["organizations"]) == 1
    with across_all_organizations(reason="a test removes a member"):
        Membership.objects.filter(user=cast.owner).delete()
    assert client.get(ME).json()["organizations"] == []


def test_a_deactivated_organization_is_gone_on_the_next_request(cast, sign_in, laundry):
    client = sign_in(cast.owner)
    assert len(client.get(ME).json()["organizations"]) == 1
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert client.get(ME).json()["organizations"] == []


@pytest.mark.parametrize("way", ["session", "signed"])
def test_a_new_password_ends_what_was_signed_in_with_the_old_one(cast, way):
    client = WAYS[way](cast.owner)
    assert client.get(ME).status_code == 200
    cast.owner.set_password("another long password")
    cast.owner.save()
    assert client.get(ME).status_code == 401


def test_a_new_password_ends_refresh_tokens(cast):
    refresh = issue_tokens(cast.owner).refresh
    cast.owner.set_password("another long password")
    cast.owner.save()
    assert client_of().post("/api/auth/token/refresh/", {"refresh": refresh}).status_code == 401


def test_a_disabled_user_cannot_refresh(cast):
    answer = client_of().post("/api/auth/token/refresh/", {"refresh": issue_tokens(cast.disabled).refresh})
    assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")


def test_an_access_token_ends_after_minutes_and_does_not_refresh(cast):
    tokens = issue_tokens(cast.owner)
    assert client_of().get(ME, headers={"Authorization": f"Bearer {tokens.access}"}).status_code == 200
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        assert client_of().get(ME, headers={"Authorization": f"Bearer {tokens.access}"}).status_code == 401
    assert client_of().post("/api/auth/token/refresh/", {"refresh": tokens.access}).status_code == 401
    assert client_of().get(ME, headers={"Authorization": f"Bearer {tokens.refresh}"}).status_code == 401


def forged(user, *, key="another key that is long enough to sign with", algorithm="HS256", **claims):
    body = jwt.decode(issue_tokens(user).access, options={"verify_signature": False})
    return jwt.encode({**body, **claims}, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer bw_",
        "Bearer bw_" + "x" * 43,
        "Bearer " + "x" * 5000,
        "bearer \xff\xfe",
        "Bearer null",
        "Bearer a b c",
    ],
)
def test_a_token_that_is_none_is_refused(cast, header):
    answer = client_of().get(ME, headers={"Authorization": header})
    assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_forged_tokens_are_refused(cast):
    forgeries = [
        forged(cast.owner),
        forged(cast.owner, key="", algorithm="none"),
        forged(cast.owner, key=settings.SECRET_KEY, algorithm="HS512"),
        forged(cast.owner, key=settings.SECRET_KEY, user_id=str(cast.stranger.pk)),
        forged(cast.owner, key=settings.SECRET_KEY, user_id="1 or 1=1"),
        forged(cast.owner, key=settings.SECRET_KEY, user_id=None),
        forged(cast.owner, key=settings.SECRET_KEY, credential=None),
        forged(cast.owner, key=settings.SECRET_KEY, exp=1),
    ]
    answers = [client_of().get(ME, headers={"Authorization": f"Bearer {text}"}) for text in forgeries]
    assert [answer.status_code for answer in answers] == [401] * len(forgeries)


def test_a_session_needs_its_csrf_token_to_change_something(cast):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    answer = client.post("/api/auth/tokens", {"name": "x"})
    assert (answer.status_code, error_code(answer)) == (403, "FORBIDDEN")
    assert not ApiToken.objects.exists()
    secret = "a" * 32
    client.cookies["csrftoken"] = secret
    assert client.post("/api/auth/tokens", {"name": "x"}, headers={"X-CSRFToken": secret}).status_code == 201


def test_a_long_lived_token_is_shown_once_and_kept_as_a_digest(cast):
    client = client_of(cast.viewer)
    created = client.post("/api/auth/tokens", {"name": "export", "user": str(cast.owner.pk), "digest": "0" * 64})
    assert created.status_code == 201
    text = created.json()["token"]
    stored = ApiToken.objects.get()
    assert (stored.user, stored.name, stored.prefix) == (cast.viewer, "export", text[:11])
    assert text not in str(ApiToken.objects.values())
    (listed,) = client.get("/api/auth/tokens/").json()
    assert listed == {key: value for key, value in created.json().items() if key != "token"}
    user = client_of().get(ME, headers={"Authorization": f"Bearer {text}"}).json()
    assert user["email"] == cast.viewer.email


def test_a_revoked_token_fails_on_the_next_request(cast):
    token, text = create_long_lived_token(user=cast.owner, name="x", expires_at=None)
    client = client_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert client.get(ME).status_code == 200
    assert client_of(cast.stranger).delete(f"/api/auth/tokens/{token.pk}").status_code == 404
    assert client.get(ME).status_code == 200
    owner = client_of(cast.owner)
    assert [owner.delete(f"/api/auth/tokens/{token.pk}/").status_code for _ in range(2)] == [204, 404]
    assert owner.get("/api/auth/tokens").json() == []
    assert client.get(ME).status_code == 401


def test_an_expired_token_fails(cast):
    now = timezone.now()
    _, text = create_long_lived_token(user=cast.owner, name="x", expires_at=now + datetime.timedelta(hours=1))
    client = client_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert client.get(ME).status_code == 200
    with time_machine.travel(now + datetime.timedelta(hours=1, seconds=1)):
        assert client.get(ME).status_code == 401


def test_a_long_lived_token_cannot_manage_tokens(cast):
    client = long_lived_client(cast.owner)
    answers = [client.get("/api/auth/tokens"), client.post("/api/auth/tokens", {"name": "more"})]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert ApiToken.objects.count() == 1


def test_the_last_use_is_noted_once_an_hour(cast, django_assert_num_queries):
    client = long_lived_client(cast.owner)
    with django_assert_num_queries(2):
        client.get(ME)
    first = ApiToken.objects.get().last_used_at
    with django_assert_num_queries(1):
        client.get(ME)
    assert ApiToken.objects.get().last_used_at == first
    with time_machine.travel(first + datetime.timedelta(hours=1, seconds=1)), django_assert_num_queries(2):
        client.get(ME)
    assert ApiToken.objects.get().last_used_at > first


@pytest.mark.parametrize("expires_at", ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00", "tomorrow", 5, "9999-12-31"])
def test_a_token_that_could_never_be_used_is_refused(cast, expires_at):
    answer = client_of(cast.owner).post("/api/auth/tokens", {"name": "x", "expires_at": expires_at})
    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["expires_at"])


@pytest.fixture
def rates(settings):
    """Set a rate for one test, in a cache of its own windows."""
    cache.clear()

    def choose(**chosen):
        free = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {**free, **chosen}}

    yield choose
    cache.clear()


def statuses(send, times) -> list[int]:
    return [send().status_code for _ in range(times)]


@time_machine.travel("2026-03-10T12:00:05Z", tick=False)
def test_signing_in_is_limited_by_account_whatever_the_address(cast, rates):
    rates(sign_in_account="3/minute")

    number = itertools.count()

    def attempt(email="owner@laundry.example"):
        return client_of(REMOTE_ADDR=f"10.0.0.{next(number)}").post(
            "/api/auth/token", {"email": email, "password": "x"}
        )

    assert statuses(attempt, 4) == [401, 401, 401, 429]
    answer = attempt(email="OWNER@laundry.example ")
    assert (answer.status_code, error_code(answer), answer["Retry-After"]) == (429, "RATE_LIMITED", "55")
    assert attempt(email="viewer@laundry.example").status_code == 401


@time_machine.travel("2026-03-10T12:00:05Z", tick=False)
def test_one_address_alone_keeps_nobody_from_signing_in_elsewhere(cast, rates):
    rates(**BUILT_IN)

    def attempt(address, password):
        body = {"email": "owner@laundry.example", "password": password}
        return client_of(REMOTE_ADDR=address).post("/api/auth/token", body).status_code

    assert [attempt("10.0.0.1", "x") for _ in range(12)] == [401] * 10 + [429] * 2
    assert attempt("10.0.0.1", PASSWORD) == 429
    assert attempt("10.0.0.2", PASSWORD) == 200


@time_machine.travel("2026-03-10T12:00:05Z", tick=False)
def test_the_page_counts_attempts_together_with_the_api(cast, rates):
    rates(sign_in_pair="3/minute")
    User.objects.update(is_staff=True)
    page = Client()

    def on_page(password):
        return page.post("/admin/login/", {"username": " Owner@laundry.example", "password": password})

    assert ["Too many attempts" in on_page("x").content.decode() for _ in range(3)] == [False] * 3
    refused = on_page(PASSWORD)
    assert (refused.status_code, "Too many attempts" in refused.content.decode()) == (200, True)
    assert "sessionid" not in refused.cookies
    body = {"email": "owner@laundry.example", "password": PASSWORD}
    assert client_of().post("/api/auth/token", body).status_code == 429


@time_machine.travel("2026-03-10T12:00:05Z", tick=False)
def test_signing_in_is_limited_by_address_whatever_the_proxy_header_claims(cast, rates):
    rates(sign_in_address="3/minute")

    number = itertools.count()

    def attempt():
        claimed = {"X-Forwarded-For": f"192.0.2.{next(number)}"}
        body = {"email": f"{next(number)}@laundry.example", "password": "x"}
        return client_of().post("/api/auth/token", body, headers=claimed)

    assert statuses(attempt, 5) == [401, 401, 401, 429, 429]


@time_machine.travel("2026-03-10T12:00:05Z", tick=False)
def test_each_scope_counts_by_itself(cast, rates):
    rates(user="4/minute", writes="1/minute", anonymous="2/minute")
    client = client_of(cast.owner)
    assert statuses(lambda: client.post("/api/auth/tokens", {}), 2) == [400, 429]
    assert statuses(lambda: client.get(ME), 3) == [200, 200, 429]
    assert client_of(cast.viewer).get(ME).status_code == 200
    stolen = client_of()
    stolen.credentials(HTTP_AUTHORIZATION="Bearer bw_guess")
    assert statuses(lambda: stolen.get(ME), 3) == [401, 401, 429]


@override_settings(
    CACHES={"default": {"BACKEND": "config.cache.SharedRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
)
def test_without_the_cache_requests_are_answered_and_not_counted(cast, rates_without_cache):
    assert statuses(lambda: client_of(cast.owner).get(ME), 3) == [200, 200, 200]


@pytest.fixture
def rates_without_cache(settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "1/minute"),
    }
