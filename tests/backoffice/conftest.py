"""People who use the admin."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.backoffice.current import SESSION_KEY
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def files_dir(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def staff_cast(cast: Cast) -> Cast:
    """The cast, all of whom may use the admin."""
    User.objects.update(is_staff=True)
    return replace(cast, **{name: User.objects.get(pk=getattr(cast, name).pk) for name in cast.__dataclass_fields__})


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """Return a client that is signed in as this user, working for this organization if one is named."""

    def make(user: User | None, organization: Organization | None = None, **options: Any) -> Client:
        client = Client(**options)
        if user is not None:
            client.force_login(user)
        if organization is not None:
            session = client.session
            session[SESSION_KEY] = str(organization.pk)
            session.save()
            client.cookies["sessionid"] = session.session_key
        return client

    return make
