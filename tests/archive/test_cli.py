"""The strongroom's commands as other programs call them: options, JSON keys, exit codes."""

import hashlib
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from archive import accession, cli, home
from archive.merkle import root_of
from schemas.errors import LuutruError
from schemas.packages import Package, Part, Role, accession_key
from schemas.settings import Settings
from schemas.texts import PageText
from tests.archive.builders import NOW, a_home, a_package, an_archive, an_original

app = typer.Typer()
app.add_typer(cli.app)


@pytest.fixture
def kept(tmp_path: Path) -> Package:
    with an_archive(tmp_path / "kho") as archive:
        package = a_package(tmp_path / "p", a_home(archive, fonds="SYT", file="01"), state="review")
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW)
    return package


def run(tmp_path: Path, *arguments: str) -> tuple[int, bytes]:
    """Run a command; an error that is told to people gives its exit code, as in the composed command."""
    done = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "kho")])
    if isinstance(done.exception, LuutruError):
        return int(done.exception.exit_code), done.exception.code.encode()
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout_bytes


def test_init_makes_a_home_and_may_run_again(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "--json")[0] == 0
    before = (tmp_path / "kho/storage/journal/journal.jsonl").read_bytes()
    assert run(tmp_path, "init")[0] == 0
    assert (tmp_path / "kho/storage/journal/journal.jsonl").read_bytes() == before
    assert (tmp_path / "kho/luutru.toml").read_text().startswith("# Settings")
    assert (tmp_path / "kho/keys").stat().st_mode & 0o777 == 0o700


def test_the_settings_file_of_a_new_home_can_be_read(tmp_path: Path) -> None:
    text = home.example_settings()
    (tmp_path / "luutru.toml").write_text(text.replace("# workers = 2", "workers = 5"))
    assert Settings(home=tmp_path).workers == 5
    shown = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line)
    (tmp_path / "luutru.toml").write_text(shown)
    assert Settings(home=tmp_path) == Settings(home=tmp_path, workers=2)


@pytest.mark.parametrize("command", [["show", "0" * 8], ["verify"], ["review"], ["journal", "verify"]])
def test_without_a_home_every_command_says_how_to_make_one(tmp_path: Path, command: list[str]) -> None:
    assert run(tmp_path, *command) == (5, b"T001")


def test_show_tells_all_that_is_known(tmp_path: Path, kept: Package) -> None:
    code, out = run(tmp_path, "show", kept.record[:8], "--json")
    value = json.loads(out)
    assert code == 0
    assert (value["record"], value["source"], value["version"]) == (kept.record, "hộp 7/1695 qđ syt.pdf", "v1")
    assert value["codes"] == {"fonds": "SYT", "file": "01"}
    assert value["description"]["fields"]["number"]["value"] == "1695/QĐ-SYT"
    words = run(tmp_path, "show", kept.record)[1].decode()
    assert "Số, ký hiệu: 1695/QĐ-SYT (máy đọc, chưa kiểm tra)" in words
    assert "Phông: SYT\nHồ sơ: 01\n" in words


def test_a_record_that_is_not_there_ends_with_four(tmp_path: Path, kept: Package) -> None:
    assert run(tmp_path, "show", "ffffffff-0000-4000-8000-000000000000") == (4, b"N001")
    assert run(tmp_path, "verify", "ffffffff-0000-4000-8000-000000000000") == (4, b"N001")
    assert run(tmp_path, "get", kept.record, "--pdfa", "--part", "3") == (4, b"N002")
    assert run(tmp_path, "get", kept.record, "--original", "--file", "2") == (4, b"N002")


def test_get_gives_the_bytes_as_they_came(tmp_path: Path, kept: Package) -> None:
    assert run(tmp_path, "get", kept.record, "--original") == (0, b"%PDF-1.7 one\n")
    assert run(tmp_path, "get", kept.record, "--pdfa", "--part", "1") == (0, b"%PDF/A of %PDF-1.7 one\n")
    assert run(tmp_path, "get", kept.record, "--text") == (0, "Quyết định\ftrang hai".encode())
    target = tmp_path / "out.pdf"
    assert run(tmp_path, "get", kept.record, "--original", "-o", str(target)) == (0, b"")
    assert target.read_bytes() == b"%PDF-1.7 one\n"


def test_get_never_overwrites_and_leaves_nothing_half_written(tmp_path: Path, kept: Package) -> None:
    target = tmp_path / "out.pdf"
    target.write_bytes(b"mine")
    assert run(tmp_path, "get", kept.record, "--original", "-o", str(target)) == (2, b"U014")
    assert target.read_bytes() == b"mine"
    assert run(tmp_path, "get", kept.record, "--original", "-o", str(tmp_path / "none/x")) == (2, b"U015")
    (stored,) = (tmp_path / "kho/storage/objects").glob(f"*/*/*/*{kept.record}/v1/content/original/0001.pdf")
    stored.write_bytes(b"%PDF-1.7 two\n")
    target.unlink()
    assert run(tmp_path, "get", kept.record, "--original", "-o", str(target)) == (6, b"F003")
    assert not target.exists()


def test_get_wants_one_kind(tmp_path: Path, kept: Package) -> None:
    assert run(tmp_path, "get", kept.record) == (2, b"U011")
    assert run(tmp_path, "get", kept.record, "--text", "--pdfa") == (2, b"U011")


