"""``itam``: the commands and their arguments."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import duckdb
import typer

from itam import __version__
from itam.home import PROJECT_DIR, Home

app = typer.Typer(
    name="itam",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: itam sample, itam refresh, itam scorecard."
    " Exit: 0 done, 1 failed, 2 wrong use, 3 blocked, 4 published but not copied.",
)

gate = typer.Typer(help="See what the gate found, and decide.", no_args_is_help=True)
quarantine = typer.Typer(
    help="Look at rows that were set aside, and take them out to correct them.", no_args_is_help=True
)
app.add_typer(gate, name="gate")
app.add_typer(quarantine, name="quarantine")

P = ParamSpec("P")


class Role(StrEnum):
    """Who reads."""

    CIO = "cio"
    IT_OPS = "it_ops"
    FINANCE = "finance"


def parse_day(text: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day like 2026-06-30") from None


DAY = {"parser": parse_day, "metavar": "YYYY-MM-DD"}
HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="The organisation's folder.", envvar="ITAM_HOME", show_default="./data", file_okay=False
    ),
]
AsOfOption = Annotated[
    date | None, typer.Option("--as-of", parser=parse_day, metavar="YYYY-MM-DD", help="The as-of day.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def friendly(command: Callable[P, None]) -> Callable[P, None]:
    """Turn expected failures into one line on standard error and exit status 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        from itam.alerts import AlertsError
        from itam.backup import BackupError
        from itam.cli.scorecard import NoSuchDayError
        from itam.errors import RefusedError
        from itam.privacy.errors import PrivacyError
        from itam.publishing.postgresql import CopyError
        from itam.publishing.read import NothingPublishedError, NotReadOnlyError
        from itam.quality.gate import DecisionError
        from itam.quality.policy import GatePolicyError
        from itam.quality.quarantine import NoSuchDeliveryError
        from itam.refresh import RefreshError, first_line
        from itam.settings import SettingsError

        try:
            command(*args, **kwargs)
        except (
            *(NoSuchDayError, NothingPublishedError, NotReadOnlyError),
            *(
                AlertsError,
                BackupError,
                CopyError,
                DecisionError,
                GatePolicyError,
                NoSuchDeliveryError,
                PrivacyError,
                RefusedError,
                SettingsError,
            ),
        ) as error:
            stop(str(error))
        except RefreshError as error:
            stop(f"failed: {error}")
        except duckdb.Error as error:
            stop(first_line(str(error)))
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(0) from None
        except OSError as error:
            stop(f"{error.strerror}: {error.filename}" if error.filename else str(error))

    return wrapped


def stop(message: str) -> None:
    """Say why and end with 1."""
    sys.stdout.flush()
    typer.echo(message, err=True)
    raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """IT asset management KPIs you can trace: deliveries in, checked marts out."""
    os.umask(0o077)  # what is published is opened to readers one by one, everything else is the owner's
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
@friendly
def sample(
    home: HomeOption = None,
    assets: Annotated[int, typer.Option("--assets", min=1, help="Hardware assets on the last day.")] = 1000,
    as_of: AsOfOption = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Another organisation; the same arguments give the same bytes.")
    ] = 1,
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="Weekly deliveries up to the last day.")] = 60,
    daily_discovery: Annotated[bool, typer.Option("--daily-discovery", help="Discovery every day.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
) -> None:
    """Write a realistic, dirty sample organisation into the landing folder."""
    from itam.cli.output import console
    from itam.cli.progress import reporter
    from itam.sample import write_sample

    place = Home.locate(home)
    place.create()
    day = as_of or datetime.now().astimezone().date()
    with reporter(console(), quiet) as progress:
        progress.step("sample")
        made = write_sample(
            place.root,
            assets=assets,
            as_of=day,
            seed=seed,
            weeks=weeks,
            daily_discovery=daily_discovery,
            progress=lambda done, total, text: progress.detail(text, done, total),
        )
    if not quiet:
        rows = sum(made.rows_by_feed.values())
        typer.echo(
            f"A sample organisation of {assets:,} assets and {made.people:,} people over {weeks} weeks up to {day}:"
            f" {made.files:,} deliveries, {rows:,} rows, in {place.landing}"
        )


@app.command()
@friendly
def refresh(
    home: HomeOption = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            parser=parse_day,
            metavar="YYYY-MM-DD",
            help="The as-of day; without it, the day of the newest delivery. An older day than published is added.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Build all models, not only those that a change touches.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the last line: how it ended and why.")
    ] = False,
) -> None:
    """Land new deliveries, build, check and publish.

    Exit status: 0 published, 3 blocked by a check (the last good marts stay), 1 failed, 2 wrong arguments, 4 published
    here, but not copied to publish.to of settings.yml.
    """
    from itam.cli.output import console
    from itam.cli.progress import reporter
    from itam.quality import report
    from itam.refresh import UNMAPPED_SHOWN, unmapped_values
    from itam.refresh import refresh as run

    place, out = Home.locate(home), console()
    with reporter(out, quiet) as progress:
        result = run(place, as_of, progress, everything=everything)
    if not quiet:
        show_unmapped(out, unmapped_values(place), UNMAPPED_SHOWN)
        page = report.path(place, result.refresh_id)
        if page.exists():
            out.print(f"What arrived, what failed, what to do: {page}", markup=False, soft_wrap=True)
    sys.stdout.flush()
    out.print(result.line, markup=False, soft_wrap=True)
    raise typer.Exit(result.exit_code)


