"""What can be asked of media."""

from django.urls import path

from media.views import (
    ConfirmUploadView,
    ImageView,
    MediaImageUrlView,
    MediaListView,
    MediaView,
    MultipartCompleteView,
    MultipartPartsView,
    MultipartUploadView,
    MultipartView,
    UploadUrlView,
    UsageView,
    UserMediaView,
)

urlpatterns = [
    path("media/upload-url", UploadUrlView.as_view()),
    path("media/confirm-upload", ConfirmUploadView.as_view()),
    path("media/usage", UsageView.as_view()),
    path("media/multipart", MultipartView.as_view()),
    path("media/multipart/<str:file_id>", MultipartUploadView.as_view()),
    path("media/multipart/<str:file_id>/parts", MultipartPartsView.as_view()),
    path("media/multipart/<str:file_id>/complete", MultipartCompleteView.as_view()),
    path("media", MediaListView.as_view()),
    path("media/<str:file_id>", MediaView.as_view()),
    path("media/<str:file_id>/image-url", MediaImageUrlView.as_view()),
    path("users/<str:user_id>/media", UserMediaView.as_view()),
]
image_urlpatterns = [path("<path:key>", ImageView.as_view())]
