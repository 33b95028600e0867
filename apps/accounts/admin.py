"""Users, organizations, members and tokens in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm

from apps.accounts.administration import (
    GlobalModelAdmin,
    KnownChoiceFilter,
    TenantModelAdmin,
    access_of,
    is_platform_request,
)
from apps.accounts.administration.account_forms import (
    ApiTokenForm,
    MembershipForm,
    NewMembershipForm,
    NewUserForm,
    OrganizationForm,
    UserForm,
)
from apps.accounts.administration.requests import may
from apps.accounts.models import ApiToken, Membership, Organization, Role, User
from apps.accounts.selectors import is_last_owner
from apps.accounts.tokens import create_long_lived_token, revoke_long_lived_token

admin.site.unregister(Group)

ROLE_COLOURS = {Role.OWNER.label: "primary", Role.ANALYST.label: "info"}


@admin.register(User)
class UserAdmin(GlobalModelAdmin, DjangoUserAdmin):  # type: ignore[misc]
    """Users of the platform: superusers only."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "full_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = (("is_active", BooleanRadioFilter), ("is_staff", BooleanRadioFilter))
    ordering = ("email",)
    sortable_by = ("email",)
    search_fields = ("email__istartswith", "full_name__istartswith")
    search_help_text = _("The beginning of the e-mail address or name")
    filter_horizontal = ()
    readonly_fields = ("id", "last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "full_name", "password")}),
        (_("May"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Record"), {"fields": ("id", "last_login", "created_at"), "classes": ("collapse",)}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "is_staff", "password1", "password2")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Use the form that asks for a password only to create."""
        if obj is None:
            options["form"] = self.add_form
        return super(DjangoUserAdmin, self).get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the least that a new user needs."""
        return self.fieldsets if obj else self.add_fieldsets

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a user is switched off, so that what it did keeps its name."""
        return False


@admin.register(Organization)
class OrganizationAdmin(GlobalModelAdmin):
    """All organizations to superusers; to an owner the settings of the current one."""

    form = OrganizationForm
    list_display = ("name", "slug", "timezone", "currency", "is_active")
    list_filter = (("is_active", BooleanRadioFilter),)
    ordering = ("name", "id")
    sortable_by = ("name", "slug")
    search_fields = ("name__istartswith", "slug__exact")
    search_help_text = _("The beginning of the name, or the whole short name")
    readonly_fields = ("id", "created_at")
    fieldsets = (
        (None, {"fields": (("name", "slug"), "is_active")}),
        (
            _("Time and money"),
            {
                "fields": ("timezone", "day_starts_at", "week_starts_on", "currency", "locale"),
                "description": _("They decide on which business day an order counts, and what its amounts are in."),
            },
        ),
        (_("Record"), {"fields": ("id", "created_at"), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Organization]":
        """Return all to superusers, else the current one."""
        organizations: models.QuerySet[Organization] = super().get_queryset(request)
        access = access_of(request)
        if is_platform_request(request):
            return organizations
        return organizations.filter(pk=access.organization.pk) if access else organizations.none()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the short name and the switch to superusers: addresses and sign-ins hang on them."""
        own = tuple(self.readonly_fields)
        return own if is_platform_request(request) else (*own, "slug", "is_active")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let an owner look."""
        return is_platform_request(request) or may(request, Role.OWNER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let an owner change."""
        return self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an organization is switched off, and its facts stay."""
        return False


@admin.register(Membership)
class MembershipAdmin(TenantModelAdmin):
    """Who may do what in the current organization: for owners."""

    view_role = Role.OWNER
    change_role = Role.OWNER
    actions = ()
    form = MembershipForm
    list_display = ("user", "full_name", "role_label", "created_at")
    list_select_related = ("user",)
    list_filter = (("role", KnownChoiceFilter),)
    ordering = ("user__email", "id")
    search_fields = ("user__email__istartswith", "user__full_name__istartswith")
    search_help_text = _("The beginning of the e-mail address or name")
    readonly_fields = ("address", "created_at")
    fieldsets = ((None, {"fields": ("address", "role", "created_at")}),)
    add_fieldsets = ((None, {"fields": ("email", "role")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Ask for the address of a new member: a choice would name the users of other organizations."""
        if obj is None:
            options["form"] = NewMembershipForm
            options["fields"] = ["role"]
        return super().get_form(request, obj, change=change, **options)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the user of a membership."""
        return tuple(self.readonly_fields) if obj else ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no deletion of several: the last owner could be among them."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep the last owner."""
        allowed = super().has_delete_permission(request, obj)
        if not allowed or not isinstance(obj, Membership):
            return allowed
        return not is_last_owner(obj, lock=request.method == "POST")

    @display(description=_("User"))
    def address(self, membership: Membership) -> str:
        """Return whose membership it is, without a link: owners may not open the pages of users."""
        return membership.user.email

    @display(description=_("Name"))
    def full_name(self, membership: Membership) -> str:
        """Return the user's name."""
        return membership.user.full_name

    @display(description=_("Role"), label=ROLE_COLOURS)
    def role_label(self, membership: Membership) -> str:
        """Return the role for a badge."""
        return str(Role(membership.role).label)


@admin.register(ApiToken)
class ApiTokenAdmin(GlobalModelAdmin):
    """A user's own tokens; superusers see everybody's, and can revoke them."""

    list_display = ("name", "user", "begins_with", "state", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    ordering = ("-created_at", "-id")
    sortable_by: ClassVar[tuple[str, ...]] = ()
    search_fields = ("prefix__exact",)
    search_help_text = _("How the token begins, eleven characters")
    actions = ("revoke",)
    form = ApiTokenForm
    readonly_fields = ("address", "prefix", "created_at", "last_used_at", "revoked_at")
    fieldsets = (
        (None, {"fields": (("name", "address"), ("prefix", "expires_at"))}),
        (_("Use"), {"fields": ("created_at", "last_used_at", "revoked_at")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "expires_at")}),)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ApiToken]":
        """Return all to superusers, else the user's own."""
        tokens: models.QuerySet[ApiToken] = super().get_queryset(request)
        user = request.user
        if is_platform_request(request):
            return tokens
        return tokens.filter(user=user) if isinstance(user, User) else tokens.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let every member look after their own."""
        return is_platform_request(request) or may(request, Role.VIEWER)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let every member create their own."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a token is made, used and revoked."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a revoked token keeps its place in the list."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Let whoever sees a token end it."""
        return self.has_view_permission(request)

    @display(description=_("User"))
    def address(self, token: ApiToken) -> str:
        """Return whose token it is, without a link: few may open the pages of users."""
        return token.user.email

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Create the token of the person who asks, whatever the form was sent."""
        user = request.user
        if change or not isinstance(user, User):
            return
        token, secret = create_long_lived_token(user=user, name=obj.name, expires_at=obj.expires_at)
        obj.pk, obj.prefix, obj.digest, obj.user = token.pk, token.prefix, token.digest, user
        obj.created_at = token.created_at
        obj._state.adding = False
        request.__dict__["_token_secret"] = secret

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token this once, in the answer itself: neither session nor cookie ever holds it."""
        context = self.admin_site.each_context(request) | {
            "title": _("Token created"),
            "opts": self.opts,
            "token": obj,
            "secret": request.__dict__.pop("_token_secret"),
        }
        response = TemplateResponse(request, "backoffice/token_created.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description=_("Revoke the selected tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: "models.QuerySet[ApiToken]") -> None:
        """End tokens from the next request on."""
        ended = sum(revoke_long_lived_token(user=token.user, token_id=token.pk) for token in tokens)
        self.message_user(
            request,
            ngettext("%(count)d token was revoked.", "%(count)d tokens were revoked.", ended) % {"count": ended},
        )

    @display(description=_("Begins with"))
    def begins_with(self, token: ApiToken) -> str:
        """Return what tells tokens apart."""
        return f"{token.prefix}…"

    @display(description=_("State"), label={_("Active"): "success", _("Revoked"): "danger", _("Expired"): "warning"})
    def state(self, token: ApiToken) -> str:
        """Return whether it still opens anything."""
        if token.revoked_at:
            return str(_("Revoked"))
        return str(_("Expired")) if token.expires_at and token.expires_at <= timezone.now() else str(_("Active"))
