"""Side-by-side measurement: variants take turns, so that a noisy machine is noisy for all of them."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

Timings = dict[str, list[float]]


def interleaved(variants: Mapping[str, Callable[[], None]], *, rounds: int = 5, warm_up: bool = True) -> Timings:
    """Run each variant once a round, the order turned by one each round, and return the seconds of every run."""
    names = list(variants)
    timings: Timings = {name: [] for name in names}
    if warm_up:
        for name in names:
            variants[name]()
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            gc.collect()
            begun = time.perf_counter()
            variants[name]()
            timings[name].append(time.perf_counter() - begun)
    return timings


def median(seconds: Sequence[float]) -> float:
    """Return the middle of the runs."""
    return statistics.median(seconds)


def report(title: str, timings: Timings, *, baseline: str) -> dict[str, float]:
    """Print medians, spread and the ratio to the baseline; return the ratios.

    A ratio is the median of the rounds' own ratios: neighbours in time share what else the machine was doing.
    """
    ratios = {
        name: median([own / base for own, base in zip(seconds, timings[baseline], strict=True)])
        for name, seconds in timings.items()
    }
    print(f"\n{title} (median of {len(timings[baseline])}, {baseline} = 1.00)")
    for name, seconds in timings.items():
        print(
            f"  {name:<44} {median(seconds) * 1000:9.0f} ms   {min(seconds) * 1000:8.0f} .. {max(seconds) * 1000:.0f}"
            f"   {ratios[name]:5.2f}"
        )
    return ratios
