"""The look of the admin: name, mark, colour tokens, navigation."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

FORMAT_MODULE_PATH = ["apps.backoffice.formats"]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Bellwether"),
    "SITE_HEADER": _("Bellwether"),
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("backoffice/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("backoffice/mark.svg")},
    ],
    "LOGIN": {
        "image": lambda request: static("backoffice/sign-in.svg"),
        "form": "apps.accounts.administration.account_forms.SignInForm",
    },
    "SCRIPTS": [lambda request: static("backoffice/fields.js")],
    "STYLES": [lambda request: static("backoffice/backoffice.css")],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "apps.backoffice.navigation.sidebar",
    },
    "COLORS": {
        "base": {
            "50": "oklch(98.4% .003 210)",
            "100": "oklch(96.5% .005 210)",
            "200": "oklch(92.2% .008 212)",
            "300": "oklch(86.5% .012 214)",
            "400": "oklch(71% .020 216)",
            "500": "oklch(53% .024 218)",
            "600": "oklch(44% .026 220)",
            "700": "oklch(36.5% .026 222)",
            "800": "oklch(27.5% .023 224)",
            "900": "oklch(20.5% .020 226)",
            "950": "oklch(13.5% .016 228)",
        },
        "primary": {
            "50": "oklch(97.5% .014 205)",
            "100": "oklch(94.5% .030 205)",
            "200": "oklch(89.5% .055 206)",
            "300": "oklch(82.5% .080 208)",
            "400": "oklch(76% .095 210)",
            "500": "oklch(70% .100 212)",
            "600": "oklch(47.5% .085 216)",
            "700": "oklch(42% .078 218)",
            "800": "oklch(36% .066 220)",
            "900": "oklch(31% .055 222)",
            "950": "oklch(23% .042 224)",
        },
    },
}
