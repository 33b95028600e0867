"""What the figures API says of a demonstration is what its facts say."""

import pytest
import time_machine

from apps.accounts.models import Organization
from apps.analytics.refresh import refresh_organization
from apps.demo.businesses.laundry import SPIN_CITY
from tests.analytics.rest.answers_checked import check_endpoints
from tests.demo.loaded.conftest import NOW

pytestmark = pytest.mark.django_db


def test_every_figure_of_every_endpoint_is_what_the_facts_say(demo):
    laundry = Organization.objects.get(slug=SPIN_CITY)
    with time_machine.travel(NOW, tick=False):
        refresh_organization(laundry.pk, wait=True)
        assert check_endpoints(laundry, {"timeframe": "mtd"}, {"timeframe": "90d", "compare": "same_weekdays"}) > 100
