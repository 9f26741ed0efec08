"""What can be done with files. The bytes go straight between the client and S3."""

from media.services.completing import complete_multipart
from media.services.confirming import confirm_upload
from media.services.granting import grant_quota
from media.services.multipart import (
    MultipartUpload,
    SignedParts,
    abort_multipart,
    sign_parts,
    start_multipart,
)
from media.services.orphans import each_page, remove_orphans, sweep_orphans
from media.services.quarantine import release_media, remove_quarantined
from media.services.removing import delete_media
from media.services.rendering import render_image
from media.services.scanning import await_scans, scan_uploads
from media.services.sending import Sending, send_file
from media.services.starting import Upload, start_upload
from media.services.sweeping import (
    each_overdue,
    find_unconfirmed,
    sweep_upload,
    sweep_uploads,
)

__all__ = [
    "MultipartUpload",
    "Sending",
    "SignedParts",
    "Upload",
    "abort_multipart",
    "await_scans",
    "complete_multipart",
    "confirm_upload",
    "delete_media",
    "each_overdue",
    "each_page",
    "find_unconfirmed",
    "grant_quota",
    "release_media",
    "remove_orphans",
    "remove_quarantined",
    "render_image",
    "scan_uploads",
    "send_file",
    "sign_parts",
    "start_multipart",
    "start_upload",
    "sweep_orphans",
    "sweep_upload",
    "sweep_uploads",
]
