"""Two owners who step down at the same moment, over real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.core.context import organization_context

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("page", "form"), [("change", {"role": "viewer"}), ("delete", {"post": "yes"})])
def test_two_owners_who_step_down_at_once_leave_one(page, form, staff_cast, laundry, sign_in):
    together = threading.Barrier(2)

    def step_down(user, pk, client):
        together.wait(timeout=60)
        try:
            return client.post(reverse(f"admin:accounts_membership_{page}", args=[pk]), form).status_code
        finally:
            connection.close()

    for _ in range(5):
        with organization_context(laundry.pk):
            Membership.objects.all().delete()
            both = [
                Membership.objects.create(organization=laundry, user=user, role=Role.OWNER)
                for user in (staff_cast.owner, staff_cast.analyst)
            ]
        clients = [sign_in(one.user, laundry) for one in both]
        with ThreadPoolExecutor(2) as pool:
            codes = sorted(pool.map(step_down, [one.user for one in both], [one.pk for one in both], clients), key=str)
        with organization_context(laundry.pk):
            assert Membership.objects.filter(role=Role.OWNER).count() == 1
        assert codes in ([200, 302], [302, 403])
