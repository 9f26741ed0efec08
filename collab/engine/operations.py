"""An operation as a client sends it: strictly read from the wire, and written back."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from collab.engine.limits import VALUE_BYTES
from collab.engine.paths import Path, is_name, parse_path
from collab.engine.refusals import Code, Refused
from collab.engine.values import ABSENT, NotJson, Value, measure, same_json

Kind = Literal["update", "insert", "delete"]
OnConflict = Literal["overwrite", "reject"]

# Versions go through JavaScript numbers, which are exact up to here.
_HIGHEST_VERSION = 2**53 - 1


@dataclass(slots=True)  # frozen would take twice as long to make; nothing changes one
class Operation:
    """One wish to change one place; `ABSENT` values were not sent, `None` is a JSON null."""

    operation_id: str
    kind: Kind
    path: Path
    old_value: Value
    new_value: Value
    base_version: int
    on_conflict: OnConflict = "overwrite"

    def to_wire(self) -> dict[str, Any]:
        """The operation as camelCase JSON, values that were not sent left out."""
        wire: dict[str, Any] = {
            "operationId": self.operation_id,
            "type": self.kind,
            "path": self.path.text,
            "baseVersion": self.base_version,
            "onConflict": self.on_conflict,
        }
        if self.old_value is not ABSENT:
            wire["oldValue"] = self.old_value
        if self.new_value is not ABSENT:
            wire["newValue"] = self.new_value
        return wire

    def has_body_of(self, other: "Operation") -> bool:
        """Whether both ask for the same under the same conditions (a repeat, not a reuse)."""
        return (
            self.kind == other.kind
            and self.path.text == other.path.text
            and self.base_version == other.base_version
            and self.on_conflict == other.on_conflict
            and same_json(self.old_value, other.old_value)
            and same_json(self.new_value, other.new_value)
        )


def parse_operation(raw: object, entity_id: str) -> Operation:
    """Read an operation from decoded JSON, or raise Refused with what is wrong with it."""
    if not isinstance(raw, dict):
        raise _invalid("an operation must be an object")
    operation_id = raw.get("operationId")
    if not is_name(operation_id):
        raise _invalid("operationId must be an id of 1 to 64 letters, digits, _ and -")
    try:
        return _read(raw, cast(str, operation_id), entity_id)
    except Refused as refused:
        refused.operation_id = cast(str, operation_id)
        raise


def _read(raw: dict[str, Any], operation_id: str, entity_id: str) -> Operation:
    kind = _choice(raw, "type", ("update", "insert", "delete"), ABSENT)
    path = raw.get("path")
    if not isinstance(path, str):
        raise _invalid("path must be text")
    return Operation(
        operation_id=operation_id,
        kind=cast(Kind, kind),
        path=parse_path(path, entity_id),
        old_value=_value(raw, "oldValue"),
        new_value=_new_value(raw, kind),
        base_version=_base_version(raw),
        on_conflict=cast(
            OnConflict, _choice(raw, "onConflict", ("overwrite", "reject"), "overwrite")
        ),
    )


def _choice(raw: dict[str, Any], name: str, choices: tuple[str, ...], default: Value) -> Value:
    given: Value = raw.get(name, default)
    if not isinstance(given, str) or given not in choices:
        raise _invalid(f"{name} must be one of {', '.join(choices)}")
    return given


def _base_version(raw: dict[str, Any]) -> int:
    given = raw.get("baseVersion")
    # Not isinstance: a JSON true is no number here.
    if type(given) is not int or not 0 <= given <= _HIGHEST_VERSION:
        raise _invalid("baseVersion must be a whole number from 0")
    return given


def _new_value(raw: dict[str, Any], kind: Value) -> Value:
    if kind == "delete":
        return ABSENT
    if "newValue" not in raw:
        raise _invalid(f"newValue is needed to {kind}")
    return _value(raw, "newValue")


def _value(raw: dict[str, Any], name: str) -> Value:
    if name not in raw:
        return ABSENT
    given: Value = raw[name]
    try:
        size = measure(given)
    except NotJson as problem:
        raise _invalid(f"{name} {problem}") from problem
    if size > VALUE_BYTES:
        raise Refused(Code.TOO_LARGE, f"{name} is larger than {VALUE_BYTES} bytes of JSON")
    return given


def _invalid(detail: str) -> Refused:
    return Refused(Code.INVALID_OPERATION, detail)
