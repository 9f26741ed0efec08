"""Assigning checklists to users and teams, one or a thousand at once."""

from prework.changes import Change
from prework.ids import new_id
from prework.tenancy import Actor
from prework.transactions import MAX_ACTIONS
from teams.models.assignments import Assignment
from teams.services.batches import actions_each, find_made, write_batch
from teams.services.checking import checked_orders
from teams.services.counting import move_one
from teams.services.orders import Order, Values, creations, new_assignment, targets_of


def create_assignments(*, actor: Actor, assignments: list[Values]) -> list[Assignment]:
    """Assign checklists to users and teams: all of them, or, if one cannot be, none.

    What one transaction takes is one; more is a batch, which is not there for anybody until
    all of it is written.
    """
    before = find_made(actor, assignments)
    if before is not None:
        return before
    orders = checked_orders(actor, assignments)
    if _actions(actor, orders) > MAX_ACTIONS:
        return write_batch(actor, orders, assignments)
    made = [new_assignment(actor, order, new_id()) for order in orders]
    beside = made[0].assignment_id
    with Change(actor=actor) as change:
        for assignment in made:
            change.put(assignment)
        move_one(change, None, {"assigned": len(made)}, beside=beside)
        for (kind, target_id), numbers in targets_of(orders).items():
            if kind == "team":
                move_one(change, target_id, {"assigned": len(numbers)}, beside=beside)
        for event in creations(made):
            change.record(event)
    return made


def _actions(actor: Actor, orders: list[Order]) -> int:
    """How many actions one transaction of all of it would have."""
    targets = targets_of(orders)
    told = sum(2 if kind == "team" else 1 for kind, _ in targets)
    counts, notice = 1, 1
    return len(orders) * actions_each(actor) + told + counts + notice + (actor.claim is not None)
