"""A worker that stands still at one place of a conversation, to be killed there."""

import os
import sys
import time
import uuid


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(organization_id: str, place: str) -> None:
    import django

    django.setup()
    from apps.notifications import sending

    def stand(*arguments: object) -> None:
        say(place)
        time.sleep(600)

    if place == "accepted":
        sending._record = stand  # type: ignore[assignment]
    elif place == "about to hand over":
        sending._note_hand_over = stand  # type: ignore[assignment]
    say(str(sending.send_due(uuid.UUID(organization_id))))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    main(*sys.argv[1:])
