"""Writes that are no action of anybody and leave no audit entry: tickets, counters, leases.

What may be written here is named in the setting `UNAUDITED`, and nothing else.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.conf import settings
from pynamodb.exceptions import VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework.dynamo import Item, connection
from prework.transactions import Transaction

ItemType = TypeVar("ItemType", bound=Item)
CONDITION_FAILED = "ConditionalCheckFailedException"


def put(item: Item, condition: Condition | None = None) -> bool:
    """Write an item; `False` if the condition is not met."""
    _check(type(item))
    return _write("PutItem", item.get_save_kwargs_from_instance(condition=condition)) is not None


def change(
    model: type[ItemType],
    pk: str,
    sk: str,
    actions: Sequence[Action],
    condition: Condition | None = None,
) -> ItemType | None:
    """Change an item in place, or begin it; the item as it is then, `None` if refused.

    Atomic: two at once both count (`ADD`), and each gets the value that it made.
    """
    _check(model)
    step = model(pk, sk).get_update_kwargs_from_instance(list(actions), condition=condition)
    answer = _write("UpdateItem", {**step, "ReturnValues": "ALL_NEW"})
    return None if answer is None else model.from_raw_data(answer["Attributes"])


def take(
    model: type[ItemType], pk: str, sk: str, condition: Condition | None = None
) -> ItemType | None:
    """Remove an item and have it; of several at once one gets it, and the others `None`."""
    _check(model)
    step = model.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
    answer = _write("DeleteItem", {**step, "ReturnValues": "ALL_OLD"})
    raw = (answer or {}).get("Attributes")
    return model.from_raw_data(raw) if raw else None


def together(transaction: Transaction, models: Sequence[type[Item]]) -> None:
    """Send a transaction of items of these models. Raises as `Transaction.send` does."""
    for model in models:
        _check(model)
    transaction.send()


def _write(operation: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return connection().dispatch(operation, arguments)
    except VerboseClientError as error:
        if error.response.get("Error", {}).get("Code") == CONDITION_FAILED:
            return None
        raise


def _check(model: type[Item]) -> None:
    if f"{model.__module__}.{model.__qualname__}" not in settings.UNAUDITED:
        raise TypeError(f"{model.__qualname__} is not in UNAUDITED: write it through a Change.")
