"""What pages may load and run: nothing of other hosts, no script that the page itself writes. See decision 0024."""

from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, UNSAFE_EVAL],  # Alpine, which the theme is built on, evaluates its attributes
        "style-src": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],  # the width of a bar is written at the bar
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
