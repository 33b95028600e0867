"""How an organization writes numbers and dates, by language tags of the Unicode CLDR."""

import functools

from babel import Locale
from babel.core import UnknownLocaleError
from babel.localedata import locale_identifiers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DEFAULT_LOCALE = "en-GB"


@functools.cache
def known_locales() -> frozenset[str]:
    """Return the tags that are understood, such as en, en-GB or zh-Hant-TW."""
    return frozenset(name.replace("_", "-") for name in locale_identifiers() if "POSIX" not in name)


@functools.lru_cache(maxsize=128)
def locale_named(tag: str) -> Locale:
    """Return the locale of a tag; the default one where it is not known."""
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT_LOCALE)


def validate_locale(tag: str) -> None:
    """Accept tags of the list.

    Raises:
        ValidationError: the tag is not on it.

    """
    if tag not in known_locales():
        raise ValidationError(
            _("“%(tag)s” is not a locale. Give a language, or one with a country, such as en, en-GB or de-DE."),
            code="unknown_locale",
            params={"tag": tag[:40]},
        )
