"""What can be asked of media."""

from django.urls import path

from media.views import (
    ConfirmUploadView,
    MediaListView,
    MediaView,
    UploadUrlView,
    UsageView,
    UserMediaView,
)

urlpatterns = [
    path("media/upload-url", UploadUrlView.as_view()),
    path("media/confirm-upload", ConfirmUploadView.as_view()),
    path("media/usage", UsageView.as_view()),
    path("media", MediaListView.as_view()),
    path("media/<str:file_id>", MediaView.as_view()),
    path("users/<str:user_id>/media", UserMediaView.as_view()),
]
