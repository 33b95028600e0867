"""Settings of the server that benchmarks/api.py measures: those of this machine, without debugging, and a bare view."""

from config.settings.local import *  # noqa: F403

DEBUG = False
ROOT_URLCONF = "api_urls"
