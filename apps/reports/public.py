"""The public address of a file: whoever has it gets the file, or a page that says that it gives none."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from apps.core.rest.throttling import address_of
from apps.reports.downloads import file_response, take_by_link


@require_http_methods(["GET"])  # each answer is a download: there is no HEAD to look first
def linked_file(request: HttpRequest, organization: str, token: str) -> HttpResponseBase:
    """Give the file of an address that was made for it; whatever is wrong with an address, the page is the same."""
    found = take_by_link(organization_hex=organization, token=token, address=address_of(request))
    if found is not None:
        return file_response(found)
    response = TemplateResponse(request, "reports/no_file.html", status=404)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
