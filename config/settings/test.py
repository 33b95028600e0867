"""The suite."""

from config.settings.base import *  # noqa: F403
from config.settings.base import env

SECRET_KEY = "test-only"  # noqa: S105
DATABASES = {"default": env.db_url("DATABASE_URL")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
