"""What can be asked of the audit trail."""

from django.urls import path

from audit.views import AuditExportView, AuditView, ProofView, SealKeysView, VerifyView

urlpatterns = [
    path("audit", AuditView.as_view()),
    path("audit/export", AuditExportView.as_view()),
    path("audit/public-key", SealKeysView.as_view()),
    path("audit/verify", VerifyView.as_view()),
    path("audit/<str:audit_id>/proof", ProofView.as_view()),
]
