"""Every page says what it may load and run."""

import re

import pytest
from django.urls import reverse

HEADER = "Content-Security-Policy"
STRICT = {
    "default-src": "'none'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def policy_of(answer):
    return dict(part.strip().split(" ", 1) for part in answer[HEADER].split(";"))


@pytest.mark.parametrize(
    "route", ["index", "dashboard_revenue", "marketplace_order_changelist", "accounts_apitoken_add"]
)
def test_pages_of_the_admin_are_bounded(route, staff_cast, laundry, sign_in):
    answer = sign_in(staff_cast.owner, laundry).get(reverse(f"admin:{route}"))
    policy = policy_of(answer)
    nonce = re.fullmatch(r"'self' 'nonce-([\w+/=]{22,})'", policy.pop("style-src"))[1]
    assert policy == STRICT
    page = answer.content.decode()
    assert page.count("<style") == page.count(f'<style nonce="{nonce}">') == 1
    assert re.findall(r'<script(?![^>]*\bsrc=)(?![^>]*type="application/json")', page) == []
    assert re.findall(r'<[^>]*\son\w+="', page) == []


def test_a_nonce_is_good_for_one_answer(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    first, second = (policy_of(client.get(reverse("admin:index")))["style-src"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("/admin/login/", {}),
        ("/admin/nothing/", {}),
        ("/api/schema/", {}),
        ("/api/docs/", {"script-src": "'self'"}),
        ("/api/docs/?script=", {"script-src": "'self'"}),
        ("/api/redoc/", {"script-src": "'self'", "style-src": "'self' 'unsafe-inline'", "worker-src": "blob:"}),
    ],
)
def test_pages_for_everybody_are_bounded_too(address, more, db, client):
    policy = policy_of(client.get(address))
    if "style-src" not in more:
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=]+')?", policy.pop("style-src"))
    assert policy == {**STRICT, **more}


def test_an_error_page_writes_no_style_of_its_own(db, client):
    page = client.get("/nothing-here/").content.decode()
    assert "error.css" in page
    assert "<style" not in page
