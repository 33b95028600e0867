"""The sidebar: by task, and only what the role may see."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.administration.requests import access_of, is_platform_request
from apps.backoffice.attention import Attention, read_attention
from apps.backoffice.dashboards.pages import PAGES

Text = str | Promise


Badge = Callable[[Attention], Mapping[str, Any]]


def days_badge(attention: Attention) -> Mapping[str, Any]:
    """Return unfold's badge of the days that fail or have waited for long, or of a verification; nothing for none."""
    if attention.failing_days:
        text = ngettext("%(days)d failing", "%(days)d failing", attention.failing_days)
        return {"badge": text % {"days": attention.failing_days}, "badge_variant": "danger"}
    if attention.differs:
        return {"badge": _("differs"), "badge_variant": "danger"}
    if attention.everything:
        return {"badge": _("every day"), "badge_variant": "warning"}
    if not attention.days:
        return {}
    text = ngettext("%(days)d day", "%(days)d days", attention.days) % {"days": attention.days}
    return {"badge": text, "badge_variant": "warning"}


def failed_badge(attention: Attention) -> Mapping[str, Any]:
    """Return unfold's badge of jobs that failed lately; nothing for none."""
    failed = attention.failed
    if not failed:
        return {}
    text = ngettext("%(failed)d failed", "%(failed)d failed", failed) % {"failed": failed}
    return {"badge": text, "badge_variant": "danger"}


def undelivered_badge(attention: Attention) -> Mapping[str, Any]:
    """Return unfold's badge of mails that did not arrive lately, or may not have; nothing for none."""
    if not attention.undelivered:
        return {}
    text = ngettext("%(count)d not delivered", "%(count)d not delivered", attention.undelivered)
    return {"badge": text % {"count": attention.undelivered}, "badge_variant": "danger"}


