"""What can be done with files. The bytes go straight between the client and S3."""

from media.services.confirming import confirm_upload
from media.services.removing import delete_media
from media.services.rendering import render_image
from media.services.starting import Upload, start_upload
from media.services.sweeping import sweep_uploads

__all__ = [
    "Upload",
    "confirm_upload",
    "delete_media",
    "render_image",
    "start_upload",
    "sweep_uploads",
]
