"""The pages of one's own account: password, second factor, recovery codes, sessions, delegations."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, g, redirect, render_template, request
from markupsafe import Markup

from schemas.access import Permission
from schemas.days import VIETNAM, typed_day
from schemas.errors import LuutruError, UsageError
from schemas.words import word
from search_ui.accounts import credentials, delegations, door, logging_in, people, second_factor, sessions
from search_ui.accounts.agency import all_roles, permissions_of
from search_ui.accounts.desk import events
from search_ui.accounts.door import although_due, any_account, require_fresh
from search_ui.accounts.readers import STRONG
from search_ui.accounts.values import Account, Delegation, Source
from search_ui.pages.log_in import new_password
from search_ui.room import account_desk, room

OWN = "/tai-khoan"
DONE = frozenset({"password", "session", "sessions", "delegated", "delegation-ended"})

pages = Blueprint("own_account", __name__)

Page = Response | tuple[str, int] | str


def _go(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]


def _account() -> Account | None:
    """Give one's own account; the operator of a home without accounts has none."""
    return g.known.account if g.known else None


@pages.get("/tai-khoan")
@any_account
def own() -> Page:
    """Show one's own account."""
    return _shown("")


def _shown(message: str, status: int = 200) -> Page:
    account = _account()
    if account is None:
        return _go("/")
    desk = account_desk()
    done = request.args.get("xong", "")
    roles = all_roles(desk)
    own = permissions_of(account.roles, roles)
    lends = bool(own & STRONG) and not account.batch
    page = render_template(
        "own_account.html",
        account=account,
        message=message,
        done=f"account-done-{done}" if done in DONE else "",
        roles=[roles[each].name for each in account.roles if each in roles],
        own=[each for each in Permission if each in own],
        codes_left=credentials.recovery_codes_left(desk, account),
        sessions=sessions.of_account(desk, account.id, now=g.now),
        this=g.session.id,
        delegations=[_told(each, account) for each in delegations.of_account(desk, account.id)],
        people=[each for each in people.everybody(desk) if each.id != account.id and not each.locked] if lends else [],
        local=account.source is Source.LOCAL,
        events=events(desk, account.id, most=10),
        days=desk.settings.delegation_days,
    )
    return page, status


def _told(delegation: Delegation, account: Account) -> dict[str, object]:
    """Give a delegation as its giver or taker sees it."""
    given = delegation.giver == account.id
    other = people.by_id(account_desk(), delegation.taker if given else delegation.giver)
    return {
        "id": delegation.id,
        "key": "account-delegation-given" if given else "account-delegation-taken",
        "name": other.name if other else "",
        "permissions": [each for each in Permission if each in delegation.permissions],
        "starts_at": delegation.starts_at,
        "ends_at": delegation.ends_at,
        "reason": delegation.reason,
        "over": delegation.ended_at is not None or delegation.ends_at <= g.now,
    }


@pages.route("/tai-khoan/mat-khau", methods=["GET", "POST"])
@any_account
@although_due
def password() -> Page:
    """Change one's own password; the old one is asked (ASVS 6.2.3), the other sessions end."""
    account, message = _account(), ""
    if account is None or account.source is not Source.LOCAL:
        return _go(OWN if account else "/")
    if request.method == "POST":
        try:
            _change_password(account)
        except UsageError as error:
            message = error.message
        else:
            return _go(f"{OWN}?xong=password")
    settings = room().settings
    page = render_template("own_password.html", account=account, message=message, due=g.due, settings=settings)
    return page, 400 if message else 200


def _change_password(account: Account) -> None:
    desk = account_desk()
    seconds = logging_in.count(desk, account.login, door.address(), g.now)
    if seconds:
        raise UsageError("U052", word("account-wait", seconds=seconds))
    if not credentials.is_password(desk, account, request.form.get("password", "")):
        raise UsageError("U053", word("account-password-old-wrong"))
    credentials.set_password(desk, account, new_password(), by=door.by(), kept_session=g.session.id)
    logging_in.forget_attempts(desk, account.login, door.address(), now=g.now)


