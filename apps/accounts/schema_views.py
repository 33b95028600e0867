"""The OpenAPI document, served."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.rest.throttling import AnonymousRate


@functools.cache
def whole_schema() -> dict[str, Any]:
    """Return the OpenAPI document; it is the same for everybody and is made once per process."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


class SchemaDocument(SpectacularAPIView):
    """The OpenAPI document."""

    throttle_classes = (AnonymousRate,)

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give the document, as YAML or JSON."""
        return Response(whole_schema())


def reference_page(page: type[APIView], **allowed: Sequence[str]) -> Callable[..., Any]:
    """Return the view of a page that shows the document; it evaluates nothing, and is `allowed` what it needs more."""
    policy = {"script-src": [SELF], **{name.replace("_", "-"): values for name, values in allowed.items()}}
    return csp_replace(policy)(page.as_view(url_name="schema"))
