"""The admin site."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from apps.accounts.access import accesses_of
from apps.accounts.administration.requests import access_of
from apps.accounts.models import Organization, User
from apps.backoffice.navigation import find_pages
from apps.backoffice.search import LONGEST_TERM, find_groups

SWITCHER_SHOWS = 8
_MODEL_PAGES = ("_changelist", "_add", "_change", "_delete", "_history")


class BellwetherAdminSite(UnfoldAdminSite):
    """Django's admin for one organization at a time."""

    site_title = _("Bellwether")
    site_header = _("Bellwether")
    index_title = _("Home")
    index_template = "backoffice/index.html"
    enable_nav_sidebar = True

    def extra_urls(self) -> list[URLPattern]:
        """Return the pages that belong to no model."""
        from apps.backoffice.dashboards.pages import PAGES
        from apps.backoffice.dashboards.views import dashboard_data, dashboard_view, partner_dashboard
        from apps.backoffice.data.views import data, recompute, verify
        from apps.backoffice.explanation import explanation
        from apps.backoffice.first_run import once_there_are_figures
        from apps.backoffice.metrics import metrics
        from apps.backoffice.pages import choose_organization

        return [
            *(
                path(
                    f"dashboards/{page.key}/", self._page(once_there_are_figures(dashboard_view(page))), name=page.route
                )
                for page in PAGES.values()
                if page.route != "index"
            ),
            path(
                "dashboards/<slug:page>/<slug:panel>.<str:format_>", self._page(dashboard_data), name="dashboard_data"
            ),
            path("data/", self._page(data), name="data"),
            path("data/recompute/", self._page(recompute), name="data_recompute"),
            path("data/verify/", self._page(verify), name="data_verify"),
            path("dashboards/partners/<uuid:partner_id>/", self._page(partner_dashboard), name="dashboard_partner"),
            path("metrics/<slug:key>/", self._page(explanation), name="metric"),
            path("organization/", self._page(choose_organization), name="organization"),
            path("metrics/", self._page(metrics), name="metrics"),
        ]

    def get_urls(self) -> list[URLPattern]:
        """Return every page but Django's jump to a public page of a row: there is none, and it finds rows unscoped."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) != "view_on_site"]

    def _page(self, view: Callable[..., Any]) -> Callable[..., Any]:
        wrapped: Callable[..., Any] = self.admin_view(view)
        return wrapped

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the current organization, and the ones to switch to."""
        access = access_of(request)
        context: dict[str, Any] = super().each_context(request)
        # The layout of ours writes them, with what the content policy asks of a style; unfold's own would be refused.
        context["theme_colours"], context["colors"] = context["colors"], {}
        context["access"] = access
        context["organization"] = access.organization if access else None
        context["switcher"] = SimpleLazyObject(lambda: _switcher(request))
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Show how the business does; the way to a first organization where there is none."""
        from apps.backoffice.dashboards.pages import PAGES
        from apps.backoffice.dashboards.views import dashboard_view
        from apps.backoffice.first_run import once_there_are_figures

        if access_of(request) is not None:
            return once_there_are_figures(dashboard_view(PAGES["overview"]))(request)
        response: TemplateResponse = super().index(request, extra_context)
        return response

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Find pages and rows, for the command palette; nothing is kept between requests."""
        term = request.GET.get("s", "").replace("\x00", "").strip()[:LONGEST_TERM]
        if not term:
            return HttpResponse()
        context = {"pages": find_pages(request, term), "groups": find_groups(request, term), "term": term}
        return TemplateResponse(request, "backoffice/search_results.html", context)


def _switcher(request: HttpRequest) -> dict[str, Any]:
    """Return the organizations offered in the header, and the page to land on after switching."""
    user = request.user
    if not isinstance(user, User):
        return {"choices": [], "has_more": False, "next": reverse("admin:index")}
    if user.is_superuser:
        found = list(Organization.objects.filter(is_active=True).order_by("name", "pk")[: SWITCHER_SHOWS + 1])
    else:
        found = [entry.organization for entry in accesses_of(user)]
    return {
        "choices": found[:SWITCHER_SHOWS],
        "has_more": len(found) > SWITCHER_SHOWS,
        "is_offered": len(found) > 1,
        "next": _list_of(request),
    }


def _list_of(request: HttpRequest) -> str:
    """Return the list that the page belongs to: a row of one organization is not there in another."""
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    for ending in _MODEL_PAGES:
        if name.endswith(ending):
            with suppress(NoReverseMatch):  # such as the page that changes one's own password
                return reverse(f"admin:{name.removesuffix(ending)}_changelist")
    return reverse("admin:index")
