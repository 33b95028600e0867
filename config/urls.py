"""The URL map."""

from csp.constants import SELF, UNSAFE_INLINE
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from apps.accounts.schema_views import SchemaDocument, reference_page

REDOC = {"style_src": [SELF, UNSAFE_INLINE], "worker_src": ["blob:"]}  # it writes its styles, and searches in a worker

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("", include("apps.notifications.urls")),
    path("", include("apps.reports.public_urls")),
    path("api/analytics/", include("apps.analytics.urls")),  # asked most
    path("api/auth/", include("apps.accounts.urls")),
    path("api/", include("apps.marketplace.urls")),
    path("api/", include("apps.engagement.urls")),
    path("api/", include("apps.hierarchy.urls")),
    path("api/", include("apps.imports.urls")),
    path("api/", include("apps.queries.urls")),
    path("api/", include("apps.reports.schedule_urls")),
    path("api/", include("apps.reports.urls")),
    re_path("^api/schema/?$", SchemaDocument.as_view(), name="schema"),
    re_path("^api/docs/?$", reference_page(SpectacularSwaggerSplitView), name="docs"),
    re_path("^api/redoc/?$", reference_page(SpectacularRedocView, **REDOC), name="redoc"),
]
