"""What beat sends for rollups."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (
    BeatEntry(name="analytics: refresh what changed", task="analytics.refresh_due", every=timedelta(minutes=1)),
    BeatEntry(name="analytics: verify at night", task="analytics.verify_due", every=timedelta(minutes=30)),
    BeatEntry(name="analytics: clear expired answers", task="analytics.clear_expired_cache", every=timedelta(hours=1)),
)
