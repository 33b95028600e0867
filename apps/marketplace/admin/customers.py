"""Customers in the admin; their contact details are masked for viewers, as in the API."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import ReferenceFilter, TenantModelAdmin, access_of, is_platform_request
from apps.accounts.administration.exporting import Mask
from apps.accounts.administration.figures import linked, list_of
from apps.accounts.notation import NOTHING
from apps.accounts.permissions import may_see_contact_details
from apps.marketplace.admin.source import SOURCE, SOURCE_FIELDS
from apps.marketplace.contact import masked_email, masked_external_id, masked_phone
from apps.marketplace.models import Customer, Order


def _sees_contact_details(request: HttpRequest) -> bool:
    access = access_of(request)
    return access is not None and may_see_contact_details(access)


@admin.register(Customer)
class CustomerAdmin(TenantModelAdmin):
    """Customers, by name."""

    list_display = ("shown", "email", "phone", "city", "business_type", "entity", "joined_at")
    list_select_related = ("entity",)
    masked: ClassVar[dict[str, str]] = {
        "email": "email_masked",
        "phone": "phone_masked",
        "external_id": "external_id_masked",
    }
    list_filter = (("entity", ReferenceFilter),)
    sortable_fields: ClassVar[tuple[str, ...]] = ()
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "email__exact", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole e-mail address or external id")
    readonly_fields = ("shown_orders", *SOURCE_FIELDS)
    fieldsets = (
        (None, {"fields": ("name", ("email", "phone"), ("city", "region"))}),
        (
            _("Business"),
            {"fields": (("business_type", "entity"), "acquisition_channel", ("joined_at", "shown_orders"), "user")},
        ),
        SOURCE,
    )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Mask contact details for viewers."""
        return self._as_seen_by(request, super().get_list_display(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Mask contact details for viewers."""
        return [
            (title, {**options, "fields": self._as_seen_by(request, options["fields"])})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Let viewers search by name alone: a whole address that is found is an address that is known."""
        return super().get_search_fields(request) if _sees_contact_details(request) else ("name__istartswith",)

    def export_masks(self, request: HttpRequest) -> Mapping[str, Mask]:
        """Mask contact details for viewers, as their pages do."""
        if _sees_contact_details(request):
            return {}
        return {
            "email": masked_email,
            "phone": masked_phone,
            "external_id": lambda text: masked_email(text) if "@" in text else text,
        }

    def _as_seen_by(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        if _sees_contact_details(request):
            return list(names)
        return [
            tuple(self._as_seen_by(request, name))
            if isinstance(name, (list, tuple))
            else self.masked.get(name, name)
            if isinstance(name, str)
            else name
            for name in names
        ]

    @display(description=_("e-mail address"))
    def email_masked(self, customer: Customer) -> str:
        """Return the address as viewers see it."""
        return masked_email(customer.email)

    @display(description=_("phone"))
    def phone_masked(self, customer: Customer) -> str:
        """Return the number as viewers see it."""
        return masked_phone(customer.phone)

    @display(description=_("external id"))
    def external_id_masked(self, customer: Customer) -> str:
        """Return the source's id as viewers see it."""
        return masked_external_id(customer) or ""

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Offer users to superusers only: users are of the whole platform."""
        return ("entity", "user") if is_platform_request(request) else ("entity",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Let superusers only link a user: a choice would name the users of other organizations."""
        own = (*self.readonly_fields, *self.masked.values())
        return own if is_platform_request(request) else (*own, "user")

    @display(description=_("Orders"))
    def shown_orders(self, customer: Customer) -> SafeString | str:
        """Return the way to the customer's orders."""
        if customer._state.adding:
            return NOTHING
        return linked(_("Show the orders"), list_of(Order, customer__id__exact=customer.pk))

    @display(description=_("Name"))
    def shown(self, customer: Customer) -> str:
        """Return the name, or what stands for it."""
        return str(customer)
