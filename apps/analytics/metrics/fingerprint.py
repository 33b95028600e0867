"""What the definitions are, as a short text: an answer computed by other definitions is no answer to this question."""

import hashlib

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.measures import MEASURES

FINGERPRINT = hashlib.sha256(
    repr(
        [
            [(metric.key, metric.unit, metric.expression) for metric in METRICS.values()],
            [(measure.key, measure.columns, measure.by_order_day) for measure in MEASURES.values()],
            [(dimension.key, dimension.columns) for dimension in DIMENSIONS.values()],
        ]
    ).encode()
).hexdigest()[:16]
