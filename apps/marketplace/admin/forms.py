"""Forms over orders and refunds: what cannot have happened is refused at its field.

Only what was edited is looked at: facts from elsewhere are kept as they came, and may be mended one by one.
"""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.forms import PaginationInlineFormSet

from apps.accounts.administration.forms import TenantModelForm
from apps.accounts.notation import current_notation
from apps.marketplace.models import Order
from apps.marketplace.selectors import refunded_of

_STAGES = ("accepted_at", "picked_up_at", "processed_at", "delivered_at", "completed_at", "cancelled_at")
_CLOCKS_DIFFER_BY = datetime.timedelta(minutes=1)


class OrderForm(TenantModelForm):
    """An order, none of whose stages is still to come or came before it was placed."""

    def clean(self) -> dict[str, Any]:
        """Compare the instants that were edited with the present and with each other."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("placed_at", *_STAGES):
            refuse_what_is_to_come(self, name)
        placed_at = cleaned.get("placed_at")
        for name in _STAGES:
            at = cleaned.get(name)
            is_edited = name in self.changed_data or "placed_at" in self.changed_data
            if at and placed_at and at < placed_at and is_edited:
                told = _("This is before the order was placed, %(placed)s.")
                self.add_error(name, told % {"placed": current_notation().instant(placed_at)})
        return cleaned


class RefundForm(TenantModelForm):
    """A refund that gives back no more than is left of its order."""

    def clean(self) -> dict[str, Any]:
        """Compare the amount with what the order came to and what of it was given back already."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_what_is_to_come(self, "refunded_at")
        order, amount = cleaned.get("order"), cleaned.get("amount")
        if order and amount and {"order", "amount"} & set(self.changed_data):
            refunded = refunded_of(order, except_for=[self.instance.pk])
            if amount + refunded > order.total:
                self.add_error("amount", too_much(order, refunded))
        return cleaned


class RefundOfAnOrderForm(TenantModelForm):
    """A refund on the page of its order."""

    def clean(self) -> dict[str, Any]:
        """Refuse one that is still to come; what is left is looked at for all of them together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_what_is_to_come(self, "refunded_at")
        return cleaned


class RefundFormSet(PaginationInlineFormSet):
    """The refunds of one order, which give back no more than it came to."""

    def clean(self) -> None:
        """Refuse the last refund that was edited where all of them exceed the order."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        edited = [form for form in kept if form.has_changed()]
        if not edited:
            return
        refunded = Decimal(0)
        if not self.instance._state.adding:
            refunded = refunded_of(self.instance, except_for=[form.instance.pk for form in self.forms])
        refunded += sum((form.cleaned_data["amount"] for form in kept if form is not edited[-1]), Decimal(0))
        if refunded + edited[-1].cleaned_data["amount"] > self.instance.total:
            edited[-1].add_error("amount", too_much(self.instance, refunded))
            raise ValidationError(_("The refunds come to more than the order."))


def refuse_what_is_to_come(form: forms.ModelForm, name: str) -> None:
    """Add an error where an instant that was edited has not come yet."""
    at = form.cleaned_data.get(name)
    if at and name in form.changed_data and at > timezone.now() + _CLOCKS_DIFFER_BY:
        told = _("This is still to come: it is %(now)s now.")
        form.add_error(name, told % {"now": current_notation().instant(timezone.now())})


def too_much(order: Order, refunded: Decimal) -> str:
    """Return why a refund cannot be: what the order came to, and what is left of it."""
    notation = current_notation()
    amounts = {
        "total": notation.money(order.total),
        "refunded": notation.money(refunded),
        "left": notation.money(max(Decimal(0), order.total - refunded)),
    }
    if not refunded:
        return _("The order came to %(total)s: no more can be refunded.") % amounts
    return _("The order came to %(total)s, of which %(refunded)s is refunded: at most %(left)s is left.") % amounts