@pages.route("/tai-khoan/buoc-hai", methods=["GET", "POST"])
@any_account
@although_due
def second() -> Page:
    """Set up the second factor: a picture for the app, the same in letters, a code as proof; then the recovery codes."""
    account, message = _account(), ""
    if account is None:
        return _go("/")
    if account.secret:
        require_fresh()  # ASVS 7.5.1
    desk = account_desk()
    secret = _offered_secret(account) or second_factor.new_secret()
    if request.method == "POST":
        try:
            by = door.by_account(account.id)
            codes = credentials.set_second_factor(desk, account, secret, request.form.get("code", ""), by=by)
        except UsageError as error:
            message = error.message
        else:
            sessions.note_second_factor(desk, g.session)
            sessions.end_own(desk, account.id, by=by, kept=g.session.id)  # ASVS 7.4.3
            return render_template("recovery_codes.html", codes=codes)
    link = second_factor.address(secret, login=account.login, issuer=desk.settings.agency)
    page = render_template(
        "second_factor.html",
        message=message,
        due=g.due,
        link=link,
        picture=Markup(second_factor.picture(link)),  # noqa: S704 - squares drawn by us
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        sealed=desk.key.seal(f"{account.id} {secret}"),
    )
    return page, 400 if message else 200


def _offered_secret(account: Account) -> str:
    """Give the seed that this account's own page offered; it comes back sealed, so that nobody chooses it for us."""
    owner, _, secret = account_desk().key.open(request.form.get("sealed", "")).partition(" ")
    return secret if owner == account.id else ""


@pages.post("/tai-khoan/ma-du-phong")
@any_account
def recovery() -> Page:
    """Make new recovery codes."""
    require_fresh()
    account = _account()
    if account is None or not account.secret:
        return _go(OWN)
    return render_template(
        "recovery_codes.html", codes=credentials.renew_recovery_codes(account_desk(), account, by=door.by())
    )


@pages.post("/tai-khoan/phien")
@any_account
def end_sessions() -> Page:
    """End one of one's own sessions, or all but this one (ASVS 7.5.2)."""
    require_fresh()
    account = _account()
    if account is None:
        return _go("/")
    which = request.form.get("session", "")[:64]
    sessions.end_own(account_desk(), account.id, by=door.by(), which=which, kept=g.session.id)
    return _go(f"{OWN}?xong={'session' if which else 'sessions'}")


@pages.post("/tai-khoan/uy-quyen")
@any_account
def delegate() -> Page:
    """Lend permissions to somebody (ủy quyền)."""
    require_fresh()
    account = _account()
    if account is None:
        return _go("/")
    try:
        delegations.delegate(account_desk(), _wish(account), giver=account, by=door.by())
    except LuutruError as error:
        return _shown(error.message, 400)
    return _go(f"{OWN}?xong=delegated")


def _wish(account: Account) -> Delegation:
    chosen = set(request.form.getlist("permission"))
    return Delegation(
        id="",
        giver=account.id,
        taker=request.form.get("taker", "")[:36],
        permissions=frozenset(each for each in Permission if each.value in chosen),
        starts_at=day_start(request.form.get("from", "")),
        ends_at=day_start(request.form.get("to", "")) + timedelta(days=1),
        reason=request.form.get("reason", ""),
    )


def day_start(text: str) -> datetime:
    """Give the moment at which a Vietnamese calendar day begins. Raises UsageError U030."""
    day = typed_day(text.strip()[:20])
    if day is None or not "1900" < day < "2200":
        raise UsageError("U030", word("search-date", date=text[:20]))
    return datetime.fromisoformat(day).replace(tzinfo=VIETNAM)


@pages.post("/tai-khoan/uy-quyen/<delegation>/ket-thuc")
@any_account
def end_delegation(delegation: str) -> Page:
    """End a delegation that one gave or took."""
    account = _account()
    if account is None:
        return _go("/")
    delegations.end(account_desk(), delegation, account=account.id, by=door.by())
    return _go(f"{OWN}?xong=delegation-ended")
