"""Users, organizations, memberships and tokens."""

import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.currencies import CURRENCY_REFUSED, MINOR_DIGITS, validate_currency
from apps.accounts.locales import DEFAULT_LOCALE, validate_locale
from apps.accounts.managers import UserManager
from apps.accounts.timezones import validate_timezone
from apps.core.calendar import BusinessCalendar
from apps.core.constraints import tenant_leaf
from apps.core.models import GlobalModel, TenantModel


class User(AbstractBaseUser, PermissionsMixin, GlobalModel):
    """A person who signs in, by e-mail address."""

    email = models.EmailField(
        _("e-mail address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("A user with this e-mail address exists already.")},
    )
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Clear this instead of deleting: sign-ins and tokens stop at once.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_in_lower_case",
                violation_error_message=_("E-mail addresses are kept in lower case."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Fold the address, so that one person is one user."""
        super().clean()
        self.email = self.email.lower()

    def get_full_name(self) -> str:
        """Return the name to show."""
        return self.full_name or self.email

    def get_short_name(self) -> str:
        """Return the name to greet with."""
        return self.get_full_name().split("@")[0].split(" ")[0]


class WeekDay(models.IntegerChoices):
    """Days of the week as ISO 8601 counts them."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class Organization(GlobalModel):
    """A business. Its time zone and `day_starts_at` decide which business day an instant falls on."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_timezone],
        help_text=_("IANA name, such as Europe/Berlin."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="USD",
        validators=[validate_currency],
        help_text=_("ISO 4217 code. All amounts are kept in it."),
    )
    locale = models.CharField(
        _("locale"),
        max_length=24,
        default=DEFAULT_LOCALE,
        validators=[validate_locale],
        help_text=_("How numbers and dates are written, such as en, en-GB or de-DE."),
    )
    day_starts_at = models.TimeField(
        _("business day starts at"),
        default=datetime.time(0, 0),
        help_text=_(
            "A kitchen that closes at 02:00 sets 04:00, so that a late order counts on the evening it belongs to."
        ),
    )
    week_starts_on = models.PositiveSmallIntegerField(
        _("week starts on"), choices=WeekDay.choices, default=WeekDay.MONDAY
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(week_starts_on__gte=1, week_starts_on__lte=7), name="organization_week_starts_on"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__in=sorted(MINOR_DIGITS)),
                name="organization_currency",
                violation_error_message=CURRENCY_REFUSED,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def calendar(self) -> BusinessCalendar:
        """The business days of this organization."""
        return BusinessCalendar(self.timezone, self.day_starts_at)


class Role(models.TextChoices):
    """What a member may do; each role includes the ones after it."""

    OWNER = "owner", _("Owner")
    ANALYST = "analyst", _("Analyst")
    VIEWER = "viewer", _("Viewer")


class Membership(TenantModel):
    """A user's role in an organization."""

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("organization", "user")
        constraints = [
            tenant_leaf("membership"),
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="membership_once",
                violation_error_message=_("This user is a member already."),
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class ApiToken(GlobalModel):
    """A long-lived bearer token of a user, kept as a digest: whoever reads the table cannot use it."""

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100, help_text=_("What uses it, such as “nightly export”."))
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = models.CharField(
        max_length=64, unique=True, editable=False, validators=[RegexValidator(r"^[0-9a-f]{64}\Z")]
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeptAnswer(TenantModel):
    """What a request with an Idempotency-Key was answered, to answer its repetition with."""

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(_("key"), max_length=200)
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    body = models.TextField(_("body"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            tenant_leaf("kept_answer"),
            models.UniqueConstraint(fields=["organization", "user", "key"], name="kept_answer_once"),
        ]
        indexes = [models.Index(fields=["organization", "created_at"], name="kept_answer_created_at")]

    def __str__(self) -> str:
        return self.key
