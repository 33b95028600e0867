"""Addresses of facts of contact, below /api/."""

from apps.core.rest.routing import FactRouter
from apps.engagement import api

router = FactRouter()
router.register("interactions", api.Interactions, basename="interaction")
router.register("segments", api.Segments, basename="segment")
router.register("segment-members", api.SegmentMembers, basename="segment-member")

urlpatterns = router.urls
