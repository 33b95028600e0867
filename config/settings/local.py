"""A developer's or newcomer's machine: embedded services unless URLs are given."""

from config.settings.base import *  # noqa: F403
from config.settings.base import env

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = "local-development-only"  # noqa: S105
DATABASES = {"default": env.db_url("DATABASE_URL")}
