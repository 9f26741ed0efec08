"""What a client writes: fields that nobody else touches, and fields that everybody does."""

from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from bench.kill.people import ITEMS
from bench.kill.replica import Operation, Replica


class Writer:
    """Makes one client's operations."""

    def __init__(self, entity_id: str, random: Random) -> None:
        self._entity_id = entity_id
        self._random = random
        self._name = uuid4().hex[:12]
        self._numbers = count(1)
        self._own: list[str] = []

    def operation(self, replica: Replica) -> Operation:
        """The next operation, based on what the client has seen."""
        makers = (self._check, self._title, self._own_field, self._insert, self._delete)
        [make] = self._random.choices(makers, weights=(6, 2, 6, 2, 1))
        number = next(self._numbers)
        made = make(number)
        path = f"{self._entity_id}.{made.pop('path')}"
        operation_id = f"{self._name}-{number}"
        made |= {"operationId": operation_id, "path": path, "baseVersion": replica.version}
        return made

    def filling(self, replica: Replica, size: int) -> Operation:
        """An operation that carries so many bytes."""
        operation = {"type": "update", "path": f"{self._entity_id}.filling-{self._name}"}
        operation_id = f"{self._name}-{next(self._numbers)}"
        value = "x" * size
        based: Operation = {"operationId": operation_id, "baseVersion": replica.version}
        return operation | based | {"newValue": value}

    def _check(self, number: int) -> dict[str, Any]:
        """Tick an item that others tick as well; one in four gives way to them."""
        path = f"items.item-{self._random.randrange(ITEMS)}.checked"
        made = {"type": "update", "path": path, "newValue": self._random.random() < 0.5}
        return made | ({"onConflict": "reject"} if number % 4 == 0 else {})

    def _title(self, number: int) -> dict[str, Any]:
        return {"type": "update", "path": "title", "newValue": f"{self._name} {number}"}

    def _own_field(self, number: int) -> dict[str, Any]:
        return {"type": "update", "path": f"count-{self._name}", "newValue": number}

    def _insert(self, number: int) -> dict[str, Any]:
        name = f"items.{self._name}-{number}"
        self._own.append(name)
        return {"type": "insert", "path": name, "newValue": {"text": name, "order": number}}

    def _delete(self, number: int) -> dict[str, Any]:
        """Remove an item of one's own, which may not be acknowledged yet."""
        if not self._own:
            return self._insert(number)
        return {"type": "delete", "path": self._own.pop(0)}
