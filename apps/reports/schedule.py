"""What beat sends for reports."""

from datetime import timedelta

from apps.core.beat import BeatEntry

# Beat only ticks: which schedule is due when, in whose zone, is worked out by apps.reports.slots.
ENTRIES = (
    BeatEntry(name="reports: run due schedules", task="reports.run_due_schedules", every=timedelta(minutes=1)),
    BeatEntry(name="reports: retry and tidy up", task="reports.sweep", every=timedelta(minutes=1)),
    BeatEntry(name="reports: remove what nobody owns", task="reports.remove_orphans", every=timedelta(hours=1)),
)
