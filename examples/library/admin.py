"""What has pages: books in the fewest lines, readers with all that a page can have."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from pynamodb.exceptions import UpdateError

from examples.library.models import Book, Reader
from examples.library.site import site
from prework.dynamoadmin.actions import Action, Refused
from prework.dynamoadmin.filters import Choice
from prework.dynamoadmin.options import Asked, DynamoAdmin
from prework.dynamoadmin.sources import Query


@site.show
class BookAdmin(DynamoAdmin):
    model = Book  # a PynamoDB model
    app_label = "library"
    list_display = ("title", "author", "is_lent")
    fieldsets = ((None, ("title", "author")), ("More", ("is_lent", "added_at")))

    def source(self, request: HttpRequest, asked: Asked) -> Query:  # what a list reads
        return Query(Book, "BOOKS", newest_first=asked.newest_first)

    def find(self, request: HttpRequest, object_id: str) -> Book | None:
        return next(Book.query("BOOKS", Book.book_id == object_id), None)

    def object_id(self, obj: Book) -> str:
        return obj.book_id


class ReaderForm(forms.Form):
    """What can be changed."""

    name = forms.CharField(max_length=80)


@site.show
class ReaderAdmin(DynamoAdmin):
    """Readers, whom one can rename and block."""

    model = Reader
    app_label = "library"
    list_display = ("__str__", "reader_id", "is_blocked")
    order_column = "reader_id"  # the sort key, the one column that turns round
    filters = (Choice("blocked", "blocked", (("yes", "Yes"), ("no", "No"))),)
    search_help = "The id of a reader, or how it begins."
    fieldsets = ((None, ("name", "is_blocked", "block_reason")),)
    export_columns = ("reader_id", "name", "is_blocked")

    def source(self, request: HttpRequest, asked: Asked) -> Query:
        """All readers; a filter is looked at item by item, within the budget."""
        chosen = asked.chosen["blocked"]
        keep = None if chosen is None else lambda one: one.is_blocked == (chosen == "yes")
        return Query(Reader, "READERS", newest_first=asked.newest_first, keep=keep)

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Reader]:
        """By the beginning of the sort key."""
        return Reader.query("READERS", Reader.reader_id.startswith(text), limit=20)

    def find(self, request: HttpRequest, object_id: str) -> Reader | None:
        """One reader."""
        return next(Reader.query("READERS", Reader.reader_id == object_id), None)

    def object_id(self, obj: Reader) -> str:
        """The sort key."""
        return obj.reader_id

    def form(self, request: HttpRequest, obj: Reader) -> type[forms.Form]:
        """Their name."""
        return ReaderForm

    def save(self, request: HttpRequest, obj: Reader, changed: dict[str, Any]) -> None:
        """Store it, if nobody else has stored another since."""
        _store(obj, **changed)

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        """They can be blocked, with a reason."""
        return [Action("block", "Block", _block, is_for=lambda one: not one.is_blocked)]


def _block(request: HttpRequest, reader: Reader, reason: str) -> None:
    _store(reader, is_blocked=True, block_reason=reason)


def _store(reader: Reader, **changed: Any) -> None:
    """An update on the condition that the version is still the one that was read."""
    try:
        reader.update([getattr(Reader, name).set(value) for name, value in changed.items()])
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise Refused("Somebody has changed it meanwhile: open it anew.") from error
