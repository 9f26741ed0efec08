"""What can go wrong with files."""

from prework.errors import Problem


class UnsupportedMediaType(Problem):
    code = "unsupported_media_type"
    status = 415
    title = "Files of this type are not taken"
    default_detail = (
        "Send an image, a PDF, an Office document, text, CSV, ZIP, video or audio, "
        "and its media type as fileType."
    )


class FileTooLarge(Problem):
    code = "file_too_large"
    status = 413
    title = "The file is too large"
    default_detail = "Send a smaller file; the detail names the limit."

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"A file is at most {limit} bytes. Send a smaller one.")


class QuotaExceeded(Problem):
    code = "quota_exceeded"
    status = 413
    title = "There is no room left for the file"
    default_detail = (
        "It would be more than all files of the organisation, or of yours, may hold together. "
        "Delete some, or ask for more room; the detail says whose it is and what is left."
    )

    def __init__(self, *, owner: str, limit: int, left: int) -> None:
        whose = "your files" if owner == "user" else "the files of your organisation"
        super().__init__(
            f"Together {whose} may hold {limit} bytes, of which {left} are left. "
            "Delete some, or ask for more room.",
            quota=owner,
            left_bytes=left,
        )


class KeyMismatch(Problem):
    code = "key_mismatch"
    status = 409
    title = "The key is not the one handed out"
    default_detail = "Send the key that came with the upload URL of this file."


class InvalidSignature(Problem):
    code = "invalid_signature"
    status = 403
    title = "The URL is not one that was handed out"
    default_detail = "It was altered, or its time is over. Ask the API for the image again."


class NotAnImage(Problem):
    code = "not_an_image"
    status = 415
    title = "The file is no image that is rendered"
    default_detail = "JPEG, PNG, WebP, GIF, AVIF and TIFF are; download any other file."


class ImageUnreadable(Problem):
    code = "image_unreadable"
    status = 422
    title = "The image is broken"
    default_detail = "It is not whole, or not what its format asks for. Upload it once more."


class ImageTooLarge(Problem):
    code = "image_too_large"
    status = 422
    title = "The image takes too much to render"
    default_detail = (
        "It has too many pixels, bytes or frames. Ask for a smaller picture or another format, "
        "or download the file."
    )


class ImageBusy(Problem):
    code = "image_busy"
    status = 503
    title = "As many images as may be are being rendered"
    default_detail = "Ask again after the seconds that Retry-After names."

    def __init__(self) -> None:
        super().__init__(retry_after=2)


class UploadMissing(Problem):
    code = "upload_missing"
    status = 409
    title = "The file is not uploaded yet"
    default_detail = "Nothing was put to the upload URL yet. Put the file there, then confirm."


class UploadMismatch(Problem):
    code = "upload_mismatch"
    status = 409
    title = "What was uploaded is not what was announced"
    default_detail = (
        "Size, type, checksum or the bytes are not as announced, and the object was removed. "
        "Put the announced file to the upload URL, or ask for a new one."
    )


class PartMismatch(Problem):
    code = "part_mismatch"
    status = 409
    title = "The parts are not those of the file"
    default_detail = (
        "Parts are missing, or their ETag, size or checksum is not what S3 has. Ask for the list "
        "of parts, put what is missing, and complete with all of them."
    )


class UploadCompleted(Problem):
    code = "upload_completed"
    status = 409
    title = "The upload is complete"
    default_detail = "Its parts are put together; complete answers the file."


class UploadGone(Problem):
    code = "upload_gone"
    status = 409
    title = "The upload is gone"
    default_detail = "S3 has given up its parts. Begin the upload anew."


class NotInQuarantine(Problem):
    code = "not_in_quarantine"
    status = 409
    title = "The file is not in quarantine"
    default_detail = "It was released or removed already, or nothing was found in it."