@app.command()
@friendly
def reland(
    since: Annotated[date, typer.Option("--since", help="Deliveries extracted since this day.", **DAY)],
    home: HomeOption = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Only this feed.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the last line.")] = False,
) -> None:
    """Read kept deliveries again since a day, then refresh: every day they count on is computed anew.

    For what was landed by an error that is mended now. Settings and mappings need it not: their changes are noticed.
    """
    from itam.cli.output import console
    from itam.cli.progress import reporter
    from itam.refresh import Reland
    from itam.refresh import refresh as run

    place, out = Home.locate(home), console()
    with reporter(out, quiet) as progress:
        result = run(place, None, progress, Reland(since, feed))
    out.print(result.line, markup=False, soft_wrap=True)
    raise typer.Exit(result.exit_code)


@app.command()
@friendly
def publish(
    home: HomeOption = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="postgresql://user@host:5432/database?sslmode=verify-full. The password comes from ~/.pgpass or"
            " PGPASSWORD.",
            show_default="publish.to of settings.yml",
        ),
    ] = None,
    without_tls: Annotated[
        bool, typer.Option("--without-tls", help="Also to another machine without encryption.")
    ] = False,
) -> None:
    """Copy the published marts into a PostgreSQL database: schema marts, swapped in in one step.

    Killed or refused, readers keep what they had; done again, nothing changes. `publish.to` in settings.yml makes every
    refresh do it.
    """
    from itam.publishing import postgresql
    from itam.settings import load_settings

    place = Home.locate(home)
    said = load_settings(place.root).publish
    url = to or said.to
    if url is None:
        raise typer.BadParameter("name a database by --to, or publish.to in settings.yml")
    typer.echo(postgresql.copy(place, url, without_tls or (to is None and said.without_tls)))


