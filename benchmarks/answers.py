"""Whether answers mix two moments, while facts and attributes change and a refresher runs without pause.

    python benchmarks/answers.py [--answers 10000]

Makes a database of its own on the server of the settings (`DATABASE_URL`, or the embedded one), and drops it. No two
questions are the same, so each is computed; an answer is mixed where its days, partners, categories or channels do not
give its totals, to the cent. Target: none.
"""

import argparse
import sys
import time

from histories import create_database, drop_database, use

from tests.analytics.answers.asking import ask_in_a_loop, make_trade
from tests.builders import make_organization

DATABASE = "bellwether_answers"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=10_000)
    options = parser.parse_args()
    drop_database(DATABASE)
    create_database(DATABASE)
    try:
        organization = make_organization("asked", timezone="America/New_York")
        orders = make_trade(organization)
        begun = time.perf_counter()
        tally = ask_in_a_loop(organization, orders, options.answers)
        seconds = time.perf_counter() - begun
    finally:
        drop_database(DATABASE)
        use("postgres")
    print(
        f"{tally.asked:,} answers, {tally.mixed:,} mixed"
        f" ({tally.computed:,} computed, {tally.versions:,} versions, {seconds:.0f} s)"
    )
    sys.exit(bool(tally.mixed))


if __name__ == "__main__":
    main()
