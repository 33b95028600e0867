"""What an export is refused for, in words for people."""


class ExportRefused(Exception):
    """What was asked for cannot be exported; `field` names the parameter at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class TooManyExports(Exception):
    """One more would be more than a limit allows."""


class ExportFailed(Exception):
    """An export that was begun cannot be finished, and trying again would not help."""


class ExportEnded(Exception):
    """There is nothing left to cancel."""
