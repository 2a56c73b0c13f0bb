from collections.abc import Iterator

import pytest

from schemas.identifiers import RecordId
from schemas.search import Filters, Hit
from search_ui.answer.find import PAGES_SHOWN, Asked, find, operator
from tests.builders import a_package, a_record_id
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.asking import put


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    fields = {
        "subject": "Về việc khen thưởng",
        "number": "1695/QĐ-SYT",
        "type": "QUYẾT ĐỊNH",
        "date": "2018-03-26",
        "issuer": "Sở Y tế",
    }
    add(
        made,
        1,
        ["bìa", "khen thưởng tập thể", *["phụ lục khen thưởng"] * 9],
        source="hộp 7/1695 qd syt.pdf",
        fields=fields,
    )
    add(made, 2, ["văn bản khác"], source="khác.pdf")
    made.follow()
    yield made
    made.archive.close()


def first(room: ARoom, text: str, **filters: tuple[str, ...]) -> Hit:
    return find(room.archive, room.index, Asked(text=text, filters=Filters(**filters)), asker=operator()).answer.hits[0]  # type: ignore[arg-type]


def test_a_hit_says_what_the_archive_says(room: ARoom) -> None:
    hit = first(room, "1695/qd-syt")
    assert hit.record == a_record_id(1)
    assert (hit.number, hit.type, hit.date, hit.issuer) == ("1695/QĐ-SYT", "Quyết định", "2018-03-26", "Sở Y tế")
    assert (hit.source, hit.fonds, hit.tier) == ("hộp 7/1695 qd syt.pdf", "CHUA-XEP", "number")


def test_a_hit_shows_its_best_pages_in_page_order_with_boxes_on_the_page(room: ARoom) -> None:
    pages = first(room, "khen thuong").pages
    assert [page.page for page in pages] == list(range(2, 2 + PAGES_SHOWN))
    assert pages[0].snippet == "<mark>khen thưởng</mark> tập thể"
    assert all(0 <= side <= 1 for page in pages for box in page.boxes for side in box)
    assert all(page.boxes for page in pages)


def test_fonds_are_named_by_code_in_filters_hits_and_facets(room: ARoom) -> None:
    answer = find(
        room.archive, room.index, Asked(text="", filters=Filters(fonds=("chua-xep",))), asker=operator()
    ).answer
    assert answer.total == 2
    assert answer.facets["fonds"] == (("CHUA-XEP", 2),)
    assert (
        find(room.archive, room.index, Asked(text="", filters=Filters(fonds=("KHÁC",))), asker=operator()).answer.total
        == 0
    )


def test_a_hit_the_archive_does_not_give_is_not_shown(room: ARoom) -> None:
    put(room.index, [(a_package(77, subject="Bí mật khen thưởng"), [])], position=room.index.position)
    answer = find(room.archive, room.index, Asked(text="bí mật"), asker=operator()).answer
    assert RecordId(a_record_id(77)) not in [hit.record for hit in answer.hits]


@pytest.mark.parametrize(("offset", "limit"), [(-5, -5), (10**12, 10**12), (0, 0)])
def test_what_is_out_of_bounds_is_brought_into_them(room: ARoom, offset: int, limit: int) -> None:
    assert (
        find(room.archive, room.index, Asked(text="văn", offset=offset, limit=limit), asker=operator()).answer.hits
        == ()
    )
