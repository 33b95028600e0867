"""What a report of an instant of the past cannot know of it."""

from django.utils.translation import gettext as _

from apps.analytics.metrics.doubts import AsSaid
from apps.documents.document import Section
from apps.documents.tables import Column, Kind
from apps.reports.types.asked import Reading
from apps.reports.types.tables import plain_table


def unknown_section(said: AsSaid, reading: Reading) -> Section:
    """Return what was noted while the report was composed, a row for each."""
    title = _("What cannot be known of then")
    about = _("What was said is kept day by day since %(since)s; known are days up to %(day)s.") % {
        "since": reading.notation.instant(said.published_since) if said.published_since else "",
        "day": reading.notation.day(said.known_through),
    }
    table = plain_table(title, [Column("what", _("What"), Kind.TEXT)], [[one.message] for one in said.unknown], reading)
    return Section(key="unknown", title=title, about=about, table=table)
