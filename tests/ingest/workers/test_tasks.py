"""Celery as the traps of its trade demand: JSON, late acknowledgement, quorum queues, ids and nothing else."""

from pathlib import Path

import pytest

from ingest import doctor
from ingest.cli import desk
from ingest.offering.watch import dropped, refuse_overlap
from ingest.workers.tasks import broker
from schemas.desk import Wanted
from schemas.errors import UsageError
from schemas.settings import Settings, load


def a_broker(tmp_path: Path, address: str) -> Settings:
    return load(tmp_path / "home").model_copy(update={"broker_url": address})


def test_tasks_are_acknowledged_late_and_hold_only_json(tmp_path: Path) -> None:
    conf = broker(a_broker(tmp_path, "redis://127.0.0.1:1/0")).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.accept_content == ["json"]
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] >= 2 * conf.task_time_limit


def test_rabbitmq_gets_quorum_queues_and_confirms(tmp_path: Path) -> None:
    conf = broker(a_broker(tmp_path, "amqp://127.0.0.1:1//")).conf
    assert {queue.queue_arguments["x-queue-type"] for queue in conf.task_queues} == {"quorum"}
    assert conf.broker_transport_options["confirm_publish"]


def test_a_drop_folder_may_not_overlap_the_archive(tmp_path: Path) -> None:
    settings = load(tmp_path / "home")
    (tmp_path / "home" / "storage").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "home", tmp_path / "home" / "storage", tmp_path / "absent"):
        with pytest.raises(UsageError) as error:
            refuse_overlap(folder, settings)
        assert error.value.code == "U024"
    (tmp_path / "drop").mkdir()
    refuse_overlap(tmp_path / "drop", settings)


def test_what_lies_in_a_drop_folder_is_offered_once(tmp_path: Path) -> None:
    settings = load(tmp_path / "home").model_copy(update={"copy_delay_seconds": 0.1})
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.txt").write_bytes(b"x")
    found = next(dropped(tmp_path / "drop", settings))
    assert [offer.sources for offer in found if hasattr(offer, "sources")] == [("a.txt",)]


def test_the_reading_room_is_given_its_counter(tmp_path: Path) -> None:
    settings = load(tmp_path / "home")
    settings.home.mkdir()
    counter, box = desk(settings)
    assert (counter.deliveries(Wanted()), box.counts()) == ((), (0, 0))


@pytest.mark.slow
def test_the_doctor_runs_the_sandbox(tmp_path: Path) -> None:
    checks = {check.name: check for check in doctor.examine(load(tmp_path / "home"))}
    assert checks["sandbox"].ok, checks["sandbox"].detail
    assert checks["tesseract"].ok
    assert checks["clamscan"].optional
    assert all(check.text() and check.as_json()["name"] == name for name, check in checks.items())
