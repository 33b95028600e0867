"""The URL map and views that return a constant, behind the same middleware."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from config.urls import urlpatterns as ours


def bare(request: HttpRequest) -> JsonResponse:
    """Return a constant."""
    return JsonResponse({"total_revenue": 120.0})


def bare_bytes(request: HttpRequest, number: int) -> HttpResponse:
    """Return so many bytes."""
    return HttpResponse(b" " * number, content_type="application/json")


urlpatterns = [path("bare", bare), path("bare/<int:number>", bare_bytes), *ours]
