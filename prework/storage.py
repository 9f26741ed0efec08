"""Django's file storage for what the server writes itself: exports and renditions."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from django.conf import settings
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from prework import aws, objects

MEGABYTE = 1024 * 1024


class ServerFiles(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """The media bucket, reached as `prework.aws` reaches it; large files go up in parts.

    Settings are read when the storage is first used, not when they are loaded: only then is
    the address of an embedded AWS known.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "bucket_name": settings.MEDIA_BUCKET,
            "region_name": settings.AWS_REGION,
            "endpoint_url": aws.s3_endpoint_url(),
            "client_config": aws.s3().meta.config,
            "file_overwrite": False,
            "transfer_config": TransferConfig(
                multipart_threshold=100 * MEGABYTE,
                multipart_chunksize=10 * MEGABYTE,
                max_concurrency=4,
            ),
        }

    def delete(self, name: str) -> None:
        """Remove a file for good, with every version that the bucket keeps of it.

        Raises `StorageUnavailable`.
        """
        objects.remove_object(self._normalize_name(clean_name(name)))
