"""A client's own copy of a document: only what CONTRACT says a client is told makes it."""

from copy import deepcopy
from typing import Any

Operation = dict[str, Any]


class Gap(Exception):
    """Something with a version came that is not the next one, or does not fit."""


class Replica:
    """Content at a version of an epoch; -1 before the first welcome."""

    def __init__(self) -> None:
        self.content: dict[str, Any] = {}
        self.version = -1
        self.epoch = ""

    def replace(self, content: dict[str, Any], version: int, epoch: str) -> None:
        """Be what a welcome says."""
        self.content, self.version, self.epoch = content, version, epoch

    def follow(self, operation: Operation, version: int) -> None:
        """Take in the next operation. Raises `Gap` if it is not the next."""
        if version != self.version + 1:
            raise Gap(f"version {version} came after {self.version}")
        try:
            self._change(operation)
        except KeyError as missing:
            raise Gap(f"version {version} does not fit: there is no {missing}") from missing
        self.version = version

    def _change(self, operation: Operation) -> None:
        *way, name = operation["path"].split(".")[1:]
        place = self.content
        for step in way:
            place = place[step]
        if operation["type"] == "delete":
            del place[name]
        else:
            place[name] = deepcopy(operation["newValue"])
