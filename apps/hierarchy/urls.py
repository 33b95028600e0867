"""Addresses of the tree of accounts, below /api/."""

from apps.core.rest.routing import FactRouter
from apps.hierarchy import api

router = FactRouter()
router.register("entities", api.Entities, basename="entity")

urlpatterns = router.urls
