"""Signing in with azure-identity, against a sign-in service on loopback: over TLS, with a certificate of its own."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from connectors.contract import ConnectionSetup
from connectors.microsoft365.connection import Microsoft365Connection
from connectors.microsoft365.credentials import App
from connectors.microsoft365.options import ConnectionOptions
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Retriable
from tests.connectors.http.scripted import Reply, Tool, free_port, serving
from tests.connectors.microsoft365.world import World, read

TENANT, CLIENT = "7d2a5f0e-3b51-4c07-8f0a-1f6b3a9f2c11", "6731de76-14a6-49ae-97bc-6eba6914391e"
SECRET = "s3cret-value-of-the-app"
PASSWORD = "opens-the-key"
GRANTED = Reply(json={"token_type": "Bearer", "expires_in": 3599, "access_token": "app"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem for 127.0.0.1, and app.pem: both in one, the key under a password."""
    made = tmp_path_factory.mktemp("entra")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(key).public_bytes(serialization.Encoding.PEM)
    (made / "cert.pem").write_bytes(certificate)
    (made / "key.pem").write_bytes(_pem(key, serialization.NoEncryption()))
    locked = _pem(key, serialization.BestAvailableEncryption(PASSWORD.encode()))
    (made / "app.pem").write_bytes(locked + certificate)
    return made


def _pem(key: rsa.RSAPrivateKey, lock: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "login.example.org")]), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )


@pytest.fixture
async def entra(folder: Path) -> AsyncIterator[Tool]:
    async with serving(Tool(), tls=(str(folder / "cert.pem"), str(folder / "key.pem"))) as running:
        yield running


@pytest.fixture
async def transport(folder: Path) -> dict[str, Any]:
    return {"connection_verify": str(folder / "cert.pem"), "retry_total": 0}


def connected(world: World, transport: dict[str, Any], authority: str = "https://login.example.org", **way: Any) -> Any:
    options = ConnectionOptions(authority=authority, **way)
    setup = ConnectionSetup("m365", world.url, None, options)
    made = Microsoft365Connection(setup, credentials=App(options, transport))
    world._open.append(made)
    return made


async def test_a_secret_is_changed_for_a_token_once(world: World, entra: Tool, transport: dict[str, Any]) -> None:
    entra.will(GRANTED)
    identity = await world.put()
    way = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    calendar = world.connector(connected(world, transport, entra.url, **way))
    first, second = await asyncio.gather(read(calendar), read(calendar))
    assert first.ids == second.ids == [identity]
    (asked,) = entra.seen
    assert asked.path == f"/{TENANT}/oauth2/v2.0/token"
    form = parse_qs(asked.body.decode())
    assert (form["client_id"], form["client_secret"], form["scope"]) == (
        [CLIENT],
        [SECRET],
        ["https://127.0.0.1/.default"],
    )
    assert "claims" not in form


async def test_a_certificate_signs_in(world: World, entra: Tool, transport: dict[str, Any], folder: Path) -> None:
    entra.will(GRANTED)
    way = {"certificate": folder / "app.pem", "certificate_password": SecretStr(PASSWORD)}
    await read(world.connector(connected(world, transport, entra.url, tenant=TENANT, client_id=CLIENT, **way)))
    (asked,) = entra.seen
    form = parse_qs(asked.body.decode())
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert PASSWORD not in asked.body.decode()


async def test_a_token_is_fetched_for_graph_only(entra: Tool, transport: dict[str, Any]) -> None:
    entra.will(GRANTED)
    way = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    app = App(ConnectionOptions(authority=entra.url, **way), transport)
    provider = app.provider("graph.example.org")
    assert await provider.get_authorization_token("https://graph.example.com/v1.0/users") == ""
    assert entra.seen == []
    assert await provider.get_authorization_token("https://graph.example.org/v1.0/users") == "app"
    await app.aclose()


async def test_a_managed_identity_signs_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(Tool()) as host:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{host.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "proof")
        until = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
        host.will(Reply(json={**GRANTED.json, "expires_on": str(until), "resource": "x"}))
        await read(world.connector(connected(world, {"retry_total": 0}, managed_identity=True, client_id=CLIENT)))
        assert (host.seen[0].path, CLIENT in host.seen[0].query) == ("/msi/token", True)
        await _closed(world)


async def test_a_machine_without_an_identity_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ConfigProblem, match="no managed identity"):
        await read(world.connector(connected(world, {"retry_total": 0}, managed_identity=True)))


@pytest.mark.parametrize(
    ("code", "message", "mend"),
    [
        ("AADSTS7000215", "is not the right one", "not the id"),
        ("AADSTS7000222", "has expired", "new secret"),
        ("AADSTS700016", "does not know this app", "client_id"),
        ("AADSTS90002", "no such tenant", "tenant"),
        ("AADSTS50000", "does not let the app in", "Entra administrator"),
    ],
)
async def test_a_refusal_names_the_mend_and_no_secret(
    world: World, entra: Tool, transport: dict[str, Any], code: str, message: str, mend: str
) -> None:
    """H30."""
    words = f"{code}: Something about {SECRET}. Trace ID: 1"
    entra.will(Reply(400, json={"error": "invalid_client", "error_description": words, "error_codes": [1]}))
    way = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    connection = connected(world, transport, entra.url, **way)
    with pytest.raises(ConnectAgain, match=message) as refused:
        await read(world.connector(connection))
    assert code in refused.value.message
    assert mend in refused.value.mend
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert _innermost(refused.value) is refused.value
    assert world.state.requests == []


async def test_a_refusal_is_a_finding(world: World, entra: Tool, transport: dict[str, Any]) -> None:
    entra.will(Reply(401, json={"error": "invalid_client", "error_description": "AADSTS7000222: expired"}))
    way = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    (finding,) = await connected(world, transport, entra.url, **way).check()
    assert (finding.level, finding.message) == ("error", "The secret of the app has expired (AADSTS7000222).")


@pytest.mark.parametrize("reply", [Reply(503, json={"error": "temporarily_unavailable"}), Reply(cut="before")])
async def test_a_sign_in_service_in_trouble_is_for_the_next_run(
    world: World, entra: Tool, transport: dict[str, Any], reply: Reply
) -> None:
    entra.will(*[replace(reply) for _ in range(5)])
    way = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    with pytest.raises(Retriable, match="sign-in service could not be asked"):
        await read(world.connector(connected(world, transport, entra.url, **way)))


@pytest.mark.parametrize(
    "way",
    [
        {"certificate": Path("missing.pem")},
        {"certificate": Path("key.pem")},
        {"certificate": Path("app.pem")},
        {"certificate": Path("app.pem"), "certificate_password": SecretStr("wrong")},
    ],
)
async def test_a_certificate_that_cannot_be_read_is_told(world: World, folder: Path, way: dict[str, Any]) -> None:
    options = {**way, "certificate": folder / way["certificate"], "tenant": TENANT, "client_id": CLIENT}
    with pytest.raises(ConfigProblem, match=r"certificate .*\.pem cannot be read"):
        await read(world.connector(connected(world, {}, **options)))


def _innermost(error: CopsyncError) -> BaseException:
    found: BaseException = error
    while found.__cause__ or found.__context__:
        found = found.__cause__ or found.__context__ or found
    return found


async def _closed(world: World) -> None:
    await world.close()
    world._open.clear()
