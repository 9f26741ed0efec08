"""What can be asked of accounts."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("auth/register", views.RegisterView.as_view()),
    path("auth/login", views.LoginView.as_view()),
    path("auth/logout", views.LogoutView.as_view()),
    path("auth/me", views.MeView.as_view()),
    path("auth/sessions", views.SessionsView.as_view()),
    path("auth/sessions/<str:session_id>", views.SessionView.as_view()),
    path("auth/password", views.PasswordView.as_view()),
    path("auth/password-reset", views.PasswordResetView.as_view()),
    path("auth/password-reset/confirm", views.PasswordResetConfirmView.as_view()),
    path("auth/mfa/totp", views.TotpView.as_view()),
    path("auth/mfa/totp/confirm", views.TotpConfirmView.as_view()),
    path("auth/ws-ticket", views.TicketView.as_view()),
    path("users", views.UsersView.as_view()),
    path("users/<str:user_id>", views.UserView.as_view()),
    path("organization", views.OrganizationView.as_view()),
]
