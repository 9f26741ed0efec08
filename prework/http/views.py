"""The base of every view: read input, call the domain once, answer; the rest is done here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from prework import cursors
from prework.dynamo import Page, StartKey
from prework.errors import InvalidLimit, UnsupportedContentType
from prework.http import idempotency, limits
from prework.http.middleware import origin_of
from prework.http.schema import described
from prework.tenancy import Actor, Origin
from prework.wire import Input, Output, Values, read_json

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
UNREADABLE = "unreadable"
JSON_TYPES = {"", "application/json", "text/plain"}
Method = TypeVar("Method", bound=Callable[..., Any])


class View(APIView):
    """One URL. Its methods are wrapped by `endpoint`; `is_public` ones need no sign-in.

    Who may only read may only GET, unless a view `serves_readers`.
    """

    is_public = False
    serves_readers = False
    acting: Actor | None = None  # the actor under an idempotency key's claim

    def get_authenticators(self) -> list[Any]:
        return [] if self.is_public else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [] if self.is_public else list(super().get_permissions())

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limits.hit("address", self.origin.ip)
        super().initial(request, *args, **kwargs)
        if not self.is_public:
            limits.check_actor(self.actor)
            if request.method not in SAFE_METHODS and not self.serves_readers:
                self.actor.require_writable()  # before an idempotency key is claimed

    @property
    def origin(self) -> Origin:
        """Where the request came from."""
        return origin_of(self.request._request)

    @property
    def actor(self) -> Actor:
        """Who asks, with the entity tags that they named in If-Match."""
        if self.acting is not None:
            return self.acting
        named = self.request.headers.get("If-Match")
        # a tag that cannot be read is one that does not match
        tags = () if named is None else parse_etags(named) or (UNREADABLE,)
        return replace(cast(Actor, self.request.user), if_match=frozenset(tags))

    @property
    def token(self) -> str:
        """The bearer token that the request was made with."""
        return str(self.request.auth)


@dataclass(frozen=True)
class Declared:
    """What an endpoint takes and gives, for the tests that walk over all of them."""

    body: type[Input] | None
    query: type[Input] | None
    answer: type[Output] | None
    is_paged: bool


def endpoint(
    *,
    body: type[Input] | None = None,
    query: type[Input] | None = None,
    answer: type[Output] | None = None,
    status: int = 200,
    is_paged: bool = False,
    files: tuple[str, ...] = (),
    summary: str = "",
) -> Callable[[Method], Method]:
    """Make a method of a `View` an operation of the API.

    The method gets `body` and `query` as dicts of valid snake_case values, beside what the URL
    names. A paged one finds `limit` and `start` in `query` and returns a `Page`. What it
    returns is shown by `answer`; `None` is an empty 204; an `HttpResponse` goes out as it is,
    and so does a file, of one of the content types in `files`.
    """

    def decorate(method: Method) -> Method:
        @wraps(method)
        def handle(view: View, request: Request, **named: Any) -> HttpResponse:
            def work(actor: Actor | None) -> HttpResponse:
                view.acting = actor
                if body is not None:
                    named["body"] = body.read(_read_body(request), partial=_is_patch(request))
                if query is not None or is_paged:
                    named["query"] = _read_query(view, query, is_paged=is_paged)
                return _shown(view, method(view, request, **named), answer, status)

            return _once(view, request, work)

        handle.declared = Declared(body, query, answer, is_paged)  # type: ignore[attr-defined]
        return cast(
            Method,
            extend_schema(
                **described(
                    body=body,
                    query=query,
                    answer=answer,
                    status=status,
                    is_paged=is_paged,
                    files=files,
                ),
                summary=summary or (method.__doc__ or "").strip().split("\n")[0],
            )(handle),
        )

    return decorate


def _is_patch(request: Request) -> bool:
    return request.method == "PATCH"


def _once(
    view: View, request: Request, work: Callable[[Actor | None], HttpResponse]
) -> HttpResponse:
    key = request.headers.get("Idempotency-Key")
    path = request.path
    if key is None or request.method != "POST" or view.is_public or path.startswith("/api/auth/"):
        return work(None)
    return idempotency.replayed(view.actor, key, path, request._request.body, work)


def _read_body(request: Request) -> Any:
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type not in JSON_TYPES:
        raise UnsupportedContentType
    return read_json(request._request.body or b"{}")


def _read_query(view: View, query: type[Input] | None, *, is_paged: bool) -> Values:
    given = view.request.query_params.dict()
    values = query.read({name: text for name, text in given.items() if text}) if query else {}
    if is_paged:
        values["limit"] = _limit(given.get("limit"))
        values["start"] = _start(view, given.get("cursor"))
    return values


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT))
    if not is_number or not 1 <= int(text) <= MAX_LIMIT:
        raise InvalidLimit
    return int(text)


def _start(view: View, cursor: str | None) -> StartKey:
    return cursors.unseal(cursor, _binding(view)) if cursor is not None else None


def _binding(view: View) -> str:
    """What a cursor is bound to: the caller, the path and the query, whatever the page size."""
    given = sorted(view.request.query_params.items())
    rest = urlencode([(name, text) for name, text in given if name not in ("limit", "cursor")])
    actor = view.actor
    return f"{actor.organization_id}\n{actor.user_id}\n{view.request.path}\n{rest}"


def _shown(view: View, result: Any, answer: type[Output] | None, status: int) -> HttpResponse:
    if isinstance(result, HttpResponseBase):
        return cast(HttpResponse, result)
    if result is None:
        return HttpResponse(status=204)
    shown = _page(view, result, answer) if isinstance(result, Page) else _one(result, answer)
    response = HttpResponse(orjson.dumps(shown), status=status, content_type="application/json")
    etag = getattr(result, "etag", None)
    if etag:
        response["ETag"] = etag
    return response


def _one(result: Any, answer: type[Output] | None) -> Any:
    return answer.show(result) if answer is not None else result


def _page(view: View, page: Page, answer: type[Output] | None) -> Values:
    return {
        "items": [_one(item, answer) for item in page.items],
        "nextCursor": page.next_start and cursors.seal(page.next_start, _binding(view)),
        **page.extra,
    }
