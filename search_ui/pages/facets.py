"""What narrows a list: the values of its facets with their counts, the tree of fonds, and the filters in force."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schemas.days import typed_day
from schemas.search import Answer
from search_ui.document import shown_type
from search_ui.pages.addresses import LISTS, VALUES_MOST, Arguments, address


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, its count, the link that sets or takes it away; what stands below it in the tree of fonds."""

    value: str
    count: int
    chosen: bool
    link: str
    name: str  # as it is shown: below a fonds without the codes above
    below: tuple["Choice", ...] = field(default=())

    @property
    def open(self) -> bool:
        """Say whether something chosen stands below."""
        return any(each.chosen or each.open for each in self.below)


def facets(answer: Answer, arguments: Arguments) -> list[tuple[str, list[Choice]]]:
    """Give the facets with their values; hồ sơ stand in the tree of fonds."""
    found = {name: _choices(name, answer.facets.get(name, ()), arguments) for name in LISTS}
    files = found.pop("file")
    found["fonds"] = [_with_files(each, files) for each in found["fonds"]]
    return list(found.items())


def _with_files(fonds: Choice, files: Iterable[Choice]) -> Choice:
    inside = [each for each in files if each.value.startswith(f"{fonds.value}/")]
    inside.sort(key=lambda each: each.value)
    return replace(
        fonds, below=tuple(replace(each, name=each.value.removeprefix(f"{fonds.value}/")) for each in inside)
    )


def _choices(name: str, counted: Iterable[tuple[str, int]], arguments: Arguments) -> list[Choice]:
    chosen = {_compared(name, each) for each in arguments.getlist(name)}
    if name == "year":
        counted = sorted(counted, reverse=True)
    return [
        Choice(value, count, _compared(name, value) in chosen, _toggled(name, value, arguments), name=value)
        for value, count in counted
    ]


def chips(arguments: Arguments) -> list[tuple[str, str, str]]:
    """Give the filters in force: name, value, the link that takes it away."""
    lists = [(name, each) for name in LISTS for each in dict.fromkeys(arguments.getlist(name)[:VALUES_MOST]) if each]
    chips = [(name, each, _toggled(name, each, arguments)) for name, each in lists]
    dates = [(name, arguments.get(name, "").strip()) for name in ("from", "to")]
    days = [(name, each) for name, each in dates if typed_day(each) is not None]
    return chips + [(name, each, address("/", arguments, **{name: "", "page": ""})) for name, each in days]


def _toggled(name: str, value: str, arguments: Arguments) -> str:
    now = arguments.getlist(name)
    others = [each for each in now if _compared(name, each) != _compared(name, value)]
    changes: dict[str, str | list[str]] = {name: others if len(others) < len(now) else [*now, value], "page": ""}
    return address("/", arguments, **changes)


def _compared(name: str, value: str) -> str:
    return shown_type(value) if name == "type" else value
