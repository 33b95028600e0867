"""Users to look around with."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.models import Membership, Organization, Role, User
from apps.core.context import organization_context
from apps.core.database import in_transaction

DOMAIN = "demo.example"
LOCAL_PASSWORD = "bellwether-demo"  # noqa: S105 - for sign-ins of invented people on a developer's machine


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demonstration user; without a role it is the platform's superuser."""

    email: str
    full_name: str
    role: Role | None


SIGN_INS = (
    SignIn(f"admin@{DOMAIN}", "Admin", None),
    SignIn(f"owner@{DOMAIN}", "Olivia Owner", Role.OWNER),
    SignIn(f"analyst@{DOMAIN}", "Anton Analyst", Role.ANALYST),
    SignIn(f"viewer@{DOMAIN}", "Vera Viewer", Role.VIEWER),
)


def create_sign_ins(*, organizations: Iterable[Organization], password: str) -> list[SignIn]:
    """Create the demonstration users that are missing, members of these organizations; return the new ones.

    All of them may use the admin. A user who is there already keeps its password.
    """
    created = []
    for sign_in in SIGN_INS:
        with in_transaction():
            user = User.objects.filter(email=sign_in.email).first()
            if user is None:
                user = User.objects.create_user(
                    sign_in.email,
                    password,
                    full_name=sign_in.full_name,
                    is_staff=True,
                    is_superuser=sign_in.role is None,
                )
                created.append(sign_in)
        if sign_in.role:
            for organization in organizations:
                with organization_context(organization.pk):
                    Membership.objects.get_or_create(
                        organization=organization, user=user, defaults={"role": sign_in.role}
                    )
    return created
