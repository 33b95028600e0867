"""The public addresses of reports."""

from django.urls import re_path

from apps.reports.public import linked_file

urlpatterns = [
    re_path(
        "^reports/(?P<organization>[0-9a-f]{32})/(?P<token>[A-Za-z0-9_-]{20,64})$", linked_file, name="report-link"
    ),
]
