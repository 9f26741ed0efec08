"""What can be asked of the audit trail."""

from django.urls import path

from audit.views import AuditExportView, AuditView

urlpatterns = [
    path("audit", AuditView.as_view()),
    path("audit/export", AuditExportView.as_view()),
]
