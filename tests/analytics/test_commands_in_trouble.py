"""Commands that are interrupted, or meet an organization that cannot be done."""

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Organization
from apps.analytics.management import base
from apps.analytics.management.commands import refresh_rollups, verify_rollups

REFRESHING = ["update_daily_revenue_summary", "calculate_partner_performance", "update_customer_analytics"]


@pytest.mark.parametrize("name", ["refresh_rollups", "verify_rollups", *REFRESHING])
def test_an_organization_that_cannot_be_done_is_named_and_the_others_go_on(organizations, capsys, name):
    Organization.objects.filter(slug="clinic").update(timezone="Mars/Base")
    with pytest.raises(CommandError, match="Not done for clinic; the others are"):
        call_command(name)
    told = capsys.readouterr()
    assert "clinic: failed with ZoneInfoNotFoundError" in told.err
    assert "laundry: " in told.out


@pytest.mark.parametrize("name", ["refresh_rollups", "verify_rollups", *REFRESHING])
def test_an_interrupted_command_says_so_in_a_sentence(laundry, monkeypatch, name):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    for place in (base, refresh_rollups):
        monkeypatch.setattr(place, "refresh_organization", interrupted)
    monkeypatch.setattr(verify_rollups, "verify_organization", interrupted)
    with pytest.raises(CommandError, match="Stopped") as stopped:
        call_command(name)
    assert stopped.value.returncode == 130
