"""Addresses of facts of trade, below /api/."""

from apps.core.rest.routing import FactRouter
from apps.marketplace import api

router = FactRouter()
router.register("partners", api.Partners, basename="partner")
router.register("categories", api.Categories, basename="category")
router.register("products", api.Products, basename="product")
router.register("customers", api.Customers, basename="customer")
router.register("orders", api.Orders, basename="order")
router.register("order-lines", api.OrderLines, basename="order-line")
router.register("payments", api.Payments, basename="payment")
router.register("refunds", api.Refunds, basename="refund")
router.register("reviews", api.Reviews, basename="review")
router.register("issues", api.OrderIssues, basename="issue")
router.register("operating-costs", api.OperatingCosts, basename="operating-cost")

urlpatterns = router.urls
