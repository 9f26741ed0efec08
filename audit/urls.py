"""What can be asked of the audit trail."""

from django.urls import path

from audit.views import AuditView

urlpatterns = [path("audit", AuditView.as_view())]
