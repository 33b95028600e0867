"""What beat sends for reports."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (
    BeatEntry(name="reports: retry and tidy up", task="reports.sweep", every=timedelta(minutes=1)),
    BeatEntry(name="reports: remove what nobody owns", task="reports.remove_orphans", every=timedelta(hours=1)),
)
