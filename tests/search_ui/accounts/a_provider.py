"""A small OpenID Connect provider for tests: a process of its own, real HTTP, real signatures; everybody is let in at once.

`python a_provider.py PORT FOLDER`: FOLDER/people.json says who is at the browser and what the provider does wrong.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from waitress import serve  # type: ignore[import-untyped]

CLIENT, SECRET = "luutru", "a-secret-of-the-test"


class Provider:
    """Its keys, its codes, and what it says of people."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self.folder, self.issuer = folder, issuer
        self.key, self.stranger = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2))
        self.codes: dict[str, dict[str, str]] = {}

    def says(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads((self.folder / "people.json").read_text(encoding="utf-8"))
        return value

    def configuration(self) -> dict[str, Any]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        told = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.issuer, **told, **self.says().get("configuration", {})}

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def authorize(self) -> Any:
        asked = request.args
        if asked["client_id"] != CLIENT or asked["response_type"] != "code" or asked["code_challenge_method"] != "S256":
            return Response("wrong", 400)
        code, says = secrets.token_urlsafe(), self.says()
        self.codes[code] = asked.to_dict()
        state, issuer = says.get("state", asked["state"]), says.get("answer_iss", self.issuer)
        return redirect(f"{asked['redirect_uri']}?code={code}&state={state}&iss={issuer}")

    def token(self) -> Any:
        given, asked = request.form, self.codes.pop(request.form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=")
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or request.headers.get("Authorization") != f"Basic {basic}"
            or challenge.decode() != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return {"error": "invalid_grant"}, 400
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": self._signed(asked)}

    def _signed(self, asked: dict[str, str]) -> str:
        says, now = self.says(), int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        if asked.get("prompt") == "login":
            claims["auth_time"] = now
        header = {"alg": says.get("alg", "RS256"), "kid": "one"}
        key = self.stranger if says.get("stranger") else self.key
        return jwt.encode(header, claims | says["claims"], key, algorithms=["RS256", "RS512"])


def make(folder: Path, issuer: str) -> Flask:
    app, provider = Flask("provider"), Provider(folder, issuer)
    app.get("/.well-known/openid-configuration")(provider.configuration)
    app.get("/keys")(provider.keys)
    app.get("/authorize")(provider.authorize)
    app.post("/token")(provider.token)
    return app


if __name__ == "__main__":
    port = int(sys.argv[1])
    serve(make(Path(sys.argv[2]), f"http://127.0.0.1:{port}"), host="127.0.0.1", port=port, threads=2)
