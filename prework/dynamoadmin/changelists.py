"""One page of a list, with what is needed to go on, back, narrower and into another order."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict

from prework.dynamoadmin.cursors import Trail, read_trail
from prework.dynamoadmin.options import Asked, DynamoAdmin
from prework.dynamoadmin.sources import Stretch
from prework.dynamoadmin.values import link, shown

CURSOR, SEARCH, ORDER, LOOK_UP = "p", "q", "o", "find"
LONGEST = 8_000  # of a parameter: a way back of many pages


class ChangeList:
    """What a list was asked for, and what came of it."""

    def __init__(self, request: HttpRequest, admin: DynamoAdmin) -> None:
        self.request = request
        self.admin = admin
        self.scope = admin.scope(request)
        self.params = {
            key: str(value)
            for key, value in request.GET.items()
            if value and key in self._known and len(value) <= LONGEST
        }
        self.query = self.params.get(SEARCH, "").strip()[:200] if admin.search_help else ""
        self.asked = self._asked()

    @property
    def _known(self) -> set[str]:
        """The parameters that mean something to this list."""
        names = {CURSOR, SEARCH, ORDER, LOOK_UP, *(one.param for one in self.admin.filters)}
        others = (self.scope.param if self.scope else "", getattr(self.admin.days, "param", ""))
        return names.union(others)

    @property
    def is_waiting(self) -> bool:
        """Whether it has to be said first what the list is to be within."""
        return self.scope is not None and self.asked.scope is None and not self.query

    @cached_property
    def trail(self) -> Trail:
        """How one got here. Raises `BadCursor`."""
        return read_trail(self.params.get(CURSOR, ""), self._bound_to)

    @cached_property
    def stretch(self) -> Stretch:
        """The rows."""
        if self.is_waiting:
            return Stretch()
        if self.query:
            source = self.admin.search_source(self.request, self.query, self.asked.scope)
        else:
            source = self.admin.source(self.request, self.asked)
        size, budget = self.admin.page_size, self.admin.read_budget
        return source.read(self.trail.start, size=size, budget=budget)

    @property
    def next_url(self) -> str | None:
        """The next page, or the rest of what this one's budget did not reach."""
        start = self.stretch.next_start
        if start is None:
            return None
        return self.link({CURSOR: self.trail.forward(start).sign(self._bound_to)})

    @property
    def previous_url(self) -> str | None:
        """The page before."""
        if not self.trail.starts:
            return None
        return self.link({CURSOR: self.trail.back().sign(self._bound_to)})

    def link(self, changes: dict[str, str | None]) -> str:
        """This list, but for these parameters; it begins anew unless a place is among them."""
        query = QueryDict(mutable=True)
        kept = {key: value for key, value in self.params.items() if key != CURSOR}
        query.update({key: value for key, value in {**kept, **changes}.items() if value})
        return f"?{query.urlencode()}"

    def headers(self) -> list[dict[str, Any]]:
        """The names of the columns; that of the sort key turns the order round."""
        other = "asc" if self.asked.newest_first else "desc"
        return [
            {
                "name": name,
                "text": self.admin.label(name),
                "url": self.link({ORDER: other}) if name == self.admin.order_column else None,
                "is_ascending": not self.asked.newest_first,
            }
            for name in self.admin.list_display
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Each object's id and cells; the first cell leads to its page."""
        return [self._row(obj) for obj in self.stretch.items]

    def filters(self) -> list[dict[str, Any]]:
        """What narrows the list, as its templates show it."""
        return [
            {
                "spec": spec,
                "template": spec.template,
                "hidden": self.hidden(spec.param),
                **spec.context(self.asked.chosen[spec.param], self.link),
            }
            for spec in self.admin.filters
        ]

    def _row(self, obj: Any) -> dict[str, Any]:
        values = [shown(self.admin.value(obj, name)) for name in self.admin.list_display]
        values[0] = link(self.admin.url(obj), values[0])
        cells = [
            {"name": name, "value": value}
            for name, value in zip(self.admin.list_display, values, strict=True)
        ]
        return {
            "id": self.admin.object_id(obj),
            "title": self.admin.title(obj),
            "cells": cells,
        }

    def hidden(self, param: str) -> list[tuple[str, str]]:
        """What a form that sets a parameter has to send along."""
        return [(key, value) for key, value in self.params.items() if key not in (param, CURSOR)]

    def _asked(self) -> Asked:
        chosen = {
            one.param: one.clean(self.params.get(one.param, "")) for one in self.admin.filters
        }
        days = self.admin.days
        order = self.params.get(ORDER)
        is_newest_first = order == "desc" if order else self.admin.is_newest_first
        return Asked(
            scope=self.params.get(self.scope.param) if self.scope else None,
            chosen=chosen,
            newest_first=is_newest_first,
            on=days.clean(self.params.get(days.param, "")) if days else None,
        )

    @property
    def _bound_to(self) -> str:
        asked = self.asked
        return (
            f"{self.admin.opts.label}:{asked.scope}:{asked.chosen}:{asked.newest_first}:{asked.on}"
        )
