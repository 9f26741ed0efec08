"""What media answers."""

from datetime import datetime

from django.http import HttpResponse
from django.utils.http import content_disposition_header, parse_etags
from rest_framework.request import Request

from media import queries, services
from media.engine.variants import Variant
from media.errors import InvalidSignature
from media.models import Media, Quota, parts_of_key, version_digest
from media.serializers import (
    CompleteMultipartInput,
    ConfirmUploadInput,
    FoundPartsOutput,
    ImageUrlOutput,
    ImageUrlQuery,
    MediaOutput,
    MediaQuery,
    MultipartInput,
    MultipartOutput,
    PartsInput,
    SignedPartsOutput,
    UploadUrlInput,
    UploadUrlOutput,
    UsageOutput,
)
from prework import cdn, clock
from prework.dynamo import Page
from prework.filenames import shown_name
from prework.http.views import View, endpoint
from prework.tenancy import system_actor
from prework.wire import Values

IMAGE_TYPES = tuple(f"image/{name}" for name in cdn.FORMATS)


class UploadUrlView(View):
    @endpoint(body=UploadUrlInput, answer=UploadUrlOutput)
    def post(self, request: Request, body: Values) -> services.Upload:
        """Ask for a URL to put a file to"""
        return services.start_upload(actor=self.actor, **body)


class ConfirmUploadView(View):
    @endpoint(body=ConfirmUploadInput, answer=MediaOutput)
    def post(self, request: Request, body: Values) -> Media:
        """Confirm that a file was put"""
        return services.confirm_upload(actor=self.actor, **body)


class MultipartView(View):
    @endpoint(body=MultipartInput, answer=MultipartOutput)
    def post(self, request: Request, body: Values) -> services.MultipartUpload:
        """Begin an upload in parts"""
        return services.start_multipart(actor=self.actor, **body)


class MultipartPartsView(View):
    @endpoint(body=PartsInput, answer=SignedPartsOutput)
    def post(self, request: Request, file_id: str, body: Values) -> services.SignedParts:
        """Ask for URLs to put parts to"""
        return services.sign_parts(actor=self.actor, file_id=file_id, **body)

    @endpoint(answer=FoundPartsOutput)
    def get(self, request: Request, file_id: str) -> queries.FoundParts:
        """List the parts that S3 has"""
        return queries.list_parts(self.actor, file_id)


class MultipartCompleteView(View):
    @endpoint(body=CompleteMultipartInput, answer=MediaOutput)
    def post(self, request: Request, file_id: str, body: Values) -> Media:
        """Make the parts one file"""
        return services.complete_multipart(actor=self.actor, file_id=file_id, **body)


class MultipartUploadView(View):
    @endpoint()
    def delete(self, request: Request, file_id: str) -> None:
        """Give up an upload in parts"""
        services.abort_multipart(actor=self.actor, file_id=file_id)


class MediaListView(View):
    @endpoint(query=MediaQuery, answer=MediaOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """List the files of a document, team or user, or one's own"""
        if "entity_id" in query:
            return queries.list_entity_media(self.actor, **query)
        return queries.list_user_media(self.actor, self.actor.user_id, **query)


class UsageView(View):
    @endpoint(answer=UsageOutput)
    def get(self, request: Request) -> dict[str, Quota]:
        """Get how much room one's own files and the organisation's take, and may take"""
        return queries.load_usage(self.actor, self.actor.user_id)


class UserMediaView(View):
    @endpoint(answer=MediaOutput, is_paged=True)
    def get(self, request: Request, user_id: str, query: Values) -> Page:
        """List what a user uploaded"""
        return queries.list_user_media(self.actor, user_id, **query)


class MediaView(View):
    @endpoint(answer=MediaOutput)
    def get(self, request: Request, file_id: str) -> Media:
        """Get a file, with a link to its bytes"""
        return queries.access_media(self.actor, file_id)

    @endpoint()
    def delete(self, request: Request, file_id: str) -> None:
        """Delete a file"""
        services.delete_media(actor=self.actor, file_id=file_id)


class MediaImageUrlView(View):
    @endpoint(query=ImageUrlQuery, answer=ImageUrlOutput)
    def get(self, request: Request, file_id: str, query: Values) -> Values:
        """Get a URL of an image in another size or format"""
        media = queries.access_image(self.actor, file_id)
        url = cdn.image_url(media.s3_key, str(media.s3_version_id), **query)
        return {"url": url, "expires_at": clock.to_text(cdn.expires_at())}


class ImageView(View):
    is_public = True

    @endpoint(files=IMAGE_TYPES)
    def get(self, request: Request, key: str) -> HttpResponse:
        """Get an image by a URL that the API handed out"""
        opened = cdn.open_url(key, request.META["QUERY_STRING"])
        if opened is None:
            raise InvalidSignature
        actor = system_actor(parts_of_key(key)[0], origin=self.origin)
        media, variant = queries.access_signed_image(actor, opened), _variant(opened)
        headers = _image_headers(media, variant, opened.expires_at)
        if headers["ETag"] in _known_tags(request):
            return HttpResponse(status=304, headers=headers)
        picture = services.render_image(actor=actor, media=media, variant=variant)
        return HttpResponse(picture, content_type=variant.content_type, headers=headers)


def _variant(opened: cdn.Opened) -> Variant:
    return Variant(
        width=opened.width,
        height=opened.height,
        fit=opened.fit,
        format=opened.format,
        quality=opened.quality,
    )


def _image_headers(media: Media, variant: Variant, expires_at: datetime) -> dict[str, str]:
    """What a CDN and any page that shows the image need, and nothing that runs there."""
    seconds = max(0, int((expires_at - clock.now()).total_seconds()))
    name = f"{shown_name(media.file_name).rpartition('.')[0] or 'image'}.{variant.format}"
    return {
        "ETag": f'"{version_digest(media)}-{variant.name}"',
        "Cache-Control": f"public, max-age={seconds}, immutable",
        "Content-Disposition": str(content_disposition_header(False, name)),
        "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


def _known_tags(request: Request) -> set[str]:
    """The tags in If-None-Match, which are compared weakly (RFC 9110 §13.1.2)."""
    named = parse_etags(request.headers.get("If-None-Match", ""))
    return {tag.removeprefix("W/") for tag in named}
