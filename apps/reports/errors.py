"""What can go wrong with reports, in words for people."""


class ReportRefused(ValueError):
    """A report that cannot be had as it was asked for; `field` names the parameter at fault, `message` says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class AlreadyClaimed(Exception):
    """There is a run for this slot of the schedule already: another claimant was first."""


class ReportEnded(Exception):
    """The run has ended already; there is nothing left to stop."""


class NotDownloadable(Exception):
    """The file is gone: it expired."""
