"""What a page of the browser could ask for without being offered it: with its session and its form's secret."""

from collections.abc import Mapping

from playwright.sync_api import APIResponse, Page


def post(page: Page, address: str, fields: Mapping[str, str], *, secret: str | None = None) -> APIResponse:
    """Return the answer, as it is: a redirection is not followed."""
    if secret is None:
        secret = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    return page.request.post(
        address, form={"csrfmiddlewaretoken": secret, **fields}, headers={"Referer": page.url}, max_redirects=0
    )
