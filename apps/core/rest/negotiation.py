"""Which format an answer has."""

from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation

ANYTHING = "*/*"


class StrictNegotiation(DefaultContentNegotiation):
    """Refuse an Accept header that cannot be read, instead of guessing."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the renderer and its media type.

        Raises:
            NotAcceptable: no renderer fits, or a weight in the header is not a number from 0 to 1.

        """
        first = renderers[0]
        if format_suffix is None and request.headers.get("Accept", ANYTHING) in {ANYTHING, first.media_type}:
            return first, first.media_type
        for media_type in self.get_accept_list(request):
            for parameter in media_type.split(";")[1:]:
                name, _, value = parameter.partition("=")
                if name.strip().lower() == "q" and not _is_weight(value.strip()):
                    raise NotAcceptable
        return super().select_renderer(request, renderers, format_suffix)


def _is_weight(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
