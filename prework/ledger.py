"""Writes that are no action of anybody and leave no audit entry: tickets, counters, leases.

What may be written here is named in the setting `UNAUDITED`, and nothing else.
"""

import random
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from django.conf import settings
from pynamodb.exceptions import VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import aws
from prework.dynamo import Item, connection
from prework.errors import StorageUnavailable
from prework.transactions import Refusal, Transaction

ItemType = TypeVar("ItemType", bound=Item)
ATTEMPTS = 3
PUT_AT_ONCE = 25  # what one BatchWriteItem takes
CONDITION_FAILED = "ConditionalCheckFailedException"


def put(
    item: Item, condition: Condition | None = None, *, is_repeatable: bool | None = None
) -> bool:
    """Write an item; `False` if the condition is not met.

    Without a condition, or with one that its own outcome fulfils (`is_repeatable`), it is
    repeated when the answer is lost.
    """
    _check(type(item))
    step = item.get_save_kwargs_from_instance(condition=condition)
    repeat = condition is None if is_repeatable is None else is_repeatable
    return _write("PutItem", step, is_repeatable=repeat) is not None


def put_all(items: Sequence[Item]) -> None:
    """Write items whatever is there, 25 at a time, each by itself: no transaction."""
    for model in {type(item) for item in items}:
        _check(model)
    for start in range(0, len(items), PUT_AT_ONCE):
        _put_some(items[start : start + PUT_AT_ONCE])


def change(
    model: type[ItemType],
    pk: str,
    sk: str,
    actions: Sequence[Action],
    condition: Condition | None = None,
    *,
    is_repeatable: bool = False,
) -> ItemType | None:
    """Change an item in place, or begin it; the item as it is then, `None` if refused.

    Atomic: two at once both count (`ADD`), and each gets the value that it made. Only what
    is the same when done twice (`is_repeatable`) is repeated when the answer is lost.
    """
    _check(model)
    step = model(pk, sk).get_update_kwargs_from_instance(list(actions), condition=condition)
    step = {**step, "ReturnValues": "ALL_NEW"}
    answer = _write("UpdateItem", step, is_repeatable=is_repeatable)
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


def together(
    transaction: Transaction, models: Sequence[type[Item]], *, contended: Refusal | None = None
) -> None:
    """Send a transaction of items of these models. Raises as `Transaction.send` does."""
    for model in models:
        _check(model)
    transaction.send(contended=contended)


def _write(
    operation: str, arguments: dict[str, Any], *, is_repeatable: bool = False
) -> dict[str, Any] | None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return connection().dispatch(operation, arguments)
        except VerboseClientError as error:
            if error.response.get("Error", {}).get("Code") == CONDITION_FAILED:
                return None
            raise
        except StorageUnavailable as error:
            if attempt == ATTEMPTS or not (is_repeatable or _was_refused(error)):
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise StorageUnavailable


def _put_some(items: Sequence[Item]) -> None:
    request: dict[str, Any] = {}
    for item in items:
        step = {"PutRequest": {"Item": item.serialize()}}
        request.setdefault(type(item).Meta.table_name, []).append(step)
    for attempt in range(1, ATTEMPTS + 1):
        request = _unprocessed(request, is_last=attempt == ATTEMPTS)
        if not request:
            return
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise StorageUnavailable


def _unprocessed(request: dict[str, Any], *, is_last: bool) -> dict[str, Any]:
    """What is still to be put; all of it where there was no answer: twice is the same."""
    try:
        answer = connection().dispatch("BatchWriteItem", {"RequestItems": request})
    except StorageUnavailable:
        if is_last:
            raise
        return request
    return answer.get("UnprocessedItems") or {}


def _was_refused(error: StorageUnavailable) -> bool:
    """Whether the store said no, so that nothing was written; as against not saying anything."""
    said = error.__cause__
    return isinstance(said, ClientError) and said.response["Error"]["Code"] in aws.REFUSED_CODES


def _check(model: type[Item]) -> None:
    if f"{model.__module__}.{model.__qualname__}" not in settings.UNAUDITED:
        raise TypeError(f"{model.__qualname__} is not in UNAUDITED: write it through a Change.")
