"""Sign-on with an OpenID Connect provider, against one that speaks HTTP on this machine (promise X4)."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from accounts.models import User
from mqa_site.sign_on import openid_connect, origins
from tests.handoff import desk

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CALLBACK = "/auth/oidc/company/login/callback/"


class Provider(ThreadingHTTPServer):
    """A provider with one person, who agrees to everything. It checks client, code and PKCE as the specification asks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.person: dict[str, Any] = {"sub": "00u1", "email": "priya@desk.example", "email_verified": True}
        self.challenges: dict[str, str] = {}
        self.nonce = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Pages(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        url = self.server.url
        if path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "jwks_uri": f"{url}/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }
            )
        elif path == "/authorize":
            assert asked["client_id"] == ["desk"]
            assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
            code = f"code{len(self.server.challenges)}"
            self.server.challenges[code] = asked["code_challenge"][0]
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"][0]})
            self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
            self.end_headers()
        elif path == "/userinfo":
            assert self.headers["Authorization"] == "Bearer opaque"
            self._json(self.server.person)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        basic = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        hashed = hashlib.sha256(asked["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if basic != "desk:secret" or self.server.challenges.pop(asked["code"][0], None) != challenge:
            self._json({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.server.url, "aud": "desk", "iat": now, "exp": now + 60, **self.server.person}
        self._json(
            {"access_token": "opaque", "token_type": "Bearer", "id_token": jwt.encode(claims, KEY, algorithm="RS256")}
        )

    def _json(self, said: Any, status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.SOCIALACCOUNT_PROVIDERS = openid_connect(
        server_url=server.url, name="Northbeam ID", client_id="desk", secret="secret", trust_addresses=False
    )
    yield server
    server.shutdown()
    server.server_close()


def sign_on(client: Client) -> Any:
    """As a browser goes: the button, the provider, back."""
    gone = client.post("/auth/oidc/company/login/?process=login")
    assert gone.status_code == 302
    agreed = requests.get(gone["Location"], allow_redirects=False, timeout=5)
    back = urlsplit(agreed.headers["Location"])
    assert back.path == CALLBACK
    return client.get(f"{back.path}?{back.query}")


def signed_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.django_db
def test_somebody_whom_an_admin_added_signs_on(client: Client, provider: Provider) -> None:
    priya = desk.user("sdr", "Priya Nair")
    priya.set_password("a password that stays")
    priya.save()
    provider.person["email"] = priya.email.upper()
    assert b"Sign in with Northbeam ID" in client.get("/auth/login/").content
    assert sign_on(client)["Location"] == "/"
    assert signed_in(client) == str(priya.pk)
    priya.refresh_from_db()
    assert priya.check_password("a password that stays")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_later_the_providers_own_id_tells_who_it_is(client: Client, provider: Provider) -> None:
    priya = desk.user("sdr", "Priya Nair")
    provider.person["email"] = priya.email
    sign_on(client)
    client.logout()
    provider.person["email"] = "married@desk.example"
    sign_on(client)
    assert signed_in(client) == str(priya.pk)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"email": "stranger@desk.example"}, "Nobody at this desk signs on as stranger@desk.example"),
        ({"email_verified": False}, "Your provider has not verified priya@desk.example"),
        ({"email": ""}, "Nobody at this desk signs on as without an address"),
    ],
)
@pytest.mark.django_db
def test_nobody_else_gets_in_or_is_made(client: Client, provider: Provider, said: dict, words: str) -> None:
    User.objects.create_user("priya@desk.example", name="Priya Nair", role="sdr")
    provider.person |= said
    response = sign_on(client)
    assert response["Location"] == "/auth/login/"
    assert words in client.get("/auth/login/").content.decode()
    assert (signed_in(client), User.objects.count()) == (None, 1)


@pytest.mark.django_db
def test_a_deactivated_user_stays_out_also_one_who_has_signed_on_before(client: Client, provider: Provider) -> None:
    priya = desk.user("sdr")
    provider.person["email"] = priya.email
    sign_on(client)
    client.logout()
    User.objects.filter(pk=priya.pk).update(is_active=False)
    sign_on(client)
    assert signed_in(client) is None


@pytest.mark.django_db
def test_an_answer_that_nobody_asked_for_signs_nobody_in(client: Client, provider: Provider) -> None:
    priya = desk.user("sdr")
    provider.person["email"] = priya.email
    provider.challenges["stolen"] = "x"
    response = client.get(CALLBACK, {"code": "stolen", "state": "made up"})
    assert response["Location"] == "/auth/login/"
    assert signed_in(client) is None


@pytest.mark.django_db
def test_a_provider_that_is_down_leaves_the_password(client: Client, provider: Provider) -> None:
    gone = client.post("/auth/oidc/company/login/?process=login")
    state = parse_qs(urlsplit(gone["Location"]).query)["state"][0]
    provider.shutdown()
    provider.server_close()
    response = client.get(CALLBACK, {"code": "code0", "state": state})
    assert response["Location"] == "/auth/login/"
    assert b"Your provider does not answer." in client.get("/auth/login/").content
    assert client.post("/auth/oidc/company/login/?process=login")["Location"] == "/auth/login/"


@pytest.mark.django_db
def test_without_a_provider_there_is_no_button_and_no_door(client: Client) -> None:
    assert b"Sign in with" not in client.get("/auth/login/").content
    assert client.post("/auth/oidc/company/login/").status_code == 404
    assert openid_connect(server_url="", name="x", client_id="desk", secret="", trust_addresses=False) == {}


def test_where_the_form_may_lead_is_the_providers_origin() -> None:
    assert origins("https://login.example.com/realms/company", "", "https://a.example:8443") == [
        "https://login.example.com",
        "https://a.example:8443",
    ]
    trusting = openid_connect(server_url="https://a.example", name="x", client_id="d", secret="", trust_addresses=True)
    assert trusting["openid_connect"]["APPS"][0]["settings"]["verified_email"] is True
