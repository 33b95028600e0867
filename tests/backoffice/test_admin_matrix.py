"""Who gets what from every page of the admin. A page without an entry here fails the suite."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, reverse

from apps.accounts.models import User
from tests.backoffice.rows import make_platform_rows, make_rows

pytestmark = pytest.mark.django_db

ACTORS = (
    "anonymous",
    "member",  # an owner who may not use the admin
    "viewer",
    "analyst",
    "owner",
    "stranger",
    "staff",
    "disabled",
    "removed",
    "superuser",
)
# Who never gets further: to the sign-in page, or to the page that says which organization is missing.
OUTSIDE = {"anonymous": 302, "member": 302, "disabled": 302, "staff": 403, "removed": 403}


def codes(viewer: int, analyst: int, owner: int, stranger: int, superuser: int) -> dict[str, int]:
    return OUTSIDE | {
        "viewer": viewer,
        "analyst": analyst,
        "owner": owner,
        "stranger": stranger,
        "superuser": superuser,
    }


# The stranger asks for a row of the laundry: 302 leads home, as for a row that does not exist.
FACT = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(403, 200, 200, 200, 200),
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 200, 200, 302, 200),
}
LEDGER = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(403, 403, 403, 403, 403),
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
}
MEMBERS = {
    "changelist": codes(403, 403, 200, 200, 200),
    "add": codes(403, 403, 200, 200, 200),
    "change": codes(403, 403, 200, 302, 200),
    "history": codes(403, 403, 200, 302, 200),
    "delete": codes(403, 403, 403, 302, 403),  # the row is the last owner's
}
SETTINGS = {
    "changelist": codes(403, 403, 200, 200, 200),
    "add": codes(403, 403, 403, 403, 200),
    "change": codes(403, 403, 200, 302, 200),
    "history": codes(403, 403, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
}
OWN_TOKENS = {  # the row is the owner's
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(200, 200, 200, 200, 200),
    "change": codes(302, 302, 200, 302, 200),
    "history": codes(302, 302, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
}
RUNS = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(403, 200, 200, 200, 200),
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
    "progress": codes(200, 200, 200, 404, 200),
    "rejected": codes(403, 200, 200, 404, 200),  # source rows tell how customers can be reached
    "commit": codes(404, 404, 404, 404, 404),  # a GET writes nothing
    "cancel": codes(404, 404, 404, 404, 404),
}
SCHEDULES = FACT | {
    "foreseen": codes(200, 200, 200, 200, 200),
    **dict.fromkeys(("pause", "resume", "run", "preview"), codes(404, 404, 404, 404, 404)),  # a GET changes nothing
}
CLEARED_BY_OWNERS = LEDGER | dict.fromkeys(("clear_expired", "clear_all"), codes(403, 403, 200, 200, 200))
THRESHOLDS = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(403, 403, 403, 200, 403),  # there is one row an organization
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 403, 200, 302, 200),
}
PLATFORM = dict.fromkeys(("changelist", "add", "change", "history", "delete"), codes(403, 403, 403, 403, 200))
USERS = PLATFORM | {"delete": codes(403, 403, 403, 403, 403)}

OF_NO_ROW = {"changelist", "add", "clear_expired", "clear_all", "foreseen"}

MODELS = {
    "accounts.apitoken": OWN_TOKENS,
    "accounts.membership": MEMBERS,
    "accounts.organization": SETTINGS,
    "accounts.user": USERS,
    "analytics.analyticscache": CLEARED_BY_OWNERS,
    "analytics.answercount": LEDGER,
    "analytics.customeranalytics": LEDGER,
    "analytics.customerthresholds": THRESHOLDS,
    "analytics.dailyrevenuesummary": LEDGER,
    "analytics.partnerperformancemetric": LEDGER,
    "analytics.revision": LEDGER,
    "analytics.verification": LEDGER,
    "core.jobrun": LEDGER,
    "django_celery_beat.crontabschedule": PLATFORM,
    "django_celery_beat.intervalschedule": PLATFORM,
    "django_celery_beat.periodictask": PLATFORM,
    "engagement.interaction": FACT,
    "engagement.segment": FACT,
    "engagement.segmentmember": FACT,
    "hierarchy.entity": FACT,
    "imports.importrun": RUNS,
    "marketplace.category": FACT,
    "marketplace.customer": FACT,
    "marketplace.operatingcost": FACT,
    "marketplace.order": FACT,
    "marketplace.orderissue": FACT,
    "marketplace.partner": FACT,
    "marketplace.payment": FACT,
    "marketplace.product": FACT,
    "marketplace.refund": FACT,
    "marketplace.review": FACT,
    "reports.reportschedule": SCHEDULES,
}
SIGNED_IN = codes(200, 200, 200, 200, 200)
A_POST_ONLY = codes(405, 405, 405, 405, 405)
WITHOUT_ORGANIZATION = SIGNED_IN | {"staff": 200, "removed": 200}
PAGES = {
    "index": SIGNED_IN,
    "search": SIGNED_IN,
    "organization": WITHOUT_ORGANIZATION,
    "metrics": SIGNED_IN,
    "data": SIGNED_IN,
    "data_recompute": A_POST_ONLY,
    "data_verify": A_POST_ONLY,
    "metric": SIGNED_IN,
    "dashboard_revenue": SIGNED_IN,
    "dashboard_orders": SIGNED_IN,
    "dashboard_partners": SIGNED_IN,
    "dashboard_customers": SIGNED_IN,
    "dashboard_partner": codes(200, 200, 200, 404, 200),
    "dashboard_data": SIGNED_IN,
    "login": dict.fromkeys(ACTORS, 302) | {"anonymous": 200, "disabled": 200, "member": 200},
    "logout": codes(405, 405, 405, 405, 405) | {"staff": 405, "removed": 405},  # a GET ends no session
    "password_change": WITHOUT_ORGANIZATION,
    "password_change_done": WITHOUT_ORGANIZATION,
    "jsi18n": WITHOUT_ORGANIZATION,
    "autocomplete": SIGNED_IN,
    "auth_user_password_change": codes(403, 403, 403, 403, 200),
    "imports_mapping": SIGNED_IN,
    "imports_template": SIGNED_IN,
}
APP_LISTS = {  # an app of which the role sees nothing answers as if it were not there
    "accounts": SIGNED_IN,
    "analytics": SIGNED_IN,
    "core": SIGNED_IN,
    "engagement": SIGNED_IN,
    "hierarchy": SIGNED_IN,
    "imports": SIGNED_IN,
    "marketplace": SIGNED_IN,
    "reports": SIGNED_IN,
    "django_celery_beat": codes(404, 404, 404, 404, 200),
}
NOT_A_PAGE = codes(404, 404, 404, 404, 404)


def route_names(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str | None]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from route_names(pattern.url_patterns)
        else:
            yield pattern.name


def test_every_route_of_the_admin_has_an_entry() -> None:
    listed = {f"{label.replace('.', '_')}_{view}" for label, views in MODELS.items() for view in views}
    unnamed = {None}  # the short address of a row, and what is no page at all
    assert set(route_names(admin.site.get_urls())) == listed | set(PAGES) | {"app_list"} | unnamed


def test_every_listed_model_has_its_app_list() -> None:
    assert {label.split(".")[0] for label in MODELS} == set(APP_LISTS)


def addresses(rows: dict[str, Any]) -> Iterator[tuple[str, dict[str, int]]]:
    for label, views in MODELS.items():
        name = f"admin:{label.replace('.', '_')}"
        for view, expected in views.items():
            arguments = [] if view in OF_NO_ROW else [rows[label].pk]
            yield reverse(f"{name}_{view}", args=arguments), expected
        # The short address leads to the page of the row, which decides.
        yield f"{reverse(f'{name}_changelist')}{rows[label].pk}/", codes(302, 302, 302, 302, 302)
    for name, expected in PAGES.items():
        arguments = {
            "auth_user_password_change": [rows["accounts.user"].pk],
            "metric": ["total_revenue"],
            "dashboard_partner": [rows["marketplace.partner"].pk],
            "dashboard_data": ["overview", "trend", "csv"],
            "imports_mapping": ["takeaway"],
            "imports_template": ["takeaway", "lines", "csv"],
        }.get(name, [])
        query = "?app_label=marketplace&model_name=order&field_name=customer" if name == "autocomplete" else ""
        yield reverse(f"admin:{name}", args=arguments) + query, expected
    for app, expected in APP_LISTS.items():
        yield reverse("admin:app_list", args=[app]), expected
    yield "/admin/no-such-page/", NOT_A_PAGE


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_answers_each_actor_as_listed(actor, staff_cast, laundry, sign_in) -> None:
    rows = make_rows(laundry, staff_cast.owner) | make_platform_rows()
    if actor == "member":
        User.objects.filter(pk=staff_cast.owner.pk).update(is_staff=False)
    user = None if actor == "anonymous" else getattr(staff_cast, "owner" if actor == "member" else actor)
    client = sign_in(user, laundry)

    seen = {address: client.get(address).status_code for address, _ in addresses(rows)}

    assert seen == {address: expected[actor] for address, expected in addresses(rows)}


def test_a_removed_member_loses_access_with_the_next_request(staff_cast, laundry, sign_in) -> None:
    rows = make_rows(laundry, staff_cast.owner)
    client = sign_in(staff_cast.owner, laundry)
    page = reverse("admin:marketplace_order_change", args=[rows["marketplace.order"].pk])
    assert client.get(page).status_code == 200

    type(rows["accounts.membership"])._base_manager.filter(pk=rows["accounts.membership"].pk).delete()

    answer = client.get(page)
    assert answer.status_code == 403
    assert "You belong to no organization yet" in answer.content.decode()
