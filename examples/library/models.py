"""Books in one partition by their id, readers in another: two tables as PynamoDB has them."""

from django.conf import settings
from pynamodb.attributes import (
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.models import Model


class Book(Model):
    """`BOOKS`, book id."""

    class Meta:
        table_name = "library-books"
        host = settings.DYNAMODB_URL
        region = "us-east-1"
        billing_mode = "PAY_PER_REQUEST"

    shelf = UnicodeAttribute(hash_key=True, default="BOOKS")
    book_id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    author = UnicodeAttribute()
    is_lent = BooleanAttribute(default=False)
    added_at = UTCDateTimeAttribute()


class Reader(Model):
    """`READERS`, reader id. Every write is conditional on the version that was read."""

    class Meta:
        table_name = "library-readers"
        host = settings.DYNAMODB_URL
        region = "us-east-1"
        billing_mode = "PAY_PER_REQUEST"

    group = UnicodeAttribute(hash_key=True, default="READERS")
    reader_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    is_blocked = BooleanAttribute(default=False)
    block_reason = UnicodeAttribute(null=True)
    version = VersionAttribute()
