"""What beat sends for notifications."""

from datetime import timedelta

from apps.core.beat import BeatEntry

ENTRIES = (
    BeatEntry(name="notifications: send what is due", task="notifications.send_due", every=timedelta(minutes=1)),
    BeatEntry(name="notifications: remove old mails", task="notifications.remove_old", every=timedelta(days=1)),
)
