"""What the OpenAPI document says of an endpoint, from the same declaration that runs it."""

from functools import lru_cache
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from prework.wire import Input, Output

LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}


class ProblemOutput(Output):
    """Why a request was refused (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    permission = serializers.CharField(required=False)


class Schema(AutoSchema):
    """Names an operation by its method and view: `getTeam`, `postTeamMembers`."""

    def get_operation_id(self) -> str:
        return self.method.lower() + type(self.view).__name__.removesuffix("View")

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *self._headers()]

    def _headers(self) -> list[OpenApiParameter]:
        """The headers that operations of this method honour."""
        is_repeatable = self.method == "POST" and not self.path.startswith("/api/auth/")
        if is_repeatable and not getattr(self.view, "is_public", True):
            return [_header("Idempotency-Key", "The same key again replays the first answer.")]
        if self.method in ("PATCH", "DELETE"):
            return [_header("If-Match", "Only if the ETag is still this one: else 412.")]
        return []

    def _get_request_body(self, direction: Any = "request") -> Any:
        """The body, also of a DELETE, where a second factor may have to be proved."""
        method, self.method = self.method, "POST"
        try:
            if not self._takes_a_body(method):
                return None
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = method

    def _takes_a_body(self, method: str) -> bool:
        declared = getattr(getattr(self.view, method.lower()), "declared", None)
        return declared is not None and declared.body is not None

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.split(".")[0]]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document describes the sign-in."""

    target_class = "prework.http.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "pws_…"}


class DueMomentSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How the document describes a due date, which may be local."""

    target_class = "prework.wire.DueMoment"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        words = "With an offset, or local in dueTimezone: a time, or a day (its end)."
        forms = ["2026-12-01T17:00:00+01:00", "2026-12-01T17:00", "2026-12-01"]
        return {"type": "string", "description": words, "examples": forms}


def described(
    *,
    body: type[Input] | None,
    query: type[Input] | None,
    answer: type[Output] | None,
    status: int,
    is_paged: bool,
    files: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The arguments of `extend_schema` for an endpoint."""
    shown: Any = page_of(answer) if answer is not None and is_paged else answer
    parameters: list[Any] = [query] if query is not None and query().fields else []
    if is_paged:
        parameters += [
            OpenApiParameter("limit", LIMIT, description="How many items at most"),
            OpenApiParameter("cursor", str, description="nextCursor of the page before"),
        ]
    answers: dict[Any, Any] = {(status, kind): OpenApiTypes.BINARY for kind in files}
    if not files:
        answers = {status if shown else (status if status != 200 else 204): shown}
    return {
        "request": body,
        "responses": {**answers, "default": ProblemOutput},
        "parameters": parameters,
    }


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)


@lru_cache(maxsize=128)
def page_of(answer: type[Output]) -> type[Output]:
    """The output of a page of these."""
    name = answer.__name__.removesuffix("Output") + "PageOutput"
    fields = {
        "items": answer(many=True),
        "next_cursor": serializers.CharField(allow_null=True),
        "__doc__": f"A page of {answer.__name__}.",
    }
    return type(name, (Output,), fields)
