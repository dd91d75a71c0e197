"""What a visit costs, as ratios to a browser that only loads the two home pages.

    python -m benchmarks.fetch [--json] [--repetitions 3] [--slots 4] [--interval 1.0] [--latency 0,0]
    python -m benchmarks.fetch --scaling 4,8

Every repetition runs all arms once, in a random order, on the same sites; ratios are taken within a
repetition, because other work on the machine moves absolute figures by a fifth.
"""

import argparse
import json
import random
import statistics
import sys

from benchmarks.fetch.arms import Order
from benchmarks.fetch.running import Run, run_arm
from benchmarks.fetch.server import Served, serving

FULL_PLAN = 12
ARMS: dict[str, tuple[str, int | None, str]] = {
    "raw": ("raw", None, "(a)  leanest browser, goto + content()"),
    "stock": ("stock", None, "(a') stock launch, goto + content()"),
    "without_subpages": ("ours", 0, "(b)  our fetcher, without sub-pages"),
    "with_subpages": ("ours", FULL_PLAN, f"(b)  our fetcher, {FULL_PLAN} sub-pages"),
}
RATIOS = {
    "ratio_without_subpages": ("without_subpages", "raw", 1.5),
    "ratio_with_subpages": ("with_subpages", "raw", 1.9),
    "ratio_to_stock": ("without_subpages", "stock", 0.7),
}


def order(served: Served, arm: str, options: argparse.Namespace, **changes: object) -> Order:
    """Return the order for an arm of the table."""
    kind, max_pages, _ = ARMS[arm]
    given: dict[str, object] = {
        "arm": kind,
        "max_pages": max_pages,
        "slots": options.slots,
        "interval": options.interval,
        "mapping": served.mapping,
        "flags": served.flags,
        "resolve": served.resolve,
        "authority_pem": str(served.authority_pem),
    }
    return Order(**given | changes)  # type: ignore[arg-type]


def measure(options: argparse.Namespace) -> tuple[list[dict[str, Run]], dict[str, float]]:
    """Return the runs of every repetition, and the processor seconds a site of each stage."""
    draw = random.Random(1)
    html, asset = (float(part) / 1000 for part in options.latency.split(","))
    repetitions: list[dict[str, Run]] = []
    with serving((html, asset)) as served:
        for number in range(options.repetitions):
            names = [name for name in ARMS if name in options.arms.split(",")]
            draw.shuffle(names)
            runs = {}
            for name in names:
                print(f"repetition {number + 1} of {options.repetitions}: {name}", end=" ", file=sys.stderr, flush=True)
                runs[name] = run_arm(order(served, name, options))
                print(f"{runs[name].cpu:.2f} CPU-s a site", file=sys.stderr, flush=True)
            repetitions.append(runs)
        stages = {}
        if options.stages:
            alone = order(served, "with_subpages", options, slots=1, interval=0.0, stages=True)
            stages = run_arm(alone).stages
    return repetitions, stages


def scaling(options: argparse.Namespace) -> dict[str, float]:
    """Return the sites a minute of our fetcher without sub-pages and pauses, by the sites it may visit at a time.

    The counts take turns, so that what else the machine does meets them alike; medians.
    """
    counts = [int(part) for part in options.scaling.split(",")]
    rates: dict[int, list[float]] = {count: [] for count in counts}
    with serving() as served:
        for _ in range(options.repetitions):
            for count in counts:
                ordered = order(served, "without_subpages", options, slots=count, interval=0.0)
                rates[count].append(run_arm(ordered).rate)
    return {str(count): round(statistics.median(found), 1) for count, found in rates.items()}


def summary(repetitions: list[dict[str, Run]], stages: dict[str, float]) -> dict[str, object]:
    """Return the medians: ratios first, then each arm's own figures."""

    def median(name: str, attribute: str) -> float:
        return round(statistics.median(getattr(runs[name], attribute) for runs in repetitions), 3)

    present = [name for name in ARMS if name in repetitions[0]]
    result: dict[str, object] = {
        name: round(statistics.median(runs[over].cpu / runs[under].cpu for runs in repetitions), 3)
        for name, (over, under, _) in RATIOS.items()
        if over in present and under in present
    }
    result["targets"] = {name: target for name, (_, _, target) in RATIOS.items()}
    result["arms"] = {
        name: {
            "cpu_seconds_a_site": median(name, "cpu"),
            "sites_a_minute": median(name, "rate"),
            "seconds_a_site": median(name, "seconds"),
            "peak_memory_mb": median(name, "peak_mb"),
        }
        for name in present
    }
    result["stages_cpu_seconds_a_site"] = stages
    result["repetitions"] = len(repetitions)
    result["cpu_measured_by"] = repetitions[0][present[0]].method
    return result


def show(result: dict[str, object]) -> None:
    """Print the summary as tables."""
    print(f"{'':44}{'CPU-s/site':>11}{'sites/min':>11}{'s/site':>8}{'peak MB':>9}")
    for name, row in result["arms"].items():  # type: ignore[attr-defined]
        figures = f"{row['cpu_seconds_a_site']:11.2f}{row['sites_a_minute']:11.1f}"
        print(f"{ARMS[name][2]:44}{figures}{row['seconds_a_site']:8.1f}{row['peak_memory_mb']:9.0f}")
    for name, (_, _, target) in RATIOS.items():
        if name in result:
            print(f"{name:28} {result[name]:5.2f}   target {target}")
    stages: dict[str, float] = result["stages_cpu_seconds_a_site"]  # type: ignore[assignment]
    for name, seconds in stages.items():
        print(f"  {name:42}{seconds:11.3f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--slots", type=int, default=4, help="sites visited at a time")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between our requests to a host")
    parser.add_argument("--latency", default="0,0", help="milliseconds the server takes for a document and an asset")
    parser.add_argument("--arms", default=",".join(ARMS), help="arms to run, separated by commas")
    parser.add_argument("--stages", action=argparse.BooleanOptionalAction, default=True, help="measure each stage")
    parser.add_argument("--scaling", help="only compare sites a minute at these numbers of sites at a time")
    options = parser.parse_args()
    if options.scaling:
        print(json.dumps({"sites_a_minute_by_slots": scaling(options)}))
        return
    result = summary(*measure(options))
    print(json.dumps(result, indent=1)) if options.json else show(result)


if __name__ == "__main__":
    main()
