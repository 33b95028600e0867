"""Who gets what from every page of the admin. A page without an entry here fails the suite."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.http import FileResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.reports.models import ReportLink
from apps.reports.services import make_link
from tests.backoffice.rows import make_platform_rows, make_rows
from tests.builders import make_report, make_report_file

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
EXPORTS = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(200, 200, 200, 200, 200),
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
    "progress": codes(200, 200, 200, 404, 200),
    "file": codes(403, 200, 200, 404, 200),  # it tells how customers can be reached
    "manifest": codes(403, 200, 200, 404, 200),
    "cancel": codes(404, 404, 404, 404, 404),  # a GET stops nothing
}
REPORTS = {
    "changelist": codes(200, 200, 200, 200, 200),
    "add": codes(403, 200, 200, 200, 200),
    "change": codes(200, 200, 200, 302, 200),
    "history": codes(200, 200, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
    "progress": codes(200, 200, 200, 404, 200),
    "cancel": codes(404, 404, 404, 404, 404),  # a GET stops nothing
}
SCHEDULES = FACT | {
    "foreseen": codes(200, 200, 200, 200, 200),
    **dict.fromkeys(("pause", "resume", "run", "preview"), codes(404, 404, 404, 404, 404)),  # a GET changes nothing
}
CLEARED_BY_OWNERS = LEDGER | dict.fromkeys(("clear_expired", "clear_all"), codes(403, 403, 200, 200, 200))
OUTBOX = {  # mails tell what customers' contact details are, too
    "changelist": codes(403, 200, 200, 200, 200),
    "add": codes(403, 403, 403, 403, 403),
    "change": codes(403, 200, 200, 302, 200),
    "history": codes(403, 200, 200, 302, 200),
    "delete": codes(403, 403, 403, 403, 403),
}
DELIVERIES = OUTBOX | dict.fromkeys(("send_again", "mark_as_sent"), codes(404, 404, 404, 404, 404))  # by a POST only
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
    "notifications.delivery": DELIVERIES,
    "notifications.mailmessage": OUTBOX,
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
    "queries.dataexport": EXPORTS,
    "reports.analyticsreport": REPORTS,
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
    "notifications_mailmessage_attachment": codes(403, 200, 200, 404, 200),
    "reports_file": codes(200, 200, 200, 404, 200),
    "reports_make_link": codes(404, 404, 404, 404, 404),  # a GET makes none, and ends none
    "reports_revoke_link": codes(404, 404, 404, 404, 404),
}
APP_LISTS = {  # an app of which the role sees nothing answers as if it were not there
    "accounts": SIGNED_IN,
    "analytics": SIGNED_IN,
    "core": SIGNED_IN,
    "engagement": SIGNED_IN,
    "hierarchy": SIGNED_IN,
    "imports": SIGNED_IN,
    "marketplace": SIGNED_IN,
    "queries": SIGNED_IN,
    "notifications": codes(404, 200, 200, 200, 200),
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


def rows_of_a_report(organization: Organization) -> dict[str, Any]:
    report = make_report(organization)
    file = make_report_file(report)
    make_link(file, recipient="", created_by=None)
    with organization_context(organization.pk):
        link = ReportLink.objects.get(file=file)
    return {"reports.analyticsreport": report, "file of a report": file, "link of a report": link}


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
            "notifications_mailmessage_attachment": [rows["notifications.mailmessage"].pk, 0],
            "reports_file": [rows["reports.analyticsreport"].pk, rows["file of a report"].pk],
            "reports_make_link": [rows["reports.analyticsreport"].pk, rows["file of a report"].pk],
            "reports_revoke_link": [rows["reports.analyticsreport"].pk, rows["link of a report"].pk],
        }.get(name, [])
        query = "?app_label=marketplace&model_name=order&field_name=customer" if name == "autocomplete" else ""
        yield reverse(f"admin:{name}", args=arguments) + query, expected
    for app, expected in APP_LISTS.items():
        yield reverse("admin:app_list", args=[app]), expected
    yield "/admin/no-such-page/", NOT_A_PAGE


def status_of(client: Client, address: str) -> int:
    answer = client.get(address)
    if isinstance(answer, FileResponse):
        assert b"".join(answer.streaming_content)
    return answer.status_code


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_answers_each_actor_as_listed(actor, staff_cast, laundry, sign_in, settings, tmp_path) -> None:
    settings.FILES_DIR = tmp_path
    rows = make_rows(laundry, staff_cast.owner) | make_platform_rows() | rows_of_a_report(laundry)
    if actor == "member":
        User.objects.filter(pk=staff_cast.owner.pk).update(is_staff=False)
    user = None if actor == "anonymous" else getattr(staff_cast, "owner" if actor == "member" else actor)
    client = sign_in(user, laundry)

    seen = {address: status_of(client, address) for address, _ in addresses(rows)}

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
