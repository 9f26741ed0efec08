"""What can be asked of media."""

from django.urls import path

from media.views import (
    ConfirmUploadView,
    ImageView,
    MediaImageUrlView,
    MediaListView,
    MediaView,
    UploadUrlView,
    UserMediaView,
)

urlpatterns = [
    path("media/upload-url", UploadUrlView.as_view()),
    path("media/confirm-upload", ConfirmUploadView.as_view()),
    path("media", MediaListView.as_view()),
    path("media/<str:file_id>", MediaView.as_view()),
    path("media/<str:file_id>/image-url", MediaImageUrlView.as_view()),
    path("users/<str:user_id>/media", UserMediaView.as_view()),
]
image_urlpatterns = [path("<path:key>", ImageView.as_view())]
