"""What beat sends for imports."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (BeatEntry(name="imports: tidy up", task="imports.sweep", every=timedelta(minutes=2)),)
