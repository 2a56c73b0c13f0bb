"""The agency's own directory: whom it vouches for becomes, or is, an account here, with roles by its groups.

An account is known by what the directory calls the person for ever, never by its login: a local account of the same
name is not taken over. The directory's word on roles counts at each log-in.
"""

from dataclasses import replace

from schemas.settings import Settings
from search_ui.accounts import ldap_directory, people
from search_ui.accounts.desk import AccountDesk, By
from search_ui.accounts.logging_in import Directory
from search_ui.accounts.people import Vouched, one_line
from search_ui.accounts.values import Account


def directory(settings: Settings) -> Directory | None:
    """Give what asks the directory of the settings; None where there is none."""
    return _ask_ldap if settings.ldap_url else None


def _ask_ldap(desk: AccountDesk, login: str, password: str, by: By) -> Account | None:
    vouched = ldap_directory.vouch(desk.settings, login, password)
    return match(desk, vouched, by=by) if vouched else None


def match(desk: AccountDesk, vouched: Vouched, *, by: By) -> Account | None:
    """Give the account of somebody, made or brought up to date; None for who has no role here.

    Raises UsageError U040 and U041 where the directory's login cannot be one here.
    """
    roles = roles_by_group(desk.settings, vouched.groups)
    account = people.by_subject(desk, vouched.subject)
    if account is None:
        if not roles:
            return None
        made = people.new_account(vouched.login, vouched.name, now=by.now, roles=roles)
        made = replace(made, source=vouched.source, email=one_line(vouched.email, 254))
        return people.add(desk, made, by=by, subject=vouched.subject)
    now = replace(account, roles=roles, name=one_line(vouched.name) or account.name)
    if now != account:
        people.change(desk, now, by=by, guarded=False)
    return now if roles else None


def roles_by_group(settings: Settings, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Give the roles of these groups by the rule of the settings: `group=role; group=role`; a group may be a whole DN."""
    belongs = {each.casefold() for each in groups}
    found = []
    for rule in settings.directory_roles.split(";"):
        group, _, role = rule.rpartition("=")
        if group.strip().casefold() in belongs:
            found.append(role.strip())
    return tuple(dict.fromkeys(found))