@app.command()
@friendly
def scorecard(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    role: Annotated[
        Role | None, typer.Option("--role", help="The KPIs of one reader, instead of the ten headlines.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the published KPIs: value, target, trend, coverage and money."""
    from itam.cli import scorecard as cards
    from itam.cli.output import console, print_json
    from itam.publishing.read import open_marts

    place = Home.locate(home)
    with closing(open_marts(place)) as con:
        card = cards.load(con, as_of, role)
    if as_json:
        print_json(cards.as_json(card))
    else:
        cards.show(console(), card, place)


@app.command()
@friendly
def query(
    sql: Annotated[str, typer.Argument(help="One select statement.", metavar="SQL")],
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Run a read-only query on the published marts (`show tables` lists them).

    It cannot write, attach, or read any other file.
    """
    from itam.cli.output import console, print_json, print_rows, write_csv
    from itam.publishing.read import open_marts, select

    with closing(open_marts(Home.locate(home))) as con:
        answer = select(con, sql)
        columns = [d[0] for d in answer.description or []]
        rows = answer.fetchall()
    if as_json:
        print_json([dict(zip(columns, row, strict=False)) for row in rows])
    elif as_csv:
        write_csv(columns, rows)
    else:
        print_rows(console(), columns, rows)


class ExportFormat(StrEnum):
    """What a bulk export is written as."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


@app.command()
@friendly
def export(
    to: Annotated[Path, typer.Option("--to", help="The file; its ending says the format.", dir_okay=False)],
    home: HomeOption = None,
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="A published table; several are sheets of one workbook.")
    ] = None,
    sql: Annotated[str | None, typer.Option("--query", metavar="SQL", help="One select statement instead.")] = None,
    how: Annotated[ExportFormat | None, typer.Option("--format", help="Another than the ending says.")] = None,
) -> None:
    """Write published tables, or the answer to a query, into a file of any length: Excel, CSV or Parquet.

    itam export --table kpi_results --table kpi_exceptions --to kpis.xlsx
    """
    from itam.publishing.export import export as write

    if bool(tables) == (sql is not None):
        raise typer.BadParameter("name a --table (or several), or a --query")
    named = how.value if how else to.suffix.lstrip(".").lower()
    if named not in tuple(ExportFormat):
        raise typer.BadParameter(f"--to {to.name} says no format: end it in .xlsx, .csv or .parquet, or add --format")
    made = write(Home.locate(home), tables or [], sql, ExportFormat(named).value, to.absolute())
    sheets = f" in {made.sheets} sheets" if made.sheets > 1 else ""
    typer.echo(f"{made.file}: {made.rows:,} rows{sheets}")


@app.command()
@friendly
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say what the last refresh did, what is late, blocked or quarantined, and where to look."""
    from itam.cli import status as report
    from itam.cli.output import console, print_json
    from itam.publishing.read import open_status

    place = Home.locate(home)
    with closing(open_status(place)) as con:
        if as_json:
            print_json(report.as_json(con))
        else:
            report.show(console(), con, place)


@app.command()
@friendly
def unmapped(
    home: HomeOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Lines ready to paste into policy/<seed>.csv.")] = False,
    only: Annotated[str | None, typer.Option("--seed", help="Only the lines of this seed.")] = None,
) -> None:
    """List the values no policy seed knows, with the line to add.

    Complete the lines (a ? is yours to fill): itam unmapped --csv --seed product_alias >> data/policy/product_alias.csv
    """
    from itam.cli.output import console
    from itam.landing.policy import seed_columns
    from itam.publishing.read import open_status
    from itam.refresh import unmapped_values
    from itam.spreadsheet import write_rows

    place = Home.locate(home)
    open_status(place).close()
    found = [v for v in unmapped_values(place) if only in (None, v["seed"])]
    if as_csv:
        for seed in sorted({str(v["seed"]) for v in found}):
            typer.echo(f"# {place.policy / seed}.csv", err=True)
            if not seed_columns(place.policy / f"{seed}.csv"):
                typer.echo((PROJECT_DIR / "seeds" / f"{seed}.csv").read_text(encoding="utf-8").splitlines()[0])
            lines = dict.fromkeys(str(v["seed_line"]) for v in found if v["seed"] == seed)
            write_rows(csv.writer(sys.stdout, lineterminator="\n"), csv.reader(lines))
    elif found:
        show_unmapped(console(), found, len(found))
    else:
        typer.echo("Every value is known.")


CheckArgument = Annotated[str, typer.Argument(metavar="CHECK", help="The name that `itam gate list` shows.")]
DeliveryOption = Annotated[str, typer.Option("--delivery", help="Only what it finds in this delivery.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; everybody who reads the numbers sees it.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides.", show_default="who is logged in")]


@gate.command("list")
@friendly
def gate_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """What did not pass in the last refresh, what followed from it, and the decisions in force."""
    from itam.cli import gate as report
    from itam.cli.output import console, print_json
    from itam.publishing.read import open_status

    place = Home.locate(home)
    with closing(open_status(place)) as con:
        if as_json:
            print_json(report.collect(con))
        else:
            report.show(console(), con, place)


@gate.command()
@friendly
def accept(
    check: CheckArgument,
    reason: ReasonOption,
    until: Annotated[date, typer.Option("--until", help="The last day on which it is accepted.", **DAY)],
    home: HomeOption = None,
    delivery: DeliveryOption = "",
    by: ByOption = None,
) -> None:
    """Publish in spite of what a check finds: the next refresh does, and says so wherever the number is shown."""
    from itam.cli import gate as deciding

    typer.echo(deciding.decide(Home.locate(home), "accept", check, delivery, reason, until, by))


@gate.command()
@friendly
def reject(
    check: CheckArgument,
    reason: ReasonOption,
    until: Annotated[
        date | None, typer.Option("--until", help="The last day on which it holds.", show_default="a year", **DAY)
    ] = None,
    home: HomeOption = None,
    delivery: DeliveryOption = "",
    by: ByOption = None,
) -> None:
    """Do not publish what a check finds, whatever its severity; also takes an acceptance back."""
    from itam.cli import gate as deciding

    typer.echo(deciding.decide(Home.locate(home), "reject", check, delivery, reason, until, by))


@gate.command()
@friendly
def docs(home: HomeOption = None) -> None:
    """Write Great Expectations' own pages about the warehouse as it stands, as an extra."""
    from itam.cli import gate as report

    typer.echo(report.write_docs(Home.locate(home)))


DeliveryArgument = Annotated[str, typer.Argument(metavar="DELIVERY", help="source/feed/time, as `list` shows it.")]


@quarantine.command("list")
@friendly
def quarantine_list(
    home: HomeOption = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Only this feed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Deliveries with rows set aside, or set aside as a whole, the newest first."""
    from itam.cli import quarantine as waiting
    from itam.cli.output import console, print_json
    from itam.publishing.read import open_status

    with closing(open_status(Home.locate(home))) as con:
        found = waiting.collect(con, feed)
    if as_json:
        print_json(found)
    else:
        waiting.show(console(), found)


@quarantine.command("show")
@friendly
def quarantine_show(
    delivery: DeliveryArgument,
    home: HomeOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")] = 20,
) -> None:
    """The rows of a delivery that wait, with what was expected. They may hold personal data."""
    from itam.cli import quarantine as waiting
    from itam.cli.output import console

    waiting.show_rows(console(), Home.locate(home), delivery, limit)


@quarantine.command("export")
@friendly
def quarantine_export(
    delivery: DeliveryArgument,
    home: HomeOption = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="The file.", dir_okay=False, show_default="quarantine/<delivery>.fix.csv"),
    ] = None,
) -> None:
    """Write the rows of a delivery that wait into a CSV, to be corrected and delivered again."""
    from itam.cli import quarantine as waiting

    typer.echo(waiting.export(Home.locate(home), delivery, to))


@app.command()
@friendly
def who(
    person_key: Annotated[str, typer.Argument(metavar="PERSON_KEY", help="A person_key or holder_key of the marts.")],
    home: HomeOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why you ask; it is logged.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Who a pseudonym is, and what that person holds. The question is logged: table quality.who_log."""
    from itam.cli import people
    from itam.cli.output import console, print_json

    answer = people.ask(Home.locate(home), person_key, reason)
    if as_json:
        print_json(asdict(answer))
    else:
        people.show(console(), answer)


@app.command()
@friendly
def forget(
    person_id: Annotated[str, typer.Argument(metavar="PERSON_ID", help="The person's id in the HR feed.")],
    home: HomeOption = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", help="Another name of the same person, as it stands in deliveries.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be replaced.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the last line.")] = False,
) -> None:
    """Replace a person's id, accounts and host names by random surrogates everywhere, for good, then refresh.

    Kept deliveries are rewritten and later ones are on arrival. Every KPI of every day stays what it was. Files that
    you keep outside of the home, and backups, are yours to clean.
    """
    from itam.cli import people
    from itam.cli.output import console

    place = Home.locate(home)
    people.forget(console(), place, person_id, tuple(also or ()), dry_run)
    if not dry_run:
        sys.stdout.flush()
        raise typer.Exit(people.refresh(place, quiet))


@app.command()
@friendly
def backup(
    home: HomeOption = None,
    to: Annotated[Path | None, typer.Option("--to", help="The folder.", show_default="<home>/backups")] = None,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="Remove all but the newest so many.")] = None,
) -> None:
    """Write everything of a home into one archive, while no refresh runs.

    It holds delivered rows and the secret key: keep it as you keep the home (it is readable by you alone).
    """
    from itam import backup as backups

    file = backups.backup(Home.locate(home), to, keep)
    typer.echo(f"{file}: {file.stat().st_size / 1024**2:,.1f} MiB. Back again: itam restore {file} --home …")


@app.command()
@friendly
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `itam backup` wrote.", dir_okay=False)],
    home: HomeOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Set the home that is there aside.")] = False,
) -> None:
    """Put a home back from an archive; files, rows and key are held against it before anything is replaced."""
    from itam import backup as backups

    place = Home.locate(home)
    said, aside = backups.restore(file.absolute(), place, replace)
    typer.echo(f"{place.root} is as it was on {said.made_at}: {len(said.digests):,} files, {len(said.rows)} tables.")
    if aside is not None:
        typer.echo(f"What was there is in {aside}.")
    typer.echo("Now: itam refresh")


