"""The platform's staff in the admin: who they are, for those who manage them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest

from accounts.admin.users import UserAdmin
from accounts.models import STAFF, User
from prework.dynamoadmin.options import Asked
from prework.dynamoadmin.sources import Query, Source
from prework.staffsite import site


@site.show
class StaffPeopleAdmin(UserAdmin):
    """Somebody of the staff: a user of some organisation, as any other."""

    name = "Staff"
    verbose_name = "staff person"
    verbose_name_plural = "staff"
    is_listed_within = False
    is_findable = False
    search_help = ""
    filters = ()
    list_display = ("name", "email", "staff_role", "is_active", "mfa_enabled", "organization")
    export_columns = ()

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        return Query(User, STAFF, index="GSI2", newest_first=asked.newest_first)

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        return ()

    def tools(self, request: HttpRequest, obj: Any) -> Sequence[tuple[str, str]]:
        """The same person among the users."""
        users = site.admin_of("accounts.User")
        return [(users.url(obj), "As a user")] if users else []

    def may(self, request: HttpRequest, permission: str) -> bool:
        """All of it is for those who manage the staff."""
        return super().may(request, "staff.manage") and super().may(request, permission)
