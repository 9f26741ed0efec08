"""How staff come into the admin and leave it: cookie, second factor, password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters

from accounts import queries, services
from accounts.errors import OtpRequired
from prework.errors import Problem
from prework.http.limits import hit
from prework.http.middleware import origin_of
from prework.staffsite import COOKIE, refuse, site, staff_of
from prework.tenancy import Actor

SECRETS = sensitive_post_parameters("password", "otp", "current_password", "new_password", "again")


class SignInForm(forms.Form):
    """Named as the stock page names them: `username` is the e-mail address."""

    username = forms.EmailField(
        label="E-mail address",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    otp = forms.CharField(
        label="One-time code",
        required=False,
        max_length=64,
        help_text="If you have set one up: from your app, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )


class PasswordForm(forms.Form):
    """A new password, and the current one as a proof."""

    current_password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new_password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Typed twice, so that it is what was meant."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("new_password") != cleaned.get("again"):
            self.add_error("again", "These two are not the same.")
        return cleaned


class CodeForm(forms.Form):
    """A code of the app that has just been set up."""

    otp = forms.CharField(
        label="Code", max_length=8, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )


class ProofForm(forms.Form):
    """What a second factor is replaced by: the password, for who has lost the first."""

    current_password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@SECRETS
def login(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page."""
    goal = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = reverse("admin:index")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _signed_in(request, form, goal)
        if answer is not None:
            return answer
    request.user = None  # type: ignore[assignment]  # nobody yet
    context = {
        **site.each_context(request),
        "title": "Sign in",
        "form": form,
        "next": goal,
        "app_path": request.get_full_path(),
    }
    return TemplateResponse(request, "staffsite/login.html", context)


def _signed_in(request: HttpRequest, form: SignInForm, goal: str) -> HttpResponse | None:
    data = form.cleaned_data
    try:
        hit("address", origin_of(request).ip)
        signed_in = services.sign_in_staff(
            origin=origin_of(request),
            email=data["username"],
            password=data["password"],
            otp=data["otp"] or None,
        )
    except OtpRequired:
        form.add_error("otp", "Enter the code of your app, and your password once more.")
    except Problem as problem:
        refuse(form, problem)
    else:
        rotate_token(request)
        return _with_cookie(request, HttpResponseRedirect(goal), signed_in.token)
    return None


def _with_cookie(request: HttpRequest, response: HttpResponse, token: str) -> HttpResponse:
    response.set_cookie(
        COOKIE,
        token,
        path=reverse("admin:index"),
        secure=request.is_secure() or site.is_secure,
        httponly=True,
        samesite="Strict",
    )
    return response


def logout(request: HttpRequest) -> HttpResponseBase:
    """End this sign-in; with `everywhere`, all of one's own."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:index"))
    if "everywhere" in request.POST:
        services.sign_staff_out_everywhere(staff=staff_of(request))
    else:
        services.sign_out_staff(staff=staff_of(request))
    response = HttpResponseRedirect(reverse("admin:login"))
    response.delete_cookie(COOKIE, path=reverse("admin:index"), samesite="Strict")
    return response


@SECRETS
def password_change(request: HttpRequest) -> HttpResponseBase:
    """Set another password."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.change_staff_password(
                staff=staff_of(request),
                current_password=data["current_password"],
                new_password=data["new_password"],
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, "Your password is changed. Other sign-ins have ended.")
            return HttpResponseRedirect(reverse("admin:index"))
    context = {**site.each_context(request), "title": "Change password", "form": form}
    return TemplateResponse(request, "staffsite/form.html", context)


@SECRETS
def second_factor(request: HttpRequest) -> HttpResponseBase:
    """Set up one-time codes: a QR code, then a first code as a proof. Replacing one needs more."""
    actor = staff_of(request).themself
    has_one = queries.access_user(actor, actor.user_id).mfa_enabled
    context: dict[str, Any] = {"title": "Second factor", "has_one": has_one}
    sent = request.POST if request.method == "POST" else None
    if sent is not None and "otp" in sent:
        context |= _confirmed(actor, CodeForm(sent))
    elif sent is not None:
        context |= _begun(actor, ProofForm(sent) if has_one else None)
    else:
        context["proof"] = ProofForm() if has_one else None
    page = {**site.each_context(request), **context}
    return TemplateResponse(request, "staffsite/second_factor.html", page)


def _begun(actor: Actor, proof: ProofForm | None) -> dict[str, Any]:
    if proof is not None and not proof.is_valid():
        return {"proof": proof}
    password = proof.cleaned_data["current_password"] if proof is not None else None
    try:
        enrolment = services.begin_enrolment(actor=actor, current_password=password)
    except Problem as problem:
        form = proof or ProofForm({})
        refuse(form, problem)
        return {"proof": form}
    qr = mark_safe(enrolment.qr_svg)  # noqa: S308  made by segno from our own secret
    return {"secret": enrolment.secret, "qr": qr, "form": CodeForm()}


def _confirmed(actor: Actor, form: CodeForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"form": form}
    try:
        codes = services.confirm_enrolment(actor=actor, otp=form.cleaned_data["otp"])
    except Problem as problem:
        form.add_error("otp", problem.detail)
        return {"form": form}
    return {"recovery_codes": codes}


site.pages += [
    path("login/", site.page(login), name="login"),
    path("logout/", site.admin_view(logout), name="logout"),
    path("password/", site.admin_view(password_change), name="password_change"),
    path("second-factor/", site.admin_view(second_factor), name="second_factor"),
]