@app.command()
@friendly
def alerts(
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    test: Annotated[str | None, typer.Option("--test", metavar="ROLE", help="Send a word to a role.")] = None,
) -> None:
    """Tell what has changed to whom alerts.yml says. Dagster does it by itself; else call this after each run."""
    from itam import alerts as telling

    place = Home.locate(home)
    lines = telling.send_test(place, test) if test else telling.tell(place, dry_run=dry_run)
    typer.echo("\n".join(lines) or "Nothing has changed.")


@app.command()
@friendly
def health(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say whether all is well. Exit status 0 well, 1 failing; what can wait for the morning is no failure."""
    from itam import health as checking
    from itam.cli.output import print_json
    from itam.refresh import utc_now

    found = checking.check(Home.locate(home), utc_now())
    if as_json:
        print_json(found.as_json())
    else:
        typer.echo("\n".join([found.status, *found.failing, *found.degraded]))
    raise typer.Exit(1 if found.failing else 0)


@app.command()
@friendly
def dashboard(
    home: HomeOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8501,
    address: Annotated[
        str, typer.Option("--address", help="Another than this machine needs sign-in in settings.yml.")
    ] = "127.0.0.1",
) -> None:
    """Open the pages: KPIs for each reader, trends, exceptions, data quality, feeds. They follow what is published."""
    from itam.dashboard.serve import serve

    serve(Home.locate(home), address, port)


class ReportFormat(StrEnum):
    """What a report is made as."""

    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"


class PackPeriod(StrEnum):
    """How often a pack of reports is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


@app.command()
@friendly
def report(
    home: HomeOption = None,
    role: Annotated[Role | None, typer.Option("--role", help="For whom.")] = None,
    as_of: AsOfOption = None,
    how: Annotated[ReportFormat, typer.Option("--format", help="A page, a PDF or a workbook.")] = ReportFormat.HTML,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file.", show_default="<home>/reports/…", dir_okay=False),
    ] = None,
    pack: Annotated[
        PackPeriod | None, typer.Option("--pack", help="Every role and format, of the last day that ends the period.")
    ] = None,
) -> None:
    """Write a report in sentences, charts and tables. Same data, same bytes."""
    from itam.reports.periodic import write_packs
    from itam.reports.write import write

    place = Home.locate(home)
    if pack is not None:
        if as_of or output:
            raise typer.BadParameter("--pack names its day and its files itself")
        made = write_packs(place, pack.value, (role.value,)) if role else write_packs(place, pack.value)
        typer.echo("\n".join(map(str, made)))
    elif role is None:
        raise typer.BadParameter("name a --role, or a --pack")
    else:
        typer.echo(str(write(place, role.value, as_of, how.value, output)))


