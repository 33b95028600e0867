"""The public page on which recipients say that they want no more mails of a topic, or that they do."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.notifications.unsubscribing import page_of, read_token, resubscribe, unsubscribe

RESUBSCRIBE = "resubscribe"


@csrf_exempt  # mail programs post here on a recipient's behalf (RFC 8058); whoever has the address was sent it
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Show whether an address gets the mails of a topic; a POST changes that, and nothing else does.

    Programs that look into mails follow their links, so a GET never unsubscribes anybody.
    """
    found = read_token(token)
    page = page_of(found) if found else None
    if found is None or page is None:
        raise Http404
    if request.method == "POST":
        if request.POST.get("action") == RESUBSCRIBE:
            resubscribe(found)
        else:
            unsubscribe(found)
        page = page_of(found)
    context = {"page": page, "has_changed": request.method == "POST"}
    response = TemplateResponse(request, "notifications/subscription.html", context)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
