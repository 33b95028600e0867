"""Who may take which file, and that it was taken."""

import uuid
from dataclasses import dataclass
from typing import IO

from django.http import FileResponse
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.filenames import file_name
from apps.core.files import open_stored
from apps.reports.errors import NotDownloadable
from apps.reports.models import ReportDownload, ReportFile, ReportLink
from apps.reports.services import digest_of

_LONGEST_TOKEN = 64


@dataclass(frozen=True, slots=True)
class Download:
    """An open file and what it is."""

    file: ReportFile
    content: IO[bytes]


def take_file(file: ReportFile, *, user: User, address: str | None) -> Download:
    """Open a file for a member who may read it, and write down that it was taken.

    Raises:
        NotDownloadable: it is gone.

    """
    return _taken(file, link=None, user=user, address=address)


def take_by_link(*, organization_hex: str, token: str, address: str | None) -> Download | None:
    """Open the file of an address and write down that it was taken; None for whatever is wrong with the address.

    Whether it never existed, has expired or was revoked looks the same from outside, and costs the same look-up.
    """
    organization_id = _organization_id(organization_hex)
    if organization_id is None or len(token) > _LONGEST_TOKEN:
        return None
    with organization_context(organization_id):
        link = (
            ReportLink.objects.filter(digest=digest_of(token), revoked_at=None, expires_at__gt=timezone.now())
            .select_related("file", "file__report")
            .first()
        )
        if link is None or not Organization.objects.filter(pk=organization_id, is_active=True).exists():
            return None
        try:
            return _taken(link.file, link=link, user=None, address=address)
        except NotDownloadable:
            return None


def file_response(download: Download) -> FileResponse:
    """Return a file as it is stored, in parts."""
    file = download.file
    response = FileResponse(download.content, content_type=CONTENT_TYPES[file.format])
    return as_download(response, file_name(file.name.removesuffix(f".{file.format}"), file.format))


def _taken(file: ReportFile, *, link: ReportLink | None, user: User | None, address: str | None) -> Download:
    if not file.is_there:
        raise NotDownloadable
    with organization_context(file.organization_id):
        try:
            content = open_stored(file.organization_id, file.stored_name)
        except FileNotFoundError as error:
            raise NotDownloadable from error
        ReportDownload.objects.create(
            organization_id=file.organization_id, file=file, link=link, user=user, address=address
        )
    return Download(file, content)


def _organization_id(text: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(hex=text)
    except ValueError:
        return None
    return found if found.hex == text else None
