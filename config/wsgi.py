"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

from config.departures import Departures

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

application = Departures(get_wsgi_application())
