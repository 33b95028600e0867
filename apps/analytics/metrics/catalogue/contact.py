"""Contact with customers."""

from apps.analytics.metrics.declarations import Metric, Unit, example
from apps.analytics.metrics.expressions import Of, percent

GROUP = "Contact"

METRICS = (
    Metric(
        key="interactions",
        label="Interactions",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Calls, e-mails, meetings, support tickets, complaints and feedback, by their day, whatever their status."
        ),
        expression=Of("interaction_count"),
        example=example("5", "a call, an e-mail, a complaint, a support ticket, a meeting"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="complaints",
        label="Complaints",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Interactions of the type complaint.",
        expression=Of("complaints"),
        example=example("1", "one"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="support_tickets",
        label="Support tickets",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Interactions of the type support ticket.",
        expression=Of("support_tickets"),
        example=example("1", "one"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="automated_interactions",
        label="Automated interactions",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Interactions by a machine rather than a person, such as reminders.",
        expression=Of("automated_interactions"),
        example=example("2", "the call and the e-mail"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="contact_success_rate",
        label="Contact success rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Successful interactions as a share of those whose success is known.",
        expression=percent(
            Of("successful_interactions"), Of("successful_interactions") + Of("unsuccessful_interactions")
        ),
        example=example("50", "the call succeeded, the e-mail did not; of the others nothing is known"),
        additive=False,
    ),
)
