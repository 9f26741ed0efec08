"""Every AWS client comes from here: one per process, with a connection for every thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from prework import clock
from prework.errors import StorageUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# Codes by which AWS says "not now": https://docs.aws.amazon.com/general/latest/gr/api-retries.html
# AWS says not now, and has done nothing.
REFUSED_CODES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
# Or it does not say what has become of it.
TRANSIENT_CODES = REFUSED_CODES | {
    "InternalError",
    "InternalServerError",
    "RequestTimeout",
    "ServiceUnavailable",
}

MAX_CLOCK_SKEW_SECONDS = 5.0  # sealed audit windows allow for no more


def s3_endpoint_url() -> str | None:
    """Where S3 is, if that is not for AWS to say."""
    found: str | None = settings.S3_ENDPOINT_URL or settings.AWS_ENDPOINT_URL
    return found


def _client(service: Any, more: Config | None = None) -> Any:
    config = Config(
        max_pool_connections=settings.STORE_CONNECTIONS,
        connect_timeout=1,
        read_timeout=5,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    return boto3.client(
        service,
        region_name=settings.AWS_REGION,
        endpoint_url=s3_endpoint_url() if service == "s3" else settings.AWS_ENDPOINT_URL,
        config=config.merge(more) if more else config,
    )


@lru_cache(maxsize=1)
def s3() -> "S3Client":
    """The S3 client, which also presigns."""
    config = Config(
        signature_version="s3v4",  # boto3 would presign with version 2 in us-east-1
        s3={"addressing_style": "path" if s3_endpoint_url() else "virtual"},
        # Only what we ask for is signed: browsers send no checksum headers of their own accord.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client: S3Client = _client("s3", config)
    return client


@lru_cache(maxsize=1)
def sts() -> Any:
    """The client that tells who we are to AWS."""
    return _client("sts")


@lru_cache(maxsize=1)
def kms() -> Any:
    """The client of the key management service."""
    return _client("kms")


@lru_cache(maxsize=1)
def cloudwatch() -> Any:
    """The CloudWatch client: for figures, which nobody waits for."""
    return _client("cloudwatch", Config(max_pool_connections=2, disable_request_compression=True))


def secret_credentials() -> list[str]:
    """What of our credentials nobody is to see."""
    found = boto3.Session().get_credentials()
    return [secret for secret in (found.secret_key, found.token) if secret] if found else []


def clock_skew_seconds() -> float:
    """How far this clock is ahead of the store's, which is told in whole seconds."""
    answer = s3().head_bucket(Bucket=settings.MEDIA_BUCKET)
    store_time = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    return (clock.now() - store_time).total_seconds()


def is_transient(error: BaseException | None) -> bool:
    """Whether AWS failed to answer, as against answering no."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response.get("Error", {}).get("Code") in TRANSIENT_CODES or status >= 500
    return isinstance(error, BotoCoreError)


class Refused(Exception):
    """AWS has said no; the text is its code for why."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a no of an AWS service into `Refused`."""
    try:
        yield
    except ClientError as error:
        raise Refused(error.response["Error"]["Code"]) from error


@contextmanager
def answering() -> Iterator[None]:
    """Turn an AWS service that does not answer into `StorageUnavailable`."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if is_transient(error):
            raise StorageUnavailable from error
        raise
