from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import NotFoundError
from schemas.packages import Part, Role
from search_ui.page_images import media_type, page_image, part_of
from tests.builders import a_package, a_record_id
from tests.search_ui.a_room import a_room, add


def test_pages_are_counted_through_all_parts() -> None:
    parts = tuple(
        Part(part=name, role=Role.BODY, originals=(), first_page=first, pages=pages)
        for name, first, pages in (("0001", 1, 2), ("0002", 3, 0), ("0003", 3, 4))
    )
    package = replace(a_package(), parts=parts)
    places = [part_of(package, page) for page in range(8)]
    assert [found and (found[0].part, found[1]) for found in places] == [
        None, ("0001", 1), ("0001", 2), ("0003", 1), ("0003", 2), ("0003", 3), ("0003", 4), None,
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF"])
def test_what_is_no_image_is_neither_shown_nor_kept(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotFoundError):
        media_type(content)
    made = a_room(tmp_path)
    record = add(made, 1, ["một"])
    room = replace(made.room, render=lambda *_: content)
    with pytest.raises(NotFoundError):
        page_image(room, record, page=1, width=160)
    assert not list((made.settings.cache).rglob("*-160"))
    made.archive.close()


def test_a_damaged_cache_folder_costs_time_but_no_answer(tmp_path: Path) -> None:
    made = a_room(tmp_path)
    record = add(made, 1, ["một"])
    made.settings.cache.mkdir()
    (made.settings.cache / "pages").write_text("a file where the folder should be", encoding="utf-8")
    room = made.room
    assert page_image(room, record, page=1, width=160)[1] == "image/jpeg"
    made.archive.close()


def test_an_unknown_record_has_no_image(tmp_path: Path) -> None:
    made = a_room(tmp_path)
    room = made.room
    with pytest.raises(NotFoundError):
        page_image(room, a_record_id(404), page=1, width=160)
    made.archive.close()