KPIS_SHOWN = 2
"""More are a number: the table is for people, the names are in quality.unmapped_values."""


def show_unmapped(out: Any, found: list[dict[str, Any]], limit: int) -> None:
    """The values that cost most, and what to write where."""
    from itam.cli.output import table

    if not found:
        return
    made = table(
        out,
        ("Feed", "Source", "Column", "Value", "Rows", "KPIs", "Line to add", "in policy/"),
        title=f"Values no policy knows: {len(found)}",
        numbers=("Rows",),
    )
    for v in found[:limit]:
        kpis = str(v["kpis"] or "").split(", ")
        told = ", ".join(kpis) if len(kpis) <= KPIS_SHOWN else f"{len(kpis)} KPIs"
        cells = (v["feed"], v["source_system"], v["column_name"], v["value"], v["rows"], told, v["seed_line"])
        made.add_row(*(str("" if c is None else c).replace("[", "\\[") for c in (*cells, f"{v['seed']}.csv")))
    out.print(made)
    if len(found) > limit:
        out.print(f"... and {len(found) - limit} more: itam unmapped", markup=False)


def main() -> None:
    """The entry point: whatever happens, one line and an exit status."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("stopped by hand", err=True)
        sys.exit(1)
    except Exception as error:  # an error of ours: still one line, the cause is for the log
        from itam.refresh import first_line

        typer.echo(f"failed: {type(error).__name__}: {first_line(str(error))}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
