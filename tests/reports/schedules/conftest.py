"""Schedules, and the mails that would go out."""

import pytest

from apps.reports import delivery, mails
from tests.reports.schedules.sent import Sent


@pytest.fixture
def sent(monkeypatch) -> Sent:
    """What is queued to be mailed, instead of the ledger of deliveries, which has its own tests."""
    queued = Sent()
    monkeypatch.setattr(delivery, "queue_mail", queued)
    monkeypatch.setattr(mails, "queue_mail", queued)
    return queued