def schedules_badge(attention: Attention) -> Mapping[str, Any]:
    """Return unfold's badge of schedules that fail, or were paused because they did; nothing for none."""
    if not attention.failing_schedules:
        return {}
    text = ngettext("%(schedules)d failing", "%(schedules)d failing", attention.failing_schedules)
    return {"badge": text % {"schedules": attention.failing_schedules}, "badge_variant": "danger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A link of the sidebar: the list of a model, shown to those who may view it, or a page by its route."""

    icon: str
    title: Text
    model: str = ""
    route: str = ""
    about: Text = ""
    applies: Callable[[HttpRequest], bool] = lambda request: True
    badge: Badge | None = None

    def is_visible(self, request: HttpRequest) -> bool:
        """Tell whether the model's admin lets the request look; a page of its own is for every member."""
        if self.route:
            return access_of(request) is not None and self.applies(request)
        if not apps.is_installed(f"apps.{self.model.split('.')[0]}") and not self.model.startswith(
            "django_celery_beat"
        ):
            return False
        model = apps.get_model(self.model)
        return (
            admin.site.is_registered(model)
            and self.applies(request)
            and admin.site.get_model_admin(model).has_view_permission(request)
        )

    def url(self) -> str:
        """Return its address."""
        return (
            reverse(f"admin:{self.route}")
            if self.route
            else reverse(f"admin:{self.model.lower().replace('.', '_')}_changelist")
        )


GROUPS: tuple[tuple[Text, tuple[Page, ...]], ...] = (
    (
        "",
        (
            *(Page(route=page.route, icon=page.icon, title=page.title, about=page.about) for page in PAGES.values()),
            Page(
                model="hierarchy.Entity",
                icon="account_tree",
                title=_("Accounts"),
                about=_("Groups, companies, locations"),
            ),
            Page(
                route="data",
                icon="database",
                title=_("Data"),
                about=_("How fresh the figures are, what runs, what changed"),
                badge=days_badge,
            ),
        ),
    ),
    (
        _("Reports"),
        (
            Page(
                model="reports.AnalyticsReport",
                icon="summarize",
                title=_("Reports"),
                about=_("Files of the figures that matter, and who took them"),
            ),
            Page(
                model="reports.ReportSchedule",
                icon="schedule_send",
                title=_("Schedules"),
                about=_("Which report goes to whom, and when"),
                badge=schedules_badge,
            ),
        ),
    ),
    (
        _("Records"),
        (
            Page(
                model="marketplace.Order",
                icon="receipt_long",
                title=_("All orders"),
                about=_("What was ordered, from whom"),
            ),
            Page(model="marketplace.Customer", icon="group", title=_("All customers"), about=_("Who orders")),
            Page(
                model="marketplace.Partner", icon="storefront", title=_("All partners"), about=_("Who fulfils orders")
            ),
            Page(model="marketplace.Payment", icon="credit_card", title=_("Payments"), about=_("Money that came in")),
            Page(model="marketplace.Refund", icon="undo", title=_("Refunds"), about=_("Money given back")),
            Page(model="marketplace.OrderIssue", icon="report", title=_("Issues"), about=_("Damaged, lost or late")),
            Page(model="marketplace.Review", icon="star", title=_("Reviews"), about=_("What customers say")),
            Page(
                model="engagement.Interaction", icon="forum", title=_("Contacts"), about=_("Calls, mails, complaints")
            ),
            Page(model="engagement.Segment", icon="category", title=_("Segments"), about=_("Named sets of customers")),
            Page(model="marketplace.Product", icon="sell", title=_("Products"), about=_("Goods and services")),
            Page(model="marketplace.Category", icon="label", title=_("Categories")),
            Page(model="marketplace.OperatingCost", icon="account_balance", title=_("Operating costs")),
        ),
    ),
    (
        _("Figures"),
        (
            Page(
                model="analytics.DailyRevenueSummary",
                icon="calendar_month",
                title=_("Daily revenue"),
                about=_("What each business day brought"),
            ),
            Page(
                model="analytics.PartnerPerformanceMetric",
                icon="leaderboard",
                title=_("Partner performance"),
                about=_("How each partner did, day by day"),
            ),
            Page(
                model="analytics.CustomerAnalytics",
                icon="diamond",
                title=_("Customer analytics"),
                about=_("Value, segment and risk of each customer"),
            ),
            Page(
                route="metrics",
                icon="dictionary",
                title=_("Metrics"),
                about=_("What each figure means, and how it is computed"),
            ),
        ),
    ),
    (
        _("Data upkeep"),
        (
            Page(model="imports.ImportRun", icon="upload_file", title=_("Imports"), about=_("Bring files in")),
            Page(model="queries.DataExport", icon="download", title=_("Exports"), about=_("Take files out")),
            Page(
                model="analytics.Revision",
                icon="history",
                title=_("Revisions"),
                about=_("What was said, and what is said now"),
            ),
            Page(model="analytics.Verification", icon="fact_check", title=_("Verifications")),
            Page(
                model="core.JobRun",
                icon="manufacturing",
                title=_("Jobs"),
                about=_("What ran in the background"),
                badge=failed_badge,
            ),
            Page(
                model="notifications.Delivery",
                icon="outbox",
                title=_("Outbox"),
                about=_("Mails, and what became of each"),
                badge=undelivered_badge,
            ),
            Page(model="analytics.AnalyticsCache", icon="cached", title=_("Cached answers")),
            Page(model="analytics.AnswerCount", icon="speed", title=_("Answers by endpoint")),
        ),
    ),
    (
        _("Settings"),
        (
            Page(model="accounts.Membership", icon="badge", title=_("Members"), about=_("Who may do what")),
            Page(model="analytics.CustomerThresholds", icon="straighten", title=_("Customer thresholds")),
            Page(model="accounts.ApiToken", icon="key", title=_("API tokens"), about=_("For programs that act as you")),
        ),
    ),
    (
        _("Platform"),
        (
            Page(model="accounts.Organization", icon="domain", title=_("Organizations"), applies=is_platform_request),
            Page(model="accounts.User", icon="person", title=_("Users")),
            Page(model="django_celery_beat.PeriodicTask", icon="schedule", title=_("Periodic tasks")),
            Page(model="django_celery_beat.IntervalSchedule", icon="timer", title=_("Intervals")),
            Page(model="django_celery_beat.CrontabSchedule", icon="calendar_clock", title=_("Crontabs")),
        ),
    ),
)


def title_of(address: str) -> str:
    """Return what the sidebar calls the list at this address, or nothing."""
    pages = (
        page
        for _group, pages in GROUPS
        for page in pages
        if page.route or admin.site.is_registered(apps.get_model(page.model))
    )
    return next((str(page.title) for page in pages if page.url() == address), "")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups in unfold's form, with what somebody should look at: one statement."""
    groups: list[dict[str, Any]] = []
    access = access_of(request)
    attention = read_attention(access.organization.pk) if access else Attention()
    for title, pages in GROUPS:
        items: list[dict[str, Any]] = [
            {
                "title": page.title,
                "icon": page.icon,
                "link": page.url(),
                **(page.badge(attention) if page.badge else {}),
            }
            for page in pages
            if page.is_visible(request)
        ]
        if title == GROUPS[-2][0]:
            items[:0] = _own_organization(request)
        if items:
            groups.append({"title": title, "items": items})
    return groups


def visible_pages(request: HttpRequest) -> Iterator[tuple[Text, Page]]:
    """Yield the pages that the request may open, with their group's title."""
    for title, pages in GROUPS:
        for page in pages:
            if page.is_visible(request):
                yield title, page


def find_pages(request: HttpRequest, term: str) -> list[dict[str, Any]]:
    """Return the pages whose title, group or description contains the term, those of that title first."""
    sought = term.casefold()
    found = [
        (group, page)
        for group, page in visible_pages(request)
        if sought in f"{page.title} {group} {page.about}".casefold()
    ]
    found.sort(key=lambda entry: sought not in str(entry[1].title).casefold())
    return [{"title": page.title, "description": group, "link": page.url(), "icon": page.icon} for group, page in found]


def _own_organization(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the link to the current organization's settings, for those who may see them."""
    access = access_of(request)
    model = apps.get_model("accounts.Organization")
    if access is None or not admin.site.get_model_admin(model).has_view_permission(request, access.organization):
        return []
    link = reverse("admin:accounts_organization_change", args=[access.organization.pk])
    return [{"title": _("Organization"), "icon": "tune", "link": link}]
