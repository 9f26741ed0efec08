"""AWS clients of one embedded AWS, with its own keys or with others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from boto3.session import Session
from botocore.config import Config


class Endpoint(Protocol):
    """Where an embedded AWS is, and who may use it."""

    endpoint_url: str
    access_key: str
    secret_key: str


@contextmanager
def client(service: str, aws: Endpoint, **keys: str) -> Iterator[Any]:
    """A client that tries once; `access_key=` and `secret_key=` stand in for the right ones."""
    made = Session().client(
        service,  # type: ignore[call-overload]  # any service: its type is not what is tested
        endpoint_url=aws.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=keys.get("access_key", aws.access_key),
        aws_secret_access_key=keys.get("secret_key", aws.secret_key),
        config=Config(signature_version="v4", retries={"total_max_attempts": 1}),
    )
    try:
        yield made
    finally:
        made.close()


def make_table(aws: Endpoint) -> None:
    """A table with one string key, `PK`."""
    with client("dynamodb", aws) as dynamodb:
        dynamodb.create_table(
            TableName="kept",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        )


def put_items(aws: Endpoint, *keys: str, filler: str = "") -> None:
    """One item a key."""
    with client("dynamodb", aws) as dynamodb:
        for key in keys:
            item = {"PK": {"S": key}, "filler": {"S": filler}}
            dynamodb.put_item(TableName="kept", Item=item)


def keys_in(aws: Endpoint) -> set[str]:
    """The keys of all items in the table."""
    with client("dynamodb", aws) as dynamodb:
        pages = dynamodb.get_paginator("scan").paginate(TableName="kept", ConsistentRead=True)
        return {item["PK"]["S"] for page in pages for item in page["Items"]}
