"""The border: strict types, one casing, every error with its place."""

from typing import Any

import pytest

from prework.errors import MalformedJson, ValidationFailed
from prework.wire import (
    ChosenId,
    Flag,
    Input,
    Json,
    Many,
    Moment,
    Output,
    Text,
    Whole,
    is_too_deep,
    read_json,
)
from tests.matching import Matches

NAIVE = "2026-11-22T10:00:00"
ANYTHING = Matches(r"(?s).+")


class LidInput(Input):
    is_shut = Flag()
    made_at = Moment(required=False)


class BoxInput(Input):
    box_id = ChosenId(required=False)
    made_of = Text()
    weight_kg = Whole(required=False, min_value=0)
    lid = LidInput(required=False)
    free_form = Json(required=False)


class BoxOutput(Output):
    box_id = Text()
    made_at = Moment()
    free_form = Json()


def test_input_turns_camel_case_to_snake_case_and_leaves_free_form_alone() -> None:
    sent = {
        "boxId": "b-1",
        "madeOf": "x",
        "weightKg": 2,
        "lid": {"isShut": True, "madeAt": "2026-11-22T16:03:11.042+02:00"},
        "freeForm": {"someKey": [1]},
        "unknownField": 1,
    }
    read = BoxInput.read(sent)
    assert read["lid"].pop("made_at").isoformat() == "2026-11-22T14:03:11.042000+00:00"
    assert read == {
        "box_id": "b-1",
        "made_of": "x",
        "weight_kg": 2,
        "lid": {"is_shut": True},
        "free_form": {"someKey": [1]},
    }


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({}, "madeOf", "required"),
        ({"madeOf": 5}, "madeOf", "invalid"),
        ({"madeOf": None}, "madeOf", "null"),
        ({"madeOf": True}, "madeOf", "invalid"),
        ({"madeOf": "\x00"}, "madeOf", "null_characters_not_allowed"),
        ({"madeOf": "x", "weightKg": "5"}, "weightKg", "invalid"),
        ({"madeOf": "x", "weightKg": True}, "weightKg", "invalid"),
        ({"madeOf": "x", "weightKg": 1.5}, "weightKg", "invalid"),
        ({"madeOf": "x", "weightKg": -1}, "weightKg", "min_value"),
        ({"madeOf": "x", "lid": {"isShut": "true"}}, "lid.isShut", "invalid"),
        ({"madeOf": "x", "lid": {"isShut": 1}}, "lid.isShut", "invalid"),
        ({"madeOf": "x", "lid": []}, "lid", "invalid"),
        (
            {"madeOf": "x", "lid": {"isShut": True, "madeAt": "2026-11-22T10:00:00"}},
            "lid.madeAt",
            "offset",
        ),
        ({"madeOf": "x", "lid": {"isShut": True, "madeAt": "soon"}}, "lid.madeAt", "invalid"),
        ({"madeOf": "x", "boxId": "a/b"}, "boxId", "pattern"),
        ({"madeOf": "x", "boxId": "-a"}, "boxId", "pattern"),
        ([], "", "invalid"),
        ("text", "", "invalid"),
    ],
)
def test_a_wrong_type_is_refused_with_its_place(wrong: Any, field: str, code: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        BoxInput.read(wrong)
    assert refused.value.extra["errors"] == [{"field": field, "code": code, "detail": ANYTHING}]


class CrateInput(Input):
    boxes = Many(child=BoxInput(), required=False)
    labels = Many(child=Text(), max_length=2, required=False)
    lids = Many(child=BoxInput(), max_length=2_000, required=False)


@pytest.mark.parametrize(("name", "most"), [("boxes", 1_000), ("labels", 2)])
def test_a_list_that_is_too_long_is_refused_whatever_is_in_it(name: str, most: int) -> None:
    with pytest.raises(ValidationFailed) as refused:
        CrateInput.read({name: [5] * (most + 1)})
    assert refused.value.extra["errors"] == [
        {"field": name, "code": "max_length", "detail": ANYTHING}
    ]


def test_no_more_than_a_thousand_errors_are_told() -> None:
    with pytest.raises(ValidationFailed) as refused:
        CrateInput.read({"lids": [5] * 2_000})
    assert len(refused.value.extra["errors"]) == 1_000


def test_output_shows_only_what_is_named() -> None:
    class Box:
        box_id, secret, free_form = "b", "s", {"some_key": 1}
        made_at = BoxInput.read(
            {"madeOf": "x", "lid": {"isShut": True, "madeAt": "2026-01-01T00:00:00Z"}}
        )["lid"]["made_at"]

    assert BoxOutput.show(Box()) == {
        "boxId": "b",
        "madeAt": "2026-01-01T00:00:00.000Z",
        "freeForm": {"some_key": 1},
    }


@pytest.mark.parametrize(
    "raw", [b"{", b'"\\ud800"', b"NaN", b"[Infinity]", b"\xff", b"[" * 17 + b"]" * 17, b"[1,]"]
)
def test_odd_json_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_json(raw)


def test_depth_16_is_read() -> None:
    deep = read_json(b"[" * 16 + b"]" * 16)
    assert not is_too_deep(deep)
    assert is_too_deep([deep])
