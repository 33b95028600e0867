"""The app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """A table becomes a file."""

    name = "apps.documents"
