"""The store: the same tests for the folder and for memory, then what only a folder has."""

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from ocfl.storage_root import StorageRoot
from ocfl.validator import Validator

from archive import ocfl
from archive.keeping import About, ObjectExistsError, Piece, Store
from archive.memory import MemoryStore
from archive.ocfl_check import check_object, check_storage_root
from archive.store import Disk, FolderStore
from archive.streams import FolderFiles
from schemas.errors import IntegrityError, NotFoundError, TryLaterError
from schemas.identifiers import Sha512

ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"
TWO = "urn:uuid:00000000-0000-4000-8000-000000000002"


def a_folder_store(folder: Path) -> FolderStore:
    store = FolderStore(folder / "storage")
    store.create()
    return store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else a_folder_store(tmp_path)


def about(version: int = 1) -> About:
    return About(version=version, created="2026-03-02T08:30:00+00:00", message="test", actor="system")


def sha512(data: bytes) -> Sha512:
    return Sha512(hashlib.sha512(data).hexdigest())


def put_one(store: Store, **files: bytes) -> None:
    pieces = {path.replace("__", "/"): Piece(source=data) for path, data in files.items()}
    store.put(ONE, pieces or {"original/0001.txt": Piece(source=b"one")}, about())


def test_what_is_put_can_be_read(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    stored = store.put(ONE, {"a": Piece(source=b"one"), "b/c": Piece(source=source)}, about())
    assert (store.read(ONE, "a"), store.read(ONE, "b/c")) == (b"one", b"from a file")
    assert stored.version == store.inventory(ONE).head == "v1"
    assert stored.inventory == store.inventory_digest(ONE, "v1")
    assert list(store.objects()) == [ONE]


def test_what_is_not_there_is_not_found(store: Store) -> None:
    assert not store.holds(ONE)
    with pytest.raises(NotFoundError, match=ONE):
        store.inventory(ONE)
    put_one(store)
    for path, version in (("x", ""), ("original/0001.txt", "v2")):
        with pytest.raises(NotFoundError):
            store.read(ONE, path, version)
    with pytest.raises(NotFoundError):
        store.inventory_digest(ONE, "v2")


def test_an_object_is_not_put_twice(store: Store) -> None:
    put_one(store)
    with pytest.raises(ObjectExistsError):
        store.put(ONE, {"a": Piece(source=b"other")}, about())
    assert store.read(ONE, "original/0001.txt") == b"one"


def test_content_that_is_not_what_was_said_is_not_stored(store: Store) -> None:
    with pytest.raises(IntegrityError) as told:
        store.put(ONE, {"a": Piece(source=b"one", sha512=sha512(b"two"))}, about())
    assert told.value.code == "F003"
    assert not store.holds(ONE)


def test_a_new_version_states_everything_and_stores_only_what_is_new(store: Store) -> None:
    put_one(store, original__0001=b"one", text__a=b"old")
    pieces = {
        "original/0001": Piece(source=None, sha512=sha512(b"one")),
        "copy": Piece(source=b"one"),
        "text/b": Piece(source=b"new"),
    }
    store.put(ONE, pieces, about(2))
    inventory = store.inventory(ONE)
    assert set(inventory.state()) == {"original/0001", "copy", "text/b"}
    assert set(inventory.state("v1")) == {"original/0001", "text/a"}
    assert inventory.manifest[sha512(b"one")] == "v1/content/original/0001"
    assert store.read(ONE, "copy") == b"one"
    assert store.read(ONE, "text/a", "v1") == b"old"
    assert check_object(store.files(ONE)).problems == ()


def test_a_version_that_adds_nothing_is_a_version(store: Store) -> None:
    put_one(store, a=b"one", b=b"two")
    store.put(ONE, {"a": Piece(source=None, sha512=sha512(b"one"))}, about(2))
    assert set(store.inventory(ONE).state()) == {"a"}
    assert check_object(store.files(ONE)).valid


def test_versions_follow_each_other(store: Store) -> None:
    put_one(store)
    with pytest.raises(ObjectExistsError):
        store.put(ONE, {"a": Piece(source=b"x")}, about(3))


def test_content_that_is_kept_must_be_there(store: Store) -> None:
    put_one(store)
    for piece in (Piece(source=None, sha512=sha512(b"no")), Piece(source=None)):
        with pytest.raises(IntegrityError):
            store.put(ONE, {"a": piece}, about(2))
    assert store.inventory(ONE).head == "v1"


def test_a_version_can_be_taken_back(store: Store) -> None:
    put_one(store, a=b"one")
    before = store.inventory(ONE)
    store.put(ONE, {"a": Piece(source=b"two")}, about(2))
    store.back_to(ONE, "v1")
    assert store.inventory(ONE) == before
    assert store.read(ONE, "a") == b"one"
    assert check_object(store.files(ONE)).problems == ()
    store.put(ONE, {"a": Piece(source=b"three")}, about(2))
    assert store.read(ONE, "a") == b"three"


def test_what_is_removed_is_gone_and_may_come_again(store: Store) -> None:
    put_one(store)
    store.remove(ONE)
    store.remove(ONE)
    assert not store.holds(ONE)
    assert list(store.objects()) == []
    put_one(store)
    assert store.holds(ONE)


def test_equal_content_stands_once(store: Store) -> None:
    put_one(store, a=b"same", b=b"same", c=b"")
    assert len(store.inventory(ONE).manifest) == 2
    assert store.read(ONE, "a") == store.read(ONE, "b") == b"same"
    assert store.read(ONE, "c") == b""
    assert check_object(store.files(ONE)).problems == ()


# -- only a folder ----------------------------------------------------------------------------------------------


def test_ocfl_py_judges_the_objects_and_the_root_valid(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    put_one(store, original__0001=b"one", text__a=b"old", copy=b"one")
    store.put(ONE, {"x": Piece(source=None, sha512=sha512(b"one")), "y": Piece(source=b"new")}, about(2))
    store.put(TWO, {"a": Piece(source=b"two")}, about())
    for object_id in (ONE, TWO):
        judge = Validator(log_warnings=True)
        assert judge.validate_object(str(store.root / ocfl.object_path(object_id))), judge.status_str()
        assert judge.log.num_warnings == 0
    assert StorageRoot(root=str(store.root)).validate()
    problems, places = check_storage_root(FolderFiles(store.root))
    assert problems == ()
    assert {ocfl.object_id_at(place) for place in places} == {ONE, TWO}


def test_the_layout_is_that_of_the_extension() -> None:
    # The example of extension 0003 with its default settings.
    assert ocfl.object_path("..hor/rib:le-$id") == "487/326/d8c/%2e%2ehor%2frib%3ale-%24id"
    assert ocfl.object_id_at(ocfl.object_path(ONE)) == ONE
    assert ocfl.object_id_at("aaa/bbb/ccc/urn%3auuid%3ax") is None


def test_a_changed_byte_is_told_at_the_end_of_the_stream(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    put_one(store, a=b"one" * 1000)
    path = store.root / ocfl.object_path(ONE) / "v1/content/a"
    for damaged in (b"onf" + b"one" * 999, b"one", b"one" * 1001):
        path.write_bytes(damaged)
        with store.open(ONE, "a") as stream, pytest.raises(IntegrityError) as told:
            list(iter(lambda: stream.read(700), b""))
        assert told.value.code == "F003"
    path.unlink()
    with pytest.raises(IntegrityError) as missing:
        store.read(ONE, "a")
    assert missing.value.code == "F001"


def test_a_link_in_place_of_content_is_not_followed(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    put_one(store, a=b"one")
    path = store.root / ocfl.object_path(ONE) / "v1/content/a"
    path.unlink()
    (tmp_path / "elsewhere").write_bytes(b"one")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntegrityError):
        store.read(ONE, "a")


def test_a_changed_inventory_is_told(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    put_one(store)
    path = store.root / ocfl.object_path(ONE) / "inventory.json"
    path.write_bytes(path.read_bytes().replace(b"system", b"sistem"))
    with pytest.raises(IntegrityError) as told:
        store.inventory(ONE)
    assert told.value.code == "F004"
    path.unlink()
    with pytest.raises(IntegrityError):
        store.inventory(ONE)


def test_a_link_offered_as_a_source_is_refused(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(IntegrityError) as told:
        store.put(ONE, {"a": Piece(source=tmp_path / "link")}, about())
    assert told.value.code == "F021"
    assert not list((store.folder / "staging").iterdir())


class _Interrupted(BaseException):
    """Stands for the end of the process."""


class _Failing(Disk):
    """Fails at the nth write or rename, as a full disk or a kill would."""

    def __init__(self, when: int, failure: BaseException) -> None:
        self._left, self._failure = when, failure

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._failure

    def write(self, handle: int, path: Path, data: bytes) -> None:
        self._count()
        super().write(handle, path, data)

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)


def _raised(call: Callable[[], object]) -> list[TryLaterError]:
    try:
        call()
    except TryLaterError as error:
        return [error]
    return []


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("when", range(12))
def test_a_full_disk_leaves_what_was_there_and_says_so(tmp_path: Path, version: int, when: int) -> None:
    whole = a_folder_store(tmp_path)
    if version == 2:
        put_one(whole, a=b"one")
    store = FolderStore(tmp_path / "storage", disk=_Failing(when, OSError(errno.ENOSPC, "No space left")))
    pieces = {"a": Piece(source=b"two"), "b": Piece(source=b"three")}
    told = [error.code for error in _raised(lambda: store.put(ONE, pieces, about(version)))]
    if told:
        assert told == ["T012"]
        assert not list((whole.folder / "staging").iterdir())
        if version == 1:
            assert not whole.holds(ONE)
        else:
            assert whole.read(ONE, "a", "v1") == b"one"
    else:
        assert check_object(whole.files(ONE)).valid


@pytest.mark.parametrize("when", range(11))
def test_a_version_cut_short_leaves_the_older_one_readable_and_can_be_put_again(tmp_path: Path, when: int) -> None:
    whole = a_folder_store(tmp_path)
    put_one(whole, a=b"one")
    store = FolderStore(tmp_path / "storage", disk=_Failing(when, _Interrupted()))
    pieces = {"a": Piece(source=b"two")}
    try:
        store.put(ONE, pieces, about(2))
    except _Interrupted:
        assert whole.read(ONE, "a", "v1") == b"one"
        whole.back_to(ONE, "v1")
        assert check_object(whole.files(ONE)).problems == ()
        whole.put(ONE, pieces, about(2))
    assert whole.read(ONE, "a") == b"two"


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    small = FolderStore(store.folder, reserve_bytes=1 << 60)
    with pytest.raises(TryLaterError) as told:
        small.put(ONE, {"a": Piece(source=b"one")}, about())
    assert told.value.code == "T012"


def test_sweeping_takes_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    for left in ("staging/dead/v1/content", "trash/dead/v1"):
        (store.folder / left).mkdir(parents=True)
        (store.folder / left / "file").write_bytes(b"x")
    during: list[int] = []

    class Watched(Disk):
        def rename(self, old: Path, new: Path) -> None:
            store.sweep()
            during.append(len(list((store.folder / "staging").iterdir())))
            super().rename(old, new)

    FolderStore(store.folder, disk=Watched()).put(ONE, {"a": Piece(source=b"one")}, about())
    assert during == [1]
    assert not list((store.folder / "staging").iterdir())
    assert not list((store.folder / "trash").iterdir())
    assert store.read(ONE, "a") == b"one"


def test_a_remover_of_empty_folders_does_not_stop_a_writer(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    place = store.root / ocfl.object_path(ONE)
    empty = [place.parent]

    class Racing(Disk):
        def rename(self, old: Path, new: Path) -> None:
            if empty:
                empty.pop().rmdir()
            super().rename(old, new)

    FolderStore(store.folder, disk=Racing()).put(ONE, {"a": Piece(source=b"one")}, about())
    assert store.read(ONE, "a") == b"one"


def test_an_unfinished_object_is_named_once_its_writer_is_gone(tmp_path: Path) -> None:
    store = a_folder_store(tmp_path)
    with store.alone(ONE):
        store.begin(ONE)
        assert store.unfinished() == ()
    assert store.unfinished() == (ONE,)
    store.finished(ONE)
    assert store.unfinished() == ()
