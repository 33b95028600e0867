"""The URL map and a view that returns a constant, behind the same middleware."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.urls import urlpatterns as ours


def bare(request: HttpRequest) -> JsonResponse:
    """Return a constant."""
    return JsonResponse({"total_revenue": 120.0})


urlpatterns = [path("bare", bare), *ours]
