"""The commands of rights: `luutru access list`, `grant`, `limit`, `hold`, `end`, with the words the page uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from archive import registers
from archive.console import HomeOption, JsonOption, existing_home, put_json, tell, word
from archive.home import SYSTEM, Archive, open_archive
from schemas.access import Register
from schemas.identifiers import record_id
from schemas.words import spoken
from search_ui.accounts.desk import AccountDesk, By, open_accounts
from search_ui.rights import granting
from search_ui.rights.granting import Written

app = typer.Typer()
access = typer.Typer(no_args_is_help=True)
app.add_typer(access, name="access", help="Who may see what: rights given, access limits, holds.")

OnOption = Annotated[str, typer.Option("--on", help="Record id, or codes from the fonds down; empty: everything.")]
ReasonOption = Annotated[str, typer.Option(help="Why; number and day of the decision.")]
LevelOption = Annotated[str, typer.Option(help="public, agency, conditional or unpublished.")]
DayOption = Annotated[str, typer.Option(help="Last day: 26/3/2030 or 2030-03-26.")]


@contextmanager
def _opened(context: typer.Context, home: Path | None) -> Iterator[tuple[Archive, AccountDesk, By]]:
    settings = existing_home(context, home)
    desk = open_accounts(settings)
    try:
        with open_archive(settings) as archive:
            yield archive, desk, By(actor=SYSTEM, now=datetime.now(UTC), address="")
    finally:
        desk.close()


@access.command("list")
def list_(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the rights, limits and holds that stand.

    Example: luutru access list
    """
    with _opened(context, home) as (archive, desk, _by):
        entries = granting.all_shown(archive, desk, spoken())
    if as_json:
        names = ("id", "register", "whom", "where", "what", "days", "reason")
        put_json({"entries": [{name: str(getattr(each, name)) for name in names} for each in entries]})
        return
    for each in entries:
        tell(f"{each.id}  {word(f'right-register-{each.register}')}: {' · '.join(_told(each))}")


def _told(each: granting.Shown) -> list[str]:
    return [part for part in (each.whom, each.what, each.where, each.days, each.reason) if part]


@access.command()
def grant(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="accounts, anyone, role:ID, unit:CODE or a login.")],
    rung: Annotated[str, typer.Argument(help="know, read or download.")],
    home: HomeOption = None,
    on: OnOption = "",
    up_to: LevelOption = "agency",
    first_day: Annotated[str, typer.Option("--from", help="First day.")] = "",
    last_day: Annotated[str, typer.Option("--to", help="Last day.")] = "",
    reason: ReasonOption = "",
) -> None:
    """Give a right.

    Example: luutru access grant lan read --on SYT/01/HS-05 --up-to conditional --to 31/12/2026 --reason "QĐ 12/QĐ-SNV"
    """
    written = Written(
        subject=subject, rung=rung, node=on, level=up_to, first_day=first_day, last_day=last_day, reason=reason
    )
    _register(context, home, Register.GRANT, written)


@access.command()
def limit(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="Record id, or codes from the fonds down.")],
    level: LevelOption = "conditional",
    home: HomeOption = None,
    until: DayOption = "",
    then: LevelOption = "agency",
    reason: ReasonOption = "",
) -> None:
    """Limit who sees a record, a file, an inventory or a fonds, until a day or without end.

    Example: luutru access limit SYT/01/HS-05 --level unpublished --until 31/12/2030 --then public --reason "QĐ 12/QĐ-SNV"
    """
    _register(context, home, Register.LIMIT, Written(node=node, level=level, last_day=until, then=then, reason=reason))


@access.command()
def hold(
    context: typer.Context,
    home: HomeOption = None,
    on: OnOption = "",
    reason: ReasonOption = "",
) -> None:
    """Hold a record or unit: nothing of it may be disposed of.

    Example: luutru access hold --on SYT --reason "Thanh tra 2026"
    """
    _register(context, home, Register.HOLD, Written(node=on, reason=reason))


@access.command()
def end(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="Id as `access list` shows it.")],
    home: HomeOption = None,
) -> None:
    """End a right, a limit or a hold; it stays in the history.

    Example: luutru access end 0b0ee1a0-6f5c-4c5e-9a52-3b1d5d0c9f11
    """
    with _opened(context, home) as (archive, _desk, by):
        registers.end(archive, record_id(entry), actor=by.actor, now=by.now)
    tell(word("right-ended", entry=entry))


def _register(context: typer.Context, home: Path | None, kind: Register, written: Written) -> None:
    with _opened(context, home) as (archive, desk, by):
        made = granting.register(archive, granting.read_entry(archive, desk, kind, written), by=by)
    tell(word("right-registered", entry=made))
