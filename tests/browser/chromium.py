"""The browser of the tests: the system's Chromium, or the one that playwright brings.

`python -m tests.browser.chromium` installs one where there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _of_playwright()


def install() -> bool:
    """Install a Chromium by the system's packages, else by playwright; tell whether there is one now."""
    for command in _ways():
        sys.stderr.write(f"No Chromium is here yet: {' '.join(command)}\n")
        subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        )
        if find():
            return True
    return False


def _ways() -> list[list[str]]:
    ways = []
    if shutil.which("apt-get"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        if not as_root or shutil.which("sudo"):
            get = [*as_root, "apt-get", "-qq"]
            ways += [[*get, "install", "-y", "chromium"], [*get, "update"], [*get, "install", "-y", "chromium"]]
    return [*ways, [sys.executable, "-m", "playwright", "install", "chromium"]]


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    if not find() and not install():
        sys.exit(
            "The tests in tests/browser need Chromium. Install it, or name one: CHROMIUM=/path/to/chromium make test"
        )
