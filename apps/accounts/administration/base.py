"""Base classes of every admin page: permissions come from the role, rows and columns from the organization."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models
from django.forms import Field as FormField
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from apps.accounts.administration.columns import (
    Column,
    amount_column,
    is_amount,
    is_number,
    label_with_currency,
    number_column,
    property_column,
)
from apps.accounts.administration.deletion import deletion_summary
from apps.accounts.administration.exporting import Mask, csv_lines, default_columns
from apps.accounts.administration.figures import whole
from apps.accounts.administration.forms import AmountField, InstantField, TenantModelForm
from apps.accounts.administration.paging import MOST_ROWS_COUNTED, CappedPaginator, KeysetChangeList
from apps.accounts.administration.requests import access_of, is_platform_request, may
from apps.accounts.models import Role
from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.models import ImportedModel

ORGANIZATION_OF_THE_FORM = "_organization"

logger = logging.getLogger("bellwether.admin")


class _SearchMixin:
    """Search of the whole term over explicit lookups, such as `number__exact`, that an index can serve."""

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> tuple["models.QuerySet[Any]", bool]:
        """Return the rows that match the term in one of `search_fields`, and that none comes twice."""
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        condition = models.Q()
        for lookup in cast("ModelAdmin", self).get_search_fields(request):
            condition |= models.Q(**{lookup: term})
        return queryset.filter(condition), False


class _RoleMixin:
    """Permissions from the role in the current organization, for pages and inlines alike."""

    view_role: ClassVar[Role] = Role.VIEWER
    change_role: ClassVar[Role] = Role.ANALYST

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the app is listed."""
        return may(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the role may look."""
        return may(request, self.view_role)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the role may create."""
        return may(request, self.change_role)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the role may change."""
        return may(request, self.change_role)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the role may delete."""
        return may(request, self.change_role)


class _ListMixin:
    """Lists of any length: pages by key, no exact count, actions on no more rows than are counted."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 25
    list_max_show_all = 25
    show_facets = ShowFacets.NEVER  # counting every choice reads every row
    list_filter_submit = True
    list_before_template = "backoffice/above_list.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("backoffice/figures.css",)}

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        """Return the list that pages by key."""
        return KeysetChangeList

    def response_action(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> HttpResponseBase | None:
        """Act on the selected rows, or on all that match while they are few enough to be counted."""
        if request.POST.get("select_across", "0") != "0":
            most = MOST_ROWS_COUNTED
            if queryset.order_by().values("pk")[: most + 1].count() > most:
                told = _("Nothing was done: more than %(most)s rows match. Narrow them by search or filter.")
                cast("ModelAdmin", self).message_user(request, told % {"most": whole(most)}, messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
        answer: HttpResponseBase | None = super().response_action(request, queryset)  # type: ignore[misc]
        return answer


class _UnitsMixin:
    """Amounts in the organization's currency and numbers grouped by thousands, for pages and inlines alike."""

    model: type[models.Model]
    amount_properties: ClassVar[Mapping[str, str | Promise]] = {}

    def _with_units(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        access = access_of(request)
        if access is None:
            return list(names)
        # One callable per request and field: Django compares columns by identity.
        columns: dict[tuple[type[models.Model], str], Column] = request.__dict__.setdefault("_amount_columns", {})
        shown: list[Any] = []
        for name in names:
            if isinstance(name, str) and name in self.amount_properties:
                shown.append(property_column(name, self.amount_properties[name], access.organization.currency))
                continue
            field = self._field(name)
            if field is None or not is_amount(field):
                shown.append(name if field is None or not is_number(field) else number_column(field))
                continue
            key = (self.model, field.name)
            if key not in columns:
                columns[key] = amount_column(field, access.organization.currency)
            shown.append(columns[key])
        return shown

    def _field(self, name: Any) -> "models.Field[Any, Any] | None":
        try:
            found = self.model._meta.get_field(name) if isinstance(name, str) else None
        except FieldDoesNotExist:
            return None
        return found if isinstance(found, models.Field) else None

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **options: Any
    ) -> FormField | None:
        """Name the currency in the label of an amount, and show its digits."""
        access = access_of(request)
        amount = access is not None and is_amount(db_field)
        if amount:
            options["form_class"] = AmountField
        formfield: FormField | None = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if amount and access is not None and isinstance(formfield, AmountField):
            formfield.label = label_with_currency(db_field, access.organization.currency)
            formfield.currency = access.organization.currency
        return formfield

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show amounts with their units to those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return list(fieldsets)
        return [(title, {**options, "fields": self._rows(request, options["fields"])}) for title, options in fieldsets]

    def _rows(self, request: HttpRequest, rows: Sequence[Any]) -> list[Any]:
        return [
            tuple(self._with_units(request, row))
            if isinstance(row, (list, tuple))
            else self._with_units(request, [row])[0]
            for row in rows
        ]


class TenantModelAdmin(_SearchMixin, _ListMixin, _RoleMixin, _UnitsMixin, ModelAdmin):
    """Pages over the rows of the current organization.

    `organization` is set from the context and shown nowhere: default managers are scoped, so that lists, choices,
    search, history, actions and inlines hold rows of the current organization only.
    """

    form = TenantModelForm
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": InstantField}}
    warn_unsaved_form = True
    keeps_history = True
    actions: ClassVar[Sequence[Any]] = ("export_selected",)
    export_columns: ClassVar[tuple[str, ...]] = ()
    change_form_before_template = "backoffice/organization_of_the_form.html"
    delete_confirmation_template = "backoffice/delete_confirmation.html"
    delete_selected_confirmation_template = "backoffice/delete_selected_confirmation.html"
    sortable_fields: ClassVar[tuple[str, ...]] = ()
    empty_text: ClassVar[str | Promise] = _lazy("They come with an import, through the API, or by hand.")
    add_label: ClassVar[str | Promise] = ""
    rows_called: ClassVar[str | Promise] = ""

    @property
    def is_imported(self) -> bool:
        """Whether the rows come from files, too."""
        return issubclass(self.model, ImportedModel)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns, amounts with the currency in their header."""
        return self._with_units(request, super().get_list_display(request))

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        """Sort only by columns that an index serves."""
        return self._with_units(request, self.sortable_fields)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return Django's four parts for the confirmation, bounded however many rows refer to these."""
        return deletion_summary(objs, request, self.admin_site)

    def export_masks(self, request: HttpRequest) -> Mapping[str, Mask]:
        """Return what hides parts of columns in a file from those who may not see them whole."""
        return {}

    @admin.action(description=_lazy("Export the selected rows (CSV)"), permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> HttpResponseBase | None:
        """Give the rows as a file, in the order of the list."""
        access = access_of(request)
        if access is None:
            return None
        lines = csv_lines(
            queryset[:MOST_ROWS_COUNTED],
            self.export_columns or default_columns(self.model),
            organization_id=access.organization.pk,
            timezone=access.organization.timezone,
            masks=self.export_masks(request),
        )
        logger.info("%s exported %s of organization %s", request.user.pk, self.opts.label_lower, access.organization.pk)
        name = f"{access.organization.slug}-{self.opts.model_name}-{timezone.localtime():%Y%m%d-%H%M}.csv"
        return as_download(StreamingHttpResponse(lines, content_type=CONTENT_TYPES["csv"]), name)

    def own_page(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """Return a view for `get_urls`, of a function that is called with this admin and the request."""

        def with_admin(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            return view(self, request, **arguments)

        return cast("Callable[..., HttpResponseBase]", self.admin_site.admin_view(with_admin))

    def refuse_form_of_another_organization(self, request: HttpRequest) -> HttpResponse | None:
        """Return where to go instead, with a message that says why; None for a form of the current organization."""
        access = access_of(request)
        opened_for = request.POST.get(ORGANIZATION_OF_THE_FORM)
        if access is None or opened_for in {None, str(access.organization.pk)}:
            return None
        self.message_user(
            request,
            _(
                "Nothing was saved: this form was opened for another organization, and you work for %(name)s now. "
                "Switch back and fill it in again."
            )
            % {"name": access.organization.name},
            messages.ERROR,
        )
        return HttpResponseRedirect(request.get_full_path())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Refuse a form that was opened for another organization; answer a race with a sentence."""
        refusal = self.refuse_form_of_another_organization(request)
        if refusal is not None:
            return refusal
        try:
            return cast("HttpResponse", super().changeform_view(request, object_id, form_url, extra_context))
        except IntegrityError:
            self.message_user(
                request,
                _("Nothing was saved: the same was entered twice, or somebody changed these rows meanwhile."),
                messages.ERROR,
            )
            return HttpResponseRedirect(request.get_full_path())


class TenantRecordAdmin(TenantModelAdmin):
    """Pages over what the system itself writes: everybody may look, and nobody changes it here."""

    keeps_history = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class _TenantInline(_RoleMixin, _UnitsMixin):
    form = TenantModelForm
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": InstantField}}
    extra = 0
    show_change_link = False
    tab = True
    hide_title = True
    per_page = 20  # a reference in a form costs a query a row

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """Build the forms from fields; columns are only for showing."""
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        options["fields"] = [getattr(name, "admin_order_field", name) for name in shown]
        return super().get_formset(request, obj, **options)  # type: ignore[misc]


class TenantTabularInline(_TenantInline, TabularInline):
    """Rows of the same organization as the page's row, in a table."""


class TenantStackedInline(_TenantInline, StackedInline):
    """Rows of the same organization as the page's row, one under the other."""


class GlobalModelAdmin(_SearchMixin, _ListMixin, ModelAdmin):
    """Pages over rows of the platform, for superusers; a subclass may open some to others."""

    warn_unsaved_form = True
    empty_text: ClassVar[str | Promise] = ""
    add_label: ClassVar[str | Promise] = ""
    rows_called: ClassVar[str | Promise] = ""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the app is listed."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether a superuser asks."""
        return is_platform_request(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether a superuser asks."""
        return is_platform_request(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether a superuser asks."""
        return is_platform_request(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether a superuser asks."""
        return is_platform_request(request)
