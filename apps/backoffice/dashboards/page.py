"""A dashboard: its panels, asked together and kept as one answer."""

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.access import Access
from apps.accounts.permissions import may_see_contact_details
from apps.analytics.answers.answering import Answer, Asked, answered
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.questions import MAX_IN_A_FILE
from apps.analytics.metrics.scope import Scope
from apps.analytics.models import CacheType
from apps.analytics.rest.endpoints import with_as_said
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Options, fingerprint_of
from apps.backoffice.dashboards.controls import DEFAULT_PRESET, Controls
from apps.backoffice.dashboards.panels import ANSWER, NOW, OPTIONS, UNAVAILABLE, Panel, Shown, Text

OVERVIEW = "overview"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A dashboard. `filters` are the dimensions that its reader can choose values of."""

    key: str
    title: Text
    about: Text
    icon: str
    type: CacheType
    panels: tuple[Panel, ...]
    filters: tuple[str, ...] = ()
    preset: str = DEFAULT_PRESET

    @property
    def route(self) -> str:
        """The name of its address; the overview is what the admin opens with."""
        return "index" if self.key == OVERVIEW else f"dashboard_{self.key}"

    @cached_property
    def fingerprint(self) -> str:
        """What the page asks, as a short text: kept answers to other questions are not its answers."""
        return fingerprint_of({"kept": (OPTIONS, NOW, ANSWER), **{panel.key: panel.asked for panel in self.panels}})

    def panel(self, key: str) -> Panel | None:
        """Return one panel, or None."""
        return next((panel for panel in self.panels if panel.key == key), None)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a page shows: the data of each panel by its key and `as_said`, and how fresh they are."""

    data: Mapping[str, Any]
    answer: Answer
    etag: str


def ask_page(page: Page, controls: Controls, access: Access, **more: Any) -> Answers:
    """Return the answers of a page, from the cache or computed together; a few statements a panel.

    `more` is what the panels are given besides what the controls ask.

    Raises:
        ApiError: another asker computes for too long.
        Exception: computing failed, and there is no last good answer.

    """
    asked = Asked(
        organization=controls.organization,
        endpoint=f"pages/{page.key}",
        type=page.type,
        parameters={**controls.key(), "made_of": page.fingerprint, **more},
        shows_contact_details=may_see_contact_details(access),
        as_of=controls.as_of,
    )
    found = answered(asked, _compute(page, {**controls.given(), **more}))
    return Answers(
        data=json.loads(found.body, parse_float=Decimal, parse_int=Decimal), answer=found, etag=found.etag(asked)
    )


def ask_file(page: Page, panel: Panel, controls: Controls, access: Access) -> Answers:
    """Return the answer of one panel with all of its rows, as far as a file holds them; raises as `ask_page`."""
    alone = replace(page, key=f"{page.key}/{panel.key}", panels=(panel,))
    return ask_page(alone, controls, access, for_a_file=MAX_IN_A_FILE)


def _compute(page: Page, given: Mapping[str, Any]) -> Callable[[Scope], Json]:
    def compute(scope: Scope) -> Json:
        return with_as_said(scope, {panel.key: panel.ask(scope, given) for panel in page.panels})

    return compute


def shown_panels(page: Page, controls: Controls, answers: Answers) -> list[Json]:
    """Return every panel with what its template needs."""
    return [_shown_panel(panel, page, controls, answers) for panel in page.panels]


def shown_with(panel: Panel, page: Page, controls: Controls, answers: Answers) -> Shown | None:
    """Return what a panel is shown with beside its answer, or None where its figures are not kept by the filters."""
    kept = answers.data[panel.key]
    if UNAVAILABLE in kept:
        return None
    now = datetime.datetime.fromisoformat(kept[NOW])
    return Shown(controls=controls, options=Options.read(kept[OPTIONS]), now=now, page=page.key)


def _shown_panel(panel: Panel, page: Page, controls: Controls, answers: Answers) -> Json:
    shown = shown_with(panel, page, controls, answers)
    head: Json = {
        "key": panel.key,
        "title": panel.title,
        "about": panel.about,
        "width": panel.width,
        "template": panel.template,
        "unavailable": "",
        "downloads": [],
    }
    if shown is None:
        return head | {"unavailable": _("These figures are not kept by %s.") % _filters_told(controls)}
    downloads = [(name, shown.download(panel.key, name)) for name in ("csv", "xlsx")]
    return head | {"downloads": downloads} | panel.show(answers.data[panel.key][ANSWER], shown)


def _filters_told(controls: Controls) -> str:
    names = [str(DIMENSIONS[key].label).lower() for key in controls.asked_filters]
    return _(" and ").join(names)
