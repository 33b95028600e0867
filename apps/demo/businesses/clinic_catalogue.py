"""Tidewater Rehab's practitioners, treatments, people and phrases."""

from apps.demo.people import SYDNEY
from apps.demo.tables import PartnerRow, People, ProductRow, SegmentRow

_NAMES = (
    "Dr Mei Zhang", "Dr Tāne Ngata", "Dr Niamh O'Brien", "Dr Callum Fitzgerald", "Dr Arjun Singh",
    "Dr Saoirse Campbell", "Dr Thu Trang Đặng", "Dr Ελένη Rossi", "Dr Poppy van der Berg",
)  # fmt: skip
PRACTITIONERS = tuple(
    PartnerRow(name=name, city=("Cronulla", "Manly", "Bondi")[place % 3], region="New South Wales", capacity=14)
    for place, name in enumerate(_NAMES)
)
_TREATMENTS = (
    ("Initial assessment", "Physiotherapy", 145_00, 62_00, 0.2),
    ("Follow-up consultation", "Physiotherapy", 98_00, 45_00, 5),
    ("Long consultation", "Physiotherapy", 132_00, 60_00, 1.2), ("Remedial massage", "Massage", 110_00, 50_00, 1.5),
    ("Hydrotherapy class", "Classes", 42_00, 15_00, 1.2), ("Surf strength class", "Classes", 35_00, 12_00, 1.0),
    ("Telehealth check-in", "Physiotherapy", 75_00, 30_00, 0.6),
)  # fmt: skip
_GOODS = (
    ("Knee brace", "Supports", 89_00, 41_00, 14), ("Shoulder sling", "Supports", 54_00, 22_00, 3),
    ("Resistance band, strong", "Exercise", 24_00, 7_00, 60), ("Foam roller", "Exercise", 45_00, 18_00, 0),
    ("Heat pack", "Exercise", 19_00, 6_00, None), ("Kinesiology tape", "Supports", 17_00, 5_00, 120),
)  # fmt: skip
TREATMENTS = len(_TREATMENTS)
PRODUCTS = tuple(
    ProductRow(name=name, category=category, price=price, cost=cost, kind="service", weight=weight)
    for name, category, price, cost, weight in _TREATMENTS
) + tuple(
    ProductRow(name=name, category=category, price=price, cost=cost, stock=stock)
    for name, category, price, cost, stock in _GOODS
)
PEOPLE = People(
    names=SYDNEY, domain="tidewater-rehab", phone_prefix="+61 2", region="New South Wales",
    cities=("Cronulla", "Manly", "Bondi", "Coogee", "Maroubra", "Dee Why"), business_types=("patient",),
    channels=("gp_referral", "search", "word_of_mouth", "sports_club"),
)  # fmt: skip
REASONS = ("Class was cancelled", "Wrong item billed", "Insurer paid directly", "Goodwill")
COMMENTS = (
    "Waited an hour.", "Not for me.", "No improvement.", "Billed twice.",
    "Rushed appointment.", "Hard to park.", "Reception was short with me.", "Ran late again.",
    "It was fine.", "Okay so far.", "A bit pricey.", "Helpful, but busy.",
    "Good exercises.", "Friendly team.", "Knee is getting better.", "Clear explanations.",
    "Back in the water after six weeks! 🏄", "Ka pai, thank you.", "Best physio on the beaches.",
    "Cannot recommend enough.",
)  # fmt: skip
SUBJECTS = {
    "call": "Reminder: you have no next booking", "email": "Time for a check-up?", "meeting": "Care plan review",
    "support_ticket": "Invoice for the insurer", "complaint": "Waiting time", "feedback": "How is your recovery?",
}  # fmt: skip
SEGMENTS = (
    SegmentRow(name="Surfers", description="Came with a surfing injury.", share=0.3),
    SegmentRow(name="Post-surgery", description="Referred after an operation.", share=0.18),
    SegmentRow(name="Health fund members", description="Claims through a fund.", share=0.4),
    SegmentRow(
        name="Recall list", description="Due for a reminder.", share=0.25, rule='{"days_since_last_order": {"gte": 60}}'
    ),
)  # fmt: skip