def test_get_gives_the_text_of_one_part(tmp_path: Path) -> None:
    with an_archive(tmp_path / "kho") as archive:
        parts = (
            Part(part="0001", role=Role.CONTAINER, originals=("original/0001.pdf",), first_page=1, pages=1),
            Part(part="0002", role=Role.BODY, originals=("original/0002.pdf",), first_page=2, pages=1),
        )
        place = a_home(archive)
        one = a_package(tmp_path / "p", place, parts=parts)
        both = (an_original(b"%PDF-1.7 one\n"), an_original(b"body", "original/0002.pdf"))
        (tmp_path / "p/original/0002.pdf").write_bytes(b"body")
        key = accession_key(tuple(o.sha512 for o in both), extent=None, fonds=place.fonds, file=place.file)
        a_package(tmp_path / "p", place, record=one.record, parts=parts, originals=both, accession_key=key)
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW)
    assert run(tmp_path, "get", one.record, "--text") == (0, b"trang hai")
    assert run(tmp_path, "get", one.record, "--text", "--part", "1")[1].decode() == PageText("Quyết định").text
    assert run(tmp_path, "get", one.record, "--original") == (0, b"body")


def test_review_lists_what_waits(tmp_path: Path, kept: Package) -> None:
    code, out = run(tmp_path, "review", "--json")
    assert code == 0
    assert [json.loads(line)["record"] for line in out.splitlines()] == [kept.record]
    assert kept.record in run(tmp_path, "review")[1].decode()


def test_verify_gives_the_agreed_keys_and_ends_with_zero_or_six(tmp_path: Path, kept: Package) -> None:
    code, out = run(tmp_path, "verify", "--json")
    value = json.loads(out)
    assert (code, set(value)) == (0, {"objects", "bytes", "seconds", "problems", "journal"})
    assert (value["objects"], value["problems"], value["journal"]["ok"]) == (9, [], True)
    assert set(value["journal"]) == {"size", "root", "ok"}
    assert run(tmp_path, "verify", "--all")[0] == 0
    assert run(tmp_path, "verify", kept.record, "--all") == (2, b"U013")
    (stored,) = (tmp_path / "kho/storage/objects").glob(f"*/*/*/*{kept.record}/v1/content/original/0001.pdf")
    stored.write_bytes(b"%PDF-1.7 two\n")
    code, out = run(tmp_path, "verify", kept.record, "--json")
    assert code == 6
    (problem,) = json.loads(out)["problems"]
    assert set(problem) == {"record", "code", "path", "message"}
    assert (problem["record"], problem["code"], problem["path"]) == (
        kept.record,
        "F003",
        "v1/content/original/0001.pdf",
    )
    assert run(tmp_path, "verify", "--quiet")[0] == 6


def test_the_journal_is_verified_and_its_state_given(tmp_path: Path, kept: Package) -> None:
    code, out = run(tmp_path, "journal", "verify", "--json")
    value = json.loads(out)
    assert (code, value["ok"], value["size"], value["problems"]) == (0, True, 9, [])
    code, out = run(tmp_path, "journal", "checkpoint", "--json")
    assert (code, json.loads(out)["root"]) == (0, value["root"])
    assert run(tmp_path, "journal", "checkpoint")[1].decode().split()[:2] == ["9", value["root"]]
    path = tmp_path / "kho/storage/journal/journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b"system", b"sistem", 1))
    assert run(tmp_path, "journal", "verify")[0] == 6


def test_the_lines_of_a_record_are_proven_under_the_root_of_the_checkpoint(tmp_path: Path, kept: Package) -> None:
    checkpoint = json.loads(run(tmp_path, "journal", "checkpoint", "--json")[1])
    code, out = run(tmp_path, "journal", "prove", kept.record[:8], "--json")
    (proof,) = json.loads(out)["proofs"]
    hashed = hashlib.sha256(b"\x00" + proof["line"].encode()).digest()
    path = [bytes.fromhex(each) for each in proof["path"]]
    led_to = root_of(hashed, index=proof["index"], size=proof["size"], path=path)
    assert (code, led_to.hex() if led_to else None) == (0, checkpoint["root"])
    assert checkpoint["root"] in run(tmp_path, "journal", "prove", kept.record)[1].decode()
    assert run(tmp_path, "journal", "prove", "0" * 8)[0] == 4


def test_the_journal_is_held_against_a_checkpoint_that_was_kept_elsewhere(tmp_path: Path, kept: Package) -> None:
    kept_elsewhere = json.loads(run(tmp_path, "journal", "checkpoint", "--json")[1])
    with an_archive(tmp_path / "kho") as archive:
        a_home(archive, fonds="SYT", file="02")
    then = ["--size", str(kept_elsewhere["size"]), "--root", kept_elsewhere["root"]]
    assert run(tmp_path, "journal", "verify", *then)[0] == 0
    assert run(tmp_path, "journal", "verify", "--size", "3", "--root", kept_elsewhere["root"])[0] == 6
    assert run(tmp_path, "journal", "verify", "--size", "99", "--root", kept_elsewhere["root"])[0] == 6
    assert run(tmp_path, "journal", "verify", "--size", "3") == (2, b"U016")


def test_verify_takes_short_ids_as_show_does(tmp_path: Path, kept: Package) -> None:
    assert json.loads(run(tmp_path, "verify", kept.record[:8], "--json")[1])["objects"] == 1
    assert run(tmp_path, "verify", "00000000") == (4, b"N001")
