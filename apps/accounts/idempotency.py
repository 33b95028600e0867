"""One answer per key: a request that is sent again because its answer got lost does not happen twice."""

import datetime
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from apps.accounts.models import KeptAnswer
from apps.core.database import in_transaction
from apps.core.rest.errors import Conflict, InvalidParameter

IDEMPOTENCY_HEADER = "Idempotency-Key"
KEPT_FOR = datetime.timedelta(hours=24)
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    status: int
    body: bytes
    replayed: bool = False


def answer_request(request: Any, *, organization_id: uuid.UUID, produce: Callable[[], Answer]) -> Answer:
    """Produce the answer to a request of the API; with a key in its header, once.

    Raises:
        InvalidParameter: the key is none.
        Conflict: the key was used for another request.

    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        return produce()
    return answer_once(
        organization_id=organization_id,
        user_id=request.user.pk,
        key=_checked(key),
        request=_fingerprinted(request),
        produce=produce,
    )


def answer_once(
    *, organization_id: uuid.UUID, user_id: uuid.UUID, key: str, request: bytes, produce: Callable[[], Answer]
) -> Answer:
    """Produce an answer and keep it, or return the one that is kept for this key.

    `request` is what the answer answers: method, path and body. A second request with the key waits until the first
    one's transaction ends; what raises is not kept, and nothing of it happened.

    Raises:
        Conflict: the key was used for another request.

    """
    fingerprint = hashlib.sha256(request).hexdigest()
    with in_transaction():
        try:
            with in_transaction():
                kept = KeptAnswer.objects.create(
                    organization_id=organization_id, user_id=user_id, key=key, fingerprint=fingerprint
                )
        except IntegrityError:
            return _kept(user_id, key, fingerprint)
        answer = produce()
        kept.status, kept.body = answer.status, answer.body.decode()
        kept.save(update_fields=["status", "body"])
        return answer


def forget_old_answers(*, now: datetime.datetime | None = None) -> int:
    """Delete answers older than a day; return how many. Inside the context of one organization."""
    old = KeptAnswer.objects.filter(created_at__lt=(now or timezone.now()) - KEPT_FOR)
    return int(old.delete()[0])


def _kept(user_id: uuid.UUID, key: str, fingerprint: str) -> Answer:
    kept = KeptAnswer.objects.get(user_id=user_id, key=key)
    if kept.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used for another request. Take a new one.", header=IDEMPOTENCY_HEADER)
    return Answer(status=kept.status, body=kept.body.encode(), replayed=True)


def _checked(key: str) -> str:
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        told = f"Give 1 to {_LONGEST_KEY} printable ASCII characters without spaces."
        raise InvalidParameter(IDEMPOTENCY_HEADER, message=told)
    return key


def _fingerprinted(request: Any) -> bytes:
    # Unlike the encoder of answers, this one takes integers of any size and lone surrogates, as the parser does.
    body = json.dumps(request.data, sort_keys=True, default=str).encode()
    return b"\n".join([request.method.encode(), request.path.rstrip("/").encode(), body])
