"""Check the trail against its seals; every problem is named, and then the exit code is 1."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from audit import services
from audit.engine.keys import BadKey, Keyring, keyring, read_public_keys
from audit.services import chain
from audit.services.keys import trusted_keys
from prework import clock
from prework.management.store import StoreCommand
from prework.tenancy import system_actor


def moment(text: str) -> datetime:
    """A time on the command line; without an offset it is UTC."""
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text} is no time: 2026-11-22 or 2026-11-22T14:00:00Z") from None


def known(organization_id: str) -> str:
    """The same id, if there is such an organisation or ever was: of another all would be well."""
    if organization_id not in chain.organization_ids():
        raise CommandError(f"there is no organisation {organization_id}")
    return organization_id


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="ID", help="by default every one, and ours")
        parser.add_argument("--from", dest="since", type=moment, metavar="TIME")
        parser.add_argument("--to", dest="until", type=moment, metavar="TIME")
        parser.add_argument(
            "--public-key", action="append", type=Path, metavar="FILE", help="and no other key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = _keys(options["public_key"])
        one = options["organization"]
        span = {name: options[name] for name in ("since", "until")}
        if span["since"] and span["until"] and span["since"] > span["until"]:
            raise CommandError("--to is before --from")
        problems = 0
        for organization_id in [known(one)] if one else chain.organization_ids():
            actor = system_actor(organization_id).holding({"audit.view"})
            found = services.verify_trail(actor=actor, now=clock.now(), keys=keys, **span)
            self._tell(found)
            problems += found.problem_count
        if problems:
            raise CommandError(f"not as sealed: {problems} problems")

    def _tell(self, found: services.Verified) -> None:
        for one in found.problems:
            self.stdout.write(f"{one.kind} {one.audit_id or one.digest_id}: {one.detail}")
        if found.problem_count > len(found.problems):
            self.stdout.write(f"… and {found.problem_count - len(found.problems)} more")
        self.stdout.write(
            f"{found.organization_id}: {'as sealed' if found.valid else 'not as sealed'}, "
            f"{found.entries_checked} entries and {found.digests_checked} digests checked, "
            f"{found.unsealed} not sealed yet, {found.unverified} not to be checked"
        )


def _keys(files: list[Path] | None) -> Keyring:
    try:
        if files is None:
            return trusted_keys()
        return keyring(key for file in files for key in read_public_keys(file.read_text()))
    except (BadKey, OSError, UnicodeDecodeError) as error:
        raise CommandError(str(error)) from error
