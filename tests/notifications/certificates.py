"""Certificates of tests, each its own authority."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.documents.programs import found


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path

    def as_server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path, names: str) -> Certificate:
    """Return one that is valid today, for names such as `DNS:localhost,IP:127.0.0.1`."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    command = [found("openssl"), "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    says = ["-days", "2", "-subj", "/CN=mail.test", "-addext", f"subjectAltName={names}"]
    uses = ["-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    files = ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run([*command, *says, *uses, *files], check=True, capture_output=True, timeout=60)
    return made
