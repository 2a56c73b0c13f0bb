"""A desk of an earlier version is brought up to date; nothing that was known gets out of sight."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import ingest.jobs.desk
from ingest.deliveries.counter import UploadCounter
from schemas.desk import Wanted
from schemas.jobs import JobState
from schemas.settings import Settings

ROWS = (("j1", "host:1:1:a", "archived"), ("j2", "host:1:1:a", "failed"), ("j3", "host:2:2:b", "archived"))


def test_earlier_jobs_are_shown_as_batches(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    engine = sa.create_engine(settings.desk_address())
    config = Config()
    config.set_main_option("script_location", str(Path(ingest.jobs.desk.__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        jobs = sa.Table("jobs", sa.MetaData(), autoload_with=connection)
        for number, (job, batch, state) in enumerate(ROWS, start=1):
            values = {
                "id": job,
                "number": number,
                "batch": batch,
                "state": state,
                "stage": "submit",
                "source": f"{job}.pdf",
            }
            connection.execute(
                jobs.insert().values(**values, received="{}", attempts=1, created_at="2026-11-01T00:00:00+00:00")
            )
        connection.commit()
    engine.dispose()
    counter = UploadCounter(settings)
    newer, older = counter.deliveries(Wanted())
    assert older.counts == {JobState.ARCHIVED: 1, JobState.FAILED: 1}
    assert [item.source for item in counter.items(newer.id, Wanted())] == ["j3.pdf"]
    counter.close_desk()
