"""Schedules of reports: when the next slot is, who claims it, and what becomes of the schedule when runs end."""
