"""What media answers."""

from rest_framework.request import Request

from media import queries, services
from media.models import Media, Quota
from media.serializers import (
    CompleteMultipartInput,
    ConfirmUploadInput,
    FoundPartsOutput,
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
from prework.dynamo import Page
from prework.http.views import View, endpoint
from prework.wire import Values


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
