"""One TransactWriteItems: all or nothing, each condition with the problem that it stands for.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import clock
from prework.dynamo import Item, connection
from prework.errors import Conflict, NotFound, StorageUnavailable

MAX_ACTIONS = 100
DEADLINE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 0.4
# What says when it happened is written by then or never (audit windows are sealed behind it): the
# last attempt begins this long after, and has the rest of 30 seconds to arrive.
LAST_ATTEMPT = timedelta(seconds=20)
# In this order PynamoDB sends them, and in this order the cancellation reasons come back.
ORDER = ("check", "delete", "put", "update")
CONFLICT = "TransactionConflict"
CONFLICTS_BORNE = 2  # by one that is asked to give up early
BUSY_REASONS = {CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}
BUSY_CODES = {"TransactionInProgressException"}

Refusal = Exception | type[Exception]


@dataclass
class Transaction:
    """Writes that happen together. The token makes a retry after a lost answer harmless."""

    token: str = field(default_factory=lambda: str(uuid4()))
    steps: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {o: [] for o in ORDER})
    refusals: dict[str, list[Refusal]] = field(default_factory=lambda: {o: [] for o in ORDER})
    begins_before: datetime | None = None
    _conflicts: int = 0
    _is_unknown: bool = False  # whether it may have been written already

    def require(
        self, model: type[Item], pk: str, sk: str, condition: Condition, otherwise: Refusal
    ) -> None:
        """Write nothing unless this item, which is not written, fulfils the condition."""
        step = model.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._add("check", step, otherwise)

    def put(
        self, item: Item, condition: Condition | None = None, otherwise: Refusal = Conflict
    ) -> None:
        """Write a new item; by default nothing may be there under its key."""
        condition = type(item).pk.does_not_exist() if condition is None else condition
        self._add("put", item.get_save_kwargs_from_instance(condition=condition), otherwise)

    def replace(self, item: Item) -> None:
        """Write an item, whatever is there; the same one again is the same write."""
        step = item.get_save_kwargs_from_instance()
        if step not in self.steps["put"]:
            self._add("put", step, Conflict)

    def update(
        self,
        model: type[Item],
        pk: str,
        sk: str,
        actions: list[Action],
        condition: Condition | None = None,
        otherwise: Refusal = NotFound,
        *,
        is_once: bool = False,
    ) -> None:
        """Change an item in place; by default it has to be there.

        With `is_once` the same change said again is the same change.
        """
        condition = model.pk.exists() if condition is None else condition
        step = model(pk, sk).get_update_kwargs_from_instance(actions, condition=condition)
        if not (is_once and step in self.steps["update"]):
            self._add("update", step, otherwise)

    def delete(
        self, item: Item, condition: Condition | None = None, otherwise: Refusal = NotFound
    ) -> None:
        """Remove an item; by default it has to be there."""
        condition = type(item).pk.exists() if condition is None else condition
        self._add("delete", item.get_delete_kwargs_from_instance(condition=condition), otherwise)

    def stamp(self, moment: datetime) -> None:
        """Say that something in it bears this time: it is not begun long after that."""
        last = moment + LAST_ATTEMPT
        self.begins_before = min(self.begins_before or last, last)

    def _add(self, kind: str, step: dict[str, Any], otherwise: Refusal) -> None:
        self.steps[kind].append(step)
        self.refusals[kind].append(otherwise)

    def __len__(self) -> int:
        return sum(map(len, self.steps.values()))

    def send(self, *, contended: Refusal | None = None) -> None:
        """Write all of it or nothing.

        With `contended` it does not wait long for other transactions that hold one of its items:
        that is raised instead, and nothing was written.

        Raises what stands for the first condition that was not met; `StorageUnavailable`
        when the store stays busy or silent for the deadline. Then it may have been written
        or not, as one: sent again with the same token it is not written twice.
        """
        if len(self) > MAX_ACTIONS:
            raise ValueError(f"A transaction takes {MAX_ACTIONS} actions, not {len(self)}.")
        deadline = time.monotonic() + DEADLINE_SECONDS
        pause = 0.02
        while not self._try_once():
            is_lost = self._conflicts > CONFLICTS_BORNE and not self._is_unknown
            if contended is not None and is_lost:
                raise contended
            if time.monotonic() + pause > deadline:
                raise StorageUnavailable
            time.sleep(random.uniform(0, pause))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _check_time(self) -> None:
        """Give up what is too late, however long this process was held."""
        if self.begins_before is not None and clock.now() > self.begins_before:
            raise StorageUnavailable

    def _try_once(self) -> bool:
        self._check_time()
        try:
            connection().transact_write_items(
                condition_check_items=self.steps["check"],
                delete_items=self.steps["delete"],
                put_items=self.steps["put"],
                update_items=self.steps["update"],
                client_request_token=self.token,
            )
        except StorageUnavailable:
            self._is_unknown = True
            return False
        except TransactWriteError as error:
            self._refuse(error)
            return False
        return True

    def _refuse(self, error: TransactWriteError) -> None:
        """Raise what was refused; return when the store was only busy."""
        reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
        refusals = [refusal for kind in ORDER for refusal in self.refusals[kind]]
        for code, refusal in zip(reasons, refusals, strict=False):
            if code == "ConditionalCheckFailed":
                raise refusal
        self._conflicts += CONFLICT in reasons
        if error.cause_response_code not in BUSY_CODES and not BUSY_REASONS.intersection(reasons):
            raise error
