"""All businesses of the demonstration, in the order they are loaded."""

from apps.demo.businesses.base import Business
from apps.demo.businesses.clinic import Clinic
from apps.demo.businesses.laundry import Laundry
from apps.demo.businesses.shop import Shop
from apps.demo.businesses.wholesale import Wholesale

BUSINESSES: dict[str, Business] = {
    business.profile.slug: business for business in (Laundry(), Wholesale(), Clinic(), Shop())
}
