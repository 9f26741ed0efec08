"""Give somebody a role among the platform's staff: the first superuser is made by this."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts import queries, services
from accounts.roles import STAFF_ROLES
from prework.management.store import StoreCommand
from prework.tenancy import Origin, system_actor

NONE = "none"


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=[*STAFF_ROLES, NONE])

    def handle(self, *args: Any, email: str, role: str, **options: Any) -> None:
        account = queries.find_account_by_email(email)
        if account is None:
            raise CommandError(f"nobody has the e-mail address {email}")
        organization_id, user_id = account
        actor = system_actor(organization_id, origin=Origin(request_id="manage.py staff"))
        wanted = None if role == NONE else role
        services.appoint_staff(actor=actor.holding({"staff.manage"}), user_id=user_id, role=wanted)
        self.stdout.write(f"{email}: {role}")
