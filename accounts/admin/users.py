"""Users in the admin: who they are, their sign-ins, and what can be done for or against them."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest

from accounts import queries, services
from accounts.admin.organizations import organization_link
from accounts.models import AuthSession, User, organization_key
from accounts.roles import ROLES, STAFF_ROLES
from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.filters import Choice, Words
from prework.dynamoadmin.options import Asked, Inline, column
from prework.dynamoadmin.sources import Query, Source
from prework.staffsite import ORGANIZATION, SEPARATOR, StaffAdmin, acting, site, staff_of
from prework.tenancy import Actor

SESSIONS_SHOWN, SESSIONS_READ = 20, 200
ROLE = Choice("role", "role", [(role, role) for role in ROLES], note="Reads on within the budget.")
STATE = Choice(
    "state",
    "state",
    [("active", "Active"), ("suspended", "Suspended")],
    note="Reads on within the budget.",
)


def sessions_of(request: HttpRequest, user: User) -> Sequence[AuthSession]:
    """A user's sign-ins that still count, newest first."""
    signed_in = Query(
        AuthSession,
        user.pk,
        sort=AuthSession.sk.startswith("AUTH#"),
        newest_first=True,
        keep=lambda one: queries.counts(one, user),
    )
    return signed_in.read(None, size=SESSIONS_SHOWN, budget=SESSIONS_READ).items


@site.show
class UserAdmin(StaffAdmin):
    """Somebody of an organisation."""

    model = User
    app_label = "accounts"
    entity_type = "user"
    is_personal = True
    list_display = ("name", "email", "role", "is_active", "mfa_enabled", "created_at")
    labels = {
        "mfa_enabled": "Second factor",
        "permissions_held": "Permissions",
        "organization": "Organisation",
    }
    filters: ClassVar[Sequence[Choice | Words]] = (ROLE, STATE)
    search_help = "An e-mail address, an id (organisation.user), or the beginning of a name."
    order_column = "name"
    export_columns: ClassVar[Sequence[str]] = (
        "user_id",
        "name",
        "email",
        "role",
        "is_active",
        "mfa_enabled",
        "created_at",
    )
    fieldsets = (
        (None, ("name", "email", "organization", "user_id", "is_active")),
        ("Rights", ("role", "grants", "permissions_held", "is_staff", "staff_role")),
        ("Sign-in", ("mfa_enabled", "session_generation", "rights_version")),
        ("More", ("profile_lines", "created_at", "updated_at", "version")),
    )
    inlines = (
        Inline(
            "Sign-ins",
            (
                ("Began", lambda one: one.created_at),
                ("Last seen", lambda one: one.last_seen_at),
                ("Address", lambda one: one.ip),
                ("Browser", lambda one: one.user_agent),
            ),
            sessions_of,
            empty="Not signed in.",
        ),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        role, state = asked.chosen["role"], asked.chosen["state"]

        def keep(user: User) -> bool:
            is_active = state is None or user.is_active is (state == "active")
            return is_active and role in (None, user.role)

        return Query(
            User,
            organization_key(asked.scope or ""),
            index="GSI1",
            sort=User.gsi1sk.startswith("USER#"),
            newest_first=asked.newest_first,
            keep=keep if role or state else None,
        )

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        account = queries.find_account_by_email(text) if "@" in text else None
        object_id = SEPARATOR.join(account) if account else text
        found = self.find(request, object_id)
        if found is not None or scope is None:
            return [found] if found is not None else []
        begins = User.gsi1sk.startswith(f"USER#{text.casefold()}")
        query = Query(User, organization_key(scope), index="GSI1", sort=begins)
        return query.read(None, size=self.page_size, budget=self.page_size + 1).items

    def access(self, actor: Actor, thing_id: str) -> Any:
        return queries.access_user(actor, thing_id)

    def title(self, obj: Any) -> str:
        return f"{obj.name} <{obj.email}>"

    @column("Permissions")
    def permissions_held(self, obj: User) -> list[str]:
        """Role and grants together."""
        return sorted(obj.permissions)

    @column("Organisation")
    def organization(self, obj: User) -> Any:
        """A link to it."""
        return organization_link(obj.organization_id)

    @column("Profile")
    def profile_lines(self, obj: User) -> dict[str, Any]:
        """What they tell about themselves."""
        names = ("title", "phone", "timezone", "locale")
        return {name: getattr(obj.profile, name) for name in names}

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        return (
            Action(
                "suspend",
                "Suspend",
                self._set_active(False),
                is_for=lambda user: user.is_active,
                is_dangerous=True,
                explanation="They are signed out everywhere, at once, and cannot sign in.",
            ),
            Action(
                "reactivate",
                "Reactivate",
                self._set_active(True),
                is_for=lambda user: not user.is_active,
            ),
            Action(
                "revoke_sessions",
                "Sign out everywhere",
                self._revoke_sessions,
                explanation="Every sign-in ends at once, on every server; they may sign in again.",
            ),
            Action(
                "reset_mfa",
                "Remove second factor",
                self._reset_second_factor,
                is_for=lambda user: user.mfa_enabled,
                is_dangerous=True,
                explanation="Be sure who asks. Every sign-in ends as well.",
            ),
            *(
                Action(
                    f"staff_{role}",
                    f"Make {role}" if role else "Remove from staff",
                    self._set_staff_role(role),
                    permission="staff.manage",
                    is_for=lambda user, role=role: _role_of(user) != role,  # type: ignore[misc]
                )
                for role in (*STAFF_ROLES, None)
            ),
        )

    def tools(self, request: HttpRequest, obj: Any) -> Sequence[tuple[str, str]]:
        """Acting in their name, and what they did."""
        trail = site.admin_of("audit.Entry")
        query = {ORGANIZATION: obj.organization_id, "user": obj.user_id}
        did = [(trail.list_url(**query), "What they did")] if trail else []
        if not self.may(request, "change"):
            return did
        return [(self.url(obj, "impersonate"), "Act in their name"), *did]

    def _set_active(self, is_active: bool) -> Any:
        def run(request: HttpRequest, user: User, reason: str) -> None:
            actor = acting(request, user.organization_id, reason)
            services.update_user(actor=actor, user_id=user.user_id, is_active=is_active)

        return run

    def _revoke_sessions(self, request: HttpRequest, user: User, reason: str) -> None:
        actor = acting(request, user.organization_id, reason)
        services.revoke_all_sessions(actor=actor, user_id=user.user_id)

    def _reset_second_factor(self, request: HttpRequest, user: User, reason: str) -> None:
        actor = acting(request, user.organization_id, reason)
        services.reset_second_factor(actor=actor, user_id=user.user_id)

    def _set_staff_role(self, role: str | None) -> Any:
        def run(request: HttpRequest, user: User, reason: str) -> None:
            services.set_staff_role(
                staff=staff_of(request),
                organization_id=user.organization_id,
                user_id=user.user_id,
                role=role,
                reason=reason,
            )

        return run


def _role_of(user: User) -> str | None:
    return (user.staff_role or "support") if user.is_staff else None
