"""How a model is shown: the options of one kind of page, by name, as in a stock ModelAdmin."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib.admin.utils import quote
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.filters import Choice, Days, Scope, Words
from prework.dynamoadmin.sources import Listed, Source, Start, Stretch

if TYPE_CHECKING:
    from prework.dynamoadmin.site import DynamoSite

LONGEST_ID = 1024  # bytes; a sort key has no more (DynamoDB, "Quotas and limits")
Fieldset = tuple[str | None, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """What a list is asked for: its scope, what was chosen of each filter, and the order."""

    scope: str | None
    chosen: dict[str, str | None]
    newest_first: bool
    on: str | None  # a day, a month or a year


@dataclass(frozen=True)
class Inline:
    """Related items on an object's page, read only, with a way to all of them."""

    title: str
    columns: Sequence[tuple[str, Callable[[Any], Any]]]
    rows: Callable[[HttpRequest, Any], Sequence[Any]]
    more_url: Callable[[Any], str | None] = lambda _: None
    empty: str = "None."


@dataclass(frozen=True)
class Past:
    """One thing that happened to an object."""

    at: str
    who: Any
    what: Any
    detail: Any = ""


def column(label: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A method of the options as a column or field of this name."""

    def named(method: Callable[..., Any]) -> Callable[..., Any]:
        if method.__name__ in OPTIONS:
            raise ImproperlyConfigured(f"A column cannot be named as the option {method.__name__}")
        method.short_description = label  # type: ignore[attr-defined]
        return method

    return named


class DynamoAdmin:
    """The options of a model. Subclass it, say what is shown, and where a list is read from."""

    model: ClassVar[type]
    name: ClassVar[str] = ""  # in addresses, where a model has more than one kind of page
    app_label: ClassVar[str]
    verbose_name: ClassVar[str] = ""
    verbose_name_plural: ClassVar[str] = ""
    list_display: ClassVar[Sequence[str]] = ("__str__",)
    labels: ClassVar[dict[str, str]] = {}
    filters: ClassVar[Sequence[Choice | Words]] = ()
    days: ClassVar[Days | None] = None
    search_help: ClassVar[str] = ""  # what a search looks up; none without it
    order_column: ClassVar[str | None] = None  # the column of the sort key
    is_newest_first: ClassVar[bool] = False
    page_size: ClassVar[int] = 25
    read_budget: ClassVar[int] = 500
    fieldsets: ClassVar[Sequence[Fieldset]] = ()
    inlines: ClassVar[Sequence[Inline]] = ()
    export_columns: ClassVar[Sequence[str]] = ()
    is_findable: ClassVar[bool] = True
    note: ClassVar[str] = ""

    def __init__(self, site: "DynamoSite") -> None:
        self.site = site
        name = self.name or self.model.__name__
        words = self.verbose_name or name.lower()
        self.opts = SimpleNamespace(
            app_label=self.app_label,
            model_name=name.lower(),
            object_name=name,
            label=f"{self.app_label}.{name}",
            verbose_name=words,
            verbose_name_plural=self.verbose_name_plural or f"{words}s",
            app_config=apps.get_app_config(self.app_label),
        )

    # -- to be said by a subclass -----------------------------------------------------------------

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        """Where the list is read from."""
        raise NotImplementedError

    def find(self, request: HttpRequest, object_id: str) -> Any | None:
        """The object of an id as in an address, or `None`."""
        raise NotImplementedError

    def existing(self, request: HttpRequest, object_id: str) -> Any | None:
        """What `find` finds by an id from outside; nothing by one that no key can be."""
        is_key = 0 < len(object_id.encode(errors="replace")) <= LONGEST_ID
        return self.find(request, object_id) if is_key else None

    def object_id(self, obj: Any) -> str:
        """What names an object in an address."""
        raise NotImplementedError

    def title(self, obj: Any) -> str:
        """What an object is called."""
        return str(getattr(obj, "name", None) or self.object_id(obj))

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        """The objects that a text names."""
        return ()

    def scope(self, request: HttpRequest) -> Scope | None:
        """What the list has to be within."""
        return None

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        """What can be done to objects."""
        return ()

    def tools(self, request: HttpRequest, obj: Any) -> Sequence[tuple[str, str]]:
        """Further pages of an object: address and label."""
        return ()

    def form(self, request: HttpRequest, obj: Any) -> type[forms.Form] | None:
        """The form that changes an object; fields are named as those of the fieldsets."""
        return None

    def version(self, obj: Any) -> str:
        """What says that an object is still as it was shown."""
        return str(getattr(obj, "version", ""))

    def save(self, request: HttpRequest, obj: Any, changed: dict[str, Any]) -> None:
        """Store what the form changed, if the object is still as it was. Raises `Refused`."""
        raise NotImplementedError

    def history(self, request: HttpRequest, obj: Any, start: Start) -> Stretch:
        """What happened to an object, as `Past`, newest first."""
        return Stretch()

    def viewed(self, request: HttpRequest, obj: Any) -> None:
        """An object was looked at."""

    def listed(self, request: HttpRequest, items: Iterable[Any]) -> None:
        """A page of the list was looked at, with these on it."""

    def exported(self, request: HttpRequest, asked: Asked, form: str) -> None:
        """A list is exported."""

    # -- permissions ------------------------------------------------------------------------------

    def may(self, request: HttpRequest, permission: str) -> bool:
        """Whether whoever asks may `view`, `change` or `export` here."""
        return self.site.may(request, permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As a stock site asks."""
        return self.may(request, "view")

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """As a stock site asks."""
        return {
            "add": False,
            "change": False,
            "delete": False,
            "view": self.may(request, "view"),
        }

    def actions_for(self, request: HttpRequest, obj: Any = None) -> list[Action]:
        """What whoever asks can do, to this object or to any."""
        return [
            action
            for action in self.actions(request)
            if self.may(request, action.permission) and (obj is None or action.is_for(obj))
        ]

    # -- values and addresses ---------------------------------------------------------------------

    def label(self, name: str) -> str:
        """The name of a column or field, for people."""
        method = None if name in OPTIONS else getattr(type(self), name, None)
        words = self.labels.get(name) or getattr(method, "short_description", None)
        if words:
            return str(words)
        is_title = name == "__str__"
        return str(capfirst(self.opts.verbose_name if is_title else name.replace("_", " ")))

    def value(self, obj: Any, name: str) -> Any:
        """What an object has in a column or field: by a method of the options, or by itself."""
        if name == "__str__":
            return self.title(obj)
        method = None if name in OPTIONS else getattr(self, name, None)
        return method(obj) if callable(method) else getattr(obj, name, None)

    def list_url(self, **query: str) -> str:
        """The address of the list."""
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self.site.with_query(url, query)

    def url(self, obj: Any, page: str = "change") -> str:
        """The address of an object's page."""
        return self.url_of(self.object_id(obj), page)

    def url_of(self, object_id: str, page: str = "change") -> str:
        """The address of a page of the object with this id."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(object_id)])

    def all_inlines(self) -> list[Inline]:
        """Its own, and what others have to show beside an object of its kind."""
        return [*self.inlines, *self.site.extra_inlines.get(self.opts.label, ())]

    def search_source(self, request: HttpRequest, text: str, scope: str | None) -> Source:
        """What a search has found, as a list reads it."""
        return Listed(list(self.search(request, text, scope)))


# What every kind of options has is no column: a book's `title` is the book's own.
OPTIONS = frozenset(
    {*dir(DynamoAdmin), *DynamoAdmin.__annotations__, "site", "opts"} - {"__str__"}
)
