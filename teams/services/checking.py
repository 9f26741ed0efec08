"""Whether work can be assigned as it is asked for: all that is wrong is said at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts import queries as people
from prework.entities import access_entities
from prework.errors import FieldError, NotFound, Problem, ValidationFailed
from prework.tenancy import Actor
from teams import queries
from teams.errors import TeamArchived
from teams.services.due_dates import DueDates, Unclear
from teams.services.orders import Order, Values

Refusals = dict[str | None, tuple[str, str]]


@dataclass(frozen=True)
class ItemError(FieldError):
    """A field that was wrong in one of many items."""

    index: int


def checked_orders(actor: Actor, given: list[Values]) -> list[Order]:
    """What is asked for, if the actor may assign all of it. Raises `ValidationFailed`.

    It costs a BatchGet for each hundred checklists, teams and users, not a read for each.
    """
    errors: list[FieldError] = []
    orders = list(_orders(actor, given, errors))
    errors += _errors(actor, orders)
    if errors:
        raise ValidationFailed(sorted(errors, key=lambda error: getattr(error, "index", 0)))
    return orders


def _orders(actor: Actor, given: list[Values], errors: list[FieldError]) -> Iterator[Order]:
    due_dates = DueDates(actor)
    for index, values in enumerate(given):
        due: tuple[str | None, str | None] = None, None
        try:
            due = due_dates.settle(values.get("due_date"), values.get("due_timezone"))
        except Unclear as unclear:
            errors.append(ItemError(**vars(unclear.error), index=index))
        yield Order(**{**values, "due_date": due[0], "due_timezone": due[1]})


def _errors(actor: Actor, orders: list[Order]) -> Iterator[ItemError]:
    """What is wrong with each; a permission that is missing refuses them all."""
    if any(order.user_id not in (None, actor.user_id) for order in orders):
        actor.require("checklist.assign_team")
    found = {
        "checklist_id": _checklist_refusals(actor, {order.checklist_id for order in orders}),
        "team_id": _team_refusals(actor, {order.team_id for order in orders if order.team_id}),
        "user_id": _user_refusals(actor, {order.user_id for order in orders if order.user_id}),
    }
    for index, order in enumerate(orders):
        if bool(order.team_id) == bool(order.user_id):
            detail = "Give a userId or a teamId, not both."
            yield ItemError("userId", "one_target", detail, index)
        for name, field in (
            ("checklist_id", "checklistId"),
            ("team_id", "teamId"),
            ("user_id", "userId"),
        ):
            refusal = found[name].get(getattr(order, name))
            if refusal:
                yield ItemError(field, *refusal, index)


def _checklist_refusals(actor: Actor, checklist_ids: set[str]) -> Refusals:
    answers = access_entities(actor, "checklist", checklist_ids)
    return {
        one: (answer.code, answer.detail)
        for one, answer in answers.items()
        if isinstance(answer, Problem)
    }


def _team_refusals(actor: Actor, team_ids: set[str]) -> Refusals:
    loaded = queries.load_teams(actor, team_ids) if team_ids else []
    visible = {access.team.team_id: access for access in loaded if access.is_visible}
    for access in visible.values():
        access.require("checklist.assign_team")
    archived = {one for one, access in visible.items() if not access.team.is_active}
    return {
        **dict.fromkeys(team_ids - set(visible), (NotFound.code, NotFound.default_detail)),
        **dict.fromkeys(archived, (TeamArchived.code, TeamArchived.default_detail)),
    }


def _user_refusals(actor: Actor, user_ids: set[str]) -> Refusals:
    users = people.load_users(actor, user_ids - {actor.user_id})
    refused: Refusals = {
        user.user_id: ("suspended", "This user is suspended.")
        for user in users.values()
        if not user.is_active
    }
    unknown = user_ids - {actor.user_id} - set(users)
    return refused | dict.fromkeys(unknown, (NotFound.code, NotFound.default_detail))
