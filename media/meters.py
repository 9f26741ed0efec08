"""What is measured of files."""

from django.conf import settings

from prework.metrics.registry import Dimension, metric

OWNERS = Dimension("EntityType", lambda: settings.ENTITY_DOORS)
IMAGES_RENDERED = metric(
    "ImagesRendered",
    "how long a picture of an image took to render; their number is the sample count",
    unit="Seconds",
    smallest=0.01,
    dimensions=(Dimension("Outcome", ("made", "refused", "failed")),),
)
UPLOADS = metric(
    "Uploads",
    "files that were confirmed, by what they belong to",
    dimensions=(OWNERS,),
    properties=("OrganizationId", "EntityId"),
)
UPLOAD_BYTES = metric(
    "UploadBytes",
    "how large the confirmed files were",
    unit="Bytes",
    smallest=1024,
    dimensions=(OWNERS,),
    properties=("OrganizationId", "EntityId"),
)
