"""What beat sends for accounts."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (
    BeatEntry(name="accounts: forget old answers", task="accounts.forget_old_answers", every=timedelta(hours=1)),
)
