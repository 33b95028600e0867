"""The settings. Celery's application exists wherever they are loaded, so that tasks are sent through it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
