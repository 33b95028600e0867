"""What beat sends for exports."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (
    BeatEntry(name="exports: tidy up", task="queries.sweep_exports", every=timedelta(minutes=2)),
    BeatEntry(name="exports: remove old files", task="queries.remove_expired_files", every=timedelta(minutes=15)),
)
