"""What beat does for imports."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (BeatEntry(name="imports: sweep", task="imports.sweep", every=timedelta(minutes=1)),)
