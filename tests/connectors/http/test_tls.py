"""Certificates: trusted, not trusted, and none at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.http import wire
from domain.errors import ConfigProblem
from tests.connectors.http.conftest import Connect
from tests.connectors.http.scripted import Tool, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Make a certificate for 127.0.0.1 that nobody has signed."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tool.example.org")])
    now = datetime.now(UTC)
    signed = (
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
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return str(cert_file), str(key_file)


@pytest.fixture(autouse=True)
def _fresh_trust() -> Iterator[None]:
    wire._trust.cache_clear()
    yield
    wire._trust.cache_clear()


async def test_a_certificate_that_nobody_signed_is_a_problem_of_the_settings(
    connect: Connect, certificate: tuple[str, str]
) -> None:
    async with serving(Tool(), tls=certificate) as tool:
        http = connect(tool.url)
        with pytest.raises(ConfigProblem, match=r"certificate is not trusted \(self-signed .*SSL_CERT_FILE"):
            await http.request("POST", "/tasks", json={})
        assert http.requests == 0
        assert tool.seen == []
        await http.aclose()


async def test_a_certificate_of_ones_own_can_be_trusted(
    connect: Connect, certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    async with serving(Tool(), tls=certificate) as tool:
        http = connect(tool.url)
        await http.request("POST", "/tasks", json={})
        assert len(tool.seen) == 1
        await http.aclose()


async def test_https_to_a_tool_that_does_not_speak_it(tool: Tool, connect: Connect) -> None:
    with pytest.raises(ConfigProblem, match="does not speak https"):
        await connect(tool.url.replace("http:", "https:")).request("GET", "/tasks")
