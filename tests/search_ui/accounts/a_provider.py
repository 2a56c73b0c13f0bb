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


def make(folder: Path, issuer: str) -> Flask:  # noqa: C901 - five short pages  # noqa: C901 - five short pages
    app = Flask("provider")
    key, stranger = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2))
    codes: dict[str, dict[str, str]] = {}

    def says() -> dict[str, Any]:
        value: dict[str, Any] = json.loads((folder / "people.json").read_text(encoding="utf-8"))
        return value

    @app.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, Any]:
        told = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
        return {**told, **says().get("configuration", {})}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return dict(KeySet([key]).as_dict(private=False))

    @app.get("/authorize")
    def authorize() -> Any:
        asked = request.args
        if asked["client_id"] != CLIENT or asked["response_type"] != "code" or asked["code_challenge_method"] != "S256":
            return Response("wrong", 400)
        code = secrets.token_urlsafe()
        codes[code] = {**asked.to_dict(), "at": str(int(time.time()))}
        state = says().get("state", asked["state"])
        return redirect(f"{asked['redirect_uri']}?code={code}&state={state}&iss={says().get('answer_iss', issuer)}")

    @app.post("/token")
    def token() -> Any:
        given, asked = request.form, codes.pop(request.form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=")
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or request.headers.get("Authorization") != f"Basic {basic}"
            or challenge.decode() != asked["code_challenge"]
            or given["redirect_uri"] != asked["redirect_uri"]
        ):
            return {"error": "invalid_grant"}, 400
        wrong = says()
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
        }
        if asked.get("prompt") == "login":
            claims["auth_time"] = int(time.time())
        claims |= wrong["claims"]
        header = {"alg": wrong.get("alg", "RS256"), "kid": "one"}
        signed = jwt.encode(header, claims, stranger if wrong.get("stranger") else key, algorithms=["RS256", "RS512"])
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    return app


if __name__ == "__main__":
    port = int(sys.argv[1])
    serve(make(Path(sys.argv[2]), f"http://127.0.0.1:{port}"), host="127.0.0.1", port=port, threads=2)
