"""Programs of others that tests need: pdftotext of poppler and LibreOffice open what we wrote, openssl certifies.

`python -m tests.documents.programs` installs them where a package manager can. Where it cannot, the tests that need
them are skipped and say so.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = {"pdftotext": "poppler-utils", "soffice": "libreoffice-calc", "openssl": "openssl"}


def needed(program):
    """Skip a test whose program is not here."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{PACKAGES[program]} is not installed")


def found(program):
    """Return where a program is."""
    return shutil.which(program)


def install():
    """Install what is missing by the system's packages; tell what is missing still."""
    for command in _ways():
        missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
        if not missing:
            return []
        subprocess.run(
            [*command, *(missing if "install" in command else [])],
            check=False,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    return [package for program, package in PACKAGES.items() if not shutil.which(program)]


def text_of(path):
    """Return the text that pdftotext reads, without the marks that it adds around what reads from the right."""
    done = subprocess.run([found("pdftotext"), "-layout", str(path), "-"], check=True, capture_output=True, timeout=120)
    return "".join(letter for letter in done.stdout.decode() if letter not in _DIRECTIONS)


def calculated(path, folder, *options):
    """Return a file as LibreOffice saves it as a workbook, all formulas calculated anew."""
    profile = (folder / "profile").as_uri()
    out = folder / "calculated"
    command = [found("soffice"), f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(out), *options, str(path)], check=True, capture_output=True, timeout=300)
    return Path(out / path.with_suffix(".xlsx").name)


_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _ways():
    if not shutil.which("apt-get"):
        return []
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if as_root and not shutil.which("sudo"):
        return []
    get = [*as_root, "apt-get", "-qq"]
    add = [*get, "install", "-y", "--no-install-recommends"]
    return [add, [*get, "update"], add]


if __name__ == "__main__":
    for package in install():
        sys.stderr.write(f"{package} could not be installed: the tests that need it are skipped.\n")
