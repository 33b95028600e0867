import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path():
    """A directory of our own: pytest closes its own to other users at the start of every session, and PostgreSQL runs
    as another user where root starts it.
    """
    with tempfile.TemporaryDirectory(prefix="bellwether-test-", ignore_cleanup_errors=True) as directory:
        yield Path(directory).resolve()
