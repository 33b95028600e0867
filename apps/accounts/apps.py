"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organizations, memberships, tokens, and the organization a request works for."""

    name = "apps.accounts"
    verbose_name = "Accounts"
