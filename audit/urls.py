"""What can be asked of the audit trail."""

from django.urls import path

from audit.views import (
    AuditExportView,
    AuditView,
    ProofView,
    PublicKeysView,
    VerifyView,
)

urlpatterns = [
    path("audit", AuditView.as_view()),
    path("audit/export", AuditExportView.as_view()),
    path("audit/public-key", PublicKeysView.as_view()),
    path("audit/verify", VerifyView.as_view()),
    path("audit/<str:audit_id>/proof", ProofView.as_view()),
]
