"""A picture of somebody, that is a file of their own: it comes and goes with that file."""

from typing import Any

from accounts import queries
from accounts.events import UserUpdated
from accounts.models import PROFILE, Profile, User
from prework import clock
from prework.changes import Change

PICTURE = ("avatar_file_id", "avatar_key", "avatar_version_id")


def set_avatar(
    *, change: Change, user_id: str, file_id: str, key: str, version_id: str, chosen_at: str
) -> None:
    """Make a file what somebody looks like, within the change that makes it a file.

    Of two the one counts that was chosen last, whichever the scanner was done with first.
    """
    user = queries.access_user(change.actor, user_id)
    if (user.profile.avatar_chosen_at or "") > chosen_at:
        return
    picture = {"avatar_file_id": file_id, "avatar_key": key, "avatar_version_id": version_id}
    _write(change, user, {**picture, "avatar_url": None, "avatar_chosen_at": chosen_at})


def clear_avatar(*, change: Change, user_id: str, file_id: str) -> None:
    """Show nothing of somebody any more, if it was this file, which this change removes."""
    user = queries.access_user(change.actor, user_id)
    if user.profile.avatar_file_id == file_id:
        _write(change, user, dict.fromkeys(PICTURE))


def replaced_avatar(values: dict[str, Any]) -> dict[str, Any]:
    """What a profile holds when it is given another picture from elsewhere, or none."""
    if "avatar_url" not in values:
        return values
    chosen_at = clock.to_text(clock.now())
    return {**values, **dict.fromkeys(PICTURE), "avatar_chosen_at": chosen_at}


def steps(values: dict[str, Any]) -> list[Any]:
    """The same as it is written."""
    return [
        getattr(Profile, name).remove() if value is None else getattr(Profile, name).set(value)
        for name, value in values.items()
    ]


def _write(change: Change, user: User, values: dict[str, Any]) -> None:
    change.update(user, User.updated_at.set(clock.to_text(clock.now())))
    change.adjust(Profile, user.pk, PROFILE, *steps(values))
    change.record(
        UserUpdated(
            entity_id=user.user_id,
            old_values={"profile": _shown(user.profile.avatar_url, user.profile.avatar_file_id)},
            new_values={"profile": _shown(None, values["avatar_file_id"])},
        )
    )


def _shown(url: str | None, file_id: str | None) -> dict[str, Any]:
    """Of a file its id, and no URL, which opens something."""
    return {"avatar_url": url, "avatar_file_id": file_id}
