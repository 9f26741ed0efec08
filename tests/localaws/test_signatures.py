"""Embedded AWS believes no request that its own key did not sign."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from prework.localaws import LocalAws
from tests.localaws.clients import client

CALLS = [
    ("dynamodb", "list_tables"),
    ("dynamodbstreams", "list_streams"),
    ("s3", "list_buckets"),
    ("cloudwatch", "list_metrics"),
]
WRONG_KEYS = [
    {"secret_key": "wrong"},
    {"access_key": "UNKNOWN"},
    {"access_key": "test", "secret_key": "test"},  # ministack's default root
    {"access_key": "123456789012", "secret_key": "any"},  # its numeric root accounts
]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(memory=True) as started:
        yield started


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_the_right_key_is_served(aws: LocalAws, service: str, call: str) -> None:
    with client(service, aws) as right:
        answer = getattr(right, call)()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("keys", WRONG_KEYS, ids=["secret", "unknown", "test", "account"])
@pytest.mark.parametrize(("service", "call"), CALLS)
def test_any_other_key_is_refused(
    aws: LocalAws, service: str, call: str, keys: dict[str, str]
) -> None:
    with client(service, aws, **keys) as wrong, pytest.raises(ClientError) as refusal:
        getattr(wrong, call)()
    assert refusal.value.response["Error"]["Code"] in {
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
    }


def presign(aws: LocalAws, call: str, **keys: str) -> Any:
    with client("s3", aws, **keys) as s3:
        return s3.generate_presigned_url(call, Params={"Bucket": "files", "Key": "a"})


def test_signed_urls(aws: LocalAws) -> None:
    with client("s3", aws) as s3:
        s3.create_bucket(Bucket="files")
    assert httpx.put(presign(aws, "put_object"), content=b"ok").status_code == 200
    assert httpx.get(presign(aws, "get_object")).content == b"ok"
    for call in ("put_object", "get_object"):
        method = call.partition("_")[0]
        forged = presign(aws, call, secret_key="wrong")
        assert httpx.request(method, forged).status_code == 403
        unsigned = forged.partition("?")[0]
        assert httpx.request(method, unsigned).status_code == 403
    assert httpx.get(presign(aws, "get_object")).content == b"ok"


def test_a_signed_url_takes_no_header_that_was_not_signed(aws: LocalAws) -> None:
    with client("s3", aws) as s3:
        s3.create_bucket(Bucket="theirs")
        s3.put_object(Bucket="theirs", Key="secret", Body=b"secret")
        url = s3.generate_presigned_url("put_object", Params={"Bucket": "theirs", "Key": "mine"})
        for name in ("x-amz-copy-source", "X-Amz-Meta-Owner"):
            answer = httpx.put(url, headers={name: "theirs/secret"}, content=b"x" * 2**20)
            assert answer.status_code == 403
            assert f"<HeadersNotSigned>{name.lower()}</HeadersNotSigned>" in answer.text
        assert [one["Key"] for one in s3.list_objects_v2(Bucket="theirs")["Contents"]] == [
            "secret"
        ]
        unsigned_body = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        assert httpx.put(url, headers=unsigned_body, content=b"mine").status_code == 200
