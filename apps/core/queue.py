"""Handing work to the queue, which may be away."""

import logging
from typing import Any

logger = logging.getLogger(__name__)


def hand_over(task: Any, *arguments: object) -> bool:
    """Give a Celery task to the queue, once; False where it is away, which the log then says.

    `arguments` travel as text. What is to be done has to be written down already, so that somebody hands it over again.
    """
    try:
        task.apply_async(args=[str(argument) for argument in arguments], ignore_result=True, retry=False)
    except task.OperationalError:
        logger.warning("%s of %s waits for the queue to come back.", task.name, arguments[0])
        return False
    return True
