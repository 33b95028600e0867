"""Pages of the admin that belong to no model."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import accesses_of, find_access
from apps.accounts.models import Organization, User
from apps.backoffice.current import SESSION_KEY

ORGANIZATIONS_A_PAGE = 50


def no_organization_page(request: HttpRequest) -> HttpResponse:
    """Tell a member of staff without any membership what is missing and who can help."""
    context = admin.site.each_context(request) | {
        "title": _("No organization yet"),
        "is_nav_sidebar_enabled": False,
    }
    response = TemplateResponse(request, "backoffice/no_organization.html", context, status=403)
    return response.render()


@require_http_methods(["GET", "HEAD", "POST"])
def choose_organization(request: HttpRequest) -> HttpResponse:
    """List the organizations of the user; a POST makes one of them the current one and remembers it."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    if request.method == "POST":
        return _switch(request, user)
    term = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    organizations: Any = Organization.objects.filter(is_active=True).order_by("name", "pk")
    if not user.is_superuser:
        organizations = organizations.filter(pk__in=[access.organization.pk for access in accesses_of(user)])
    if term:
        organizations = organizations.filter(name__icontains=term)
    page = Paginator(organizations, ORGANIZATIONS_A_PAGE).get_page(request.GET.get("page"))
    context = admin.site.each_context(request) | {"title": _("Organizations"), "page": page, "term": term}
    return TemplateResponse(request, "backoffice/choose_organization.html", context)


def _switch(request: HttpRequest, user: User) -> HttpResponse:
    access = find_access(user, request.POST.get("organization", ""))
    if access is None:
        raise Http404
    request.session[SESSION_KEY] = str(access.organization.pk)
    messages.success(request, _("You work for %(name)s now.") % {"name": access.organization.name})
    target = request.POST.get("next", "")
    home = reverse("admin:index")
    is_ours = target.startswith(home) and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return HttpResponseRedirect(target if is_ours else home)
