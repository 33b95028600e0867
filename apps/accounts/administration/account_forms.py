"""Forms over users, organizations and members."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from apps.accounts.administration.forms import TenantModelForm
from apps.accounts.currencies import MINOR_DIGITS
from apps.accounts.models import ApiToken, Membership, Organization, Role, User
from apps.accounts.selectors import is_last_owner
from apps.accounts.timezones import known_timezones
from apps.core.rest.throttling import may_try_to_sign_in


class SignInForm(AuthenticationForm):
    """E-mail address and password, tried as often as the API lets one try."""

    def clean(self) -> dict[str, Any]:
        """Sign in.

        Raises:
            ValidationError: they do not belong together, or there were too many attempts.

        """
        email = self.cleaned_data.get("username")
        if email and self.request is not None and not may_try_to_sign_in(self.request, email=email):
            raise ValidationError(_("Too many attempts to sign in. Wait a minute, then try again."), code="throttled")
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class UserForm(UserChangeForm):
    """A user as a superuser sees it."""

    class Meta:
        model = User
        fields = ("email", "full_name", "is_active", "is_staff", "is_superuser")


class NewUserForm(UserCreationForm):
    """A user who signs in by e-mail address."""

    class Meta:
        model = User
        fields = ("email", "full_name", "is_staff")

    def clean_email(self) -> str:
        """Fold the address, as it is kept."""
        return str(self.cleaned_data["email"]).lower()


class OrganizationForm(forms.ModelForm):
    """An organization, its zone and currency chosen from what is known."""

    class Meta:
        model = Organization
        fields = ("name", "slug", "timezone", "currency", "locale", "day_starts_at", "week_starts_on", "is_active")
        widgets = {
            "timezone": UnfoldAdminSelect2Widget,
            "currency": UnfoldAdminSelect2Widget,
            "week_starts_on": UnfoldAdminSelectWidget,
        }
        help_texts = {
            "timezone": _(
                "Where its business days begin and end. Changing it moves orders near midnight to another day."
            ),
            "currency": _(
                "Amounts are kept in it and shown with its digits. Changing it renames amounts, and converts none."
            ),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, known in (("timezone", sorted(known_timezones())), ("currency", sorted(MINOR_DIGITS))):
            if name in self.fields:
                self.fields[name].widget.choices = [(value, value) for value in known]


class ApiTokenForm(forms.ModelForm):
    """A new token of one's own."""

    class Meta:
        model = ApiToken
        fields = ("name", "expires_at")

    def clean_expires_at(self) -> datetime.datetime | None:
        """Refuse a token that could never be used."""
        expires_at: datetime.datetime | None = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(_("This is in the past. Leave it empty for a token that lasts until it is revoked."))
        return expires_at


class MembershipForm(TenantModelForm):
    """A member's role."""

    class Meta:
        model = Membership
        fields = ("role",)

    def clean_role(self) -> str:
        """Keep an owner.

        Raises:
            ValidationError: nobody else could add members or change the settings.

        """
        role = str(self.cleaned_data["role"])
        before = Membership(
            pk=self.instance.pk, organization_id=self.instance.organization_id, role=self.initial["role"]
        )
        if role != Role.OWNER and is_last_owner(before, lock=True):
            raise ValidationError(_("This is the only owner. Make somebody else an owner first."))
        return role


class NewMembershipForm(TenantModelForm):
    """A new member, found by the whole e-mail address."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=_(
            "Of somebody who has an account. People without one are added by an administrator of the platform."
        ),
    )

    class Meta:
        model = Membership
        fields = ("role",)

    def clean_email(self) -> str:
        """Find the user.

        Raises:
            ValidationError: nobody has this address, or the account is switched off.

        """
        email = str(self.cleaned_data["email"]).lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None:
            raise ValidationError(
                _("Nobody with this address can sign in. An administrator of the platform can add them.")
            )
        if Membership.objects.filter(user=user).exists():
            raise ValidationError(_("This user is a member already."))
        self.instance.user = user
        return email
