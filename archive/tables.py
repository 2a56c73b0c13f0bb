"""The catalogue's tables as `archive.catalogue` uses them; `archive/migrations` makes them."""

import sqlalchemy as sa

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # position, leaf, …
    sa.Column("value", sa.Text, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("accession_key", sa.Text, nullable=False, unique=True),
    sa.Column("fonds", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False),
    sa.Column("number", sa.Text),
    sa.Column("type", sa.Text),
    sa.Column("date", sa.Text),
    sa.Column("issuer", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("findings", sa.Text, nullable=False),  # codes, separated by spaces
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False, index=True),  # number of the first journal line
    sa.Column("changed", sa.BigInteger, nullable=False),  # number of the last journal line
    sa.Index("ix_records_home", "fonds", "file"),
)

originals = sa.Table(
    "originals",
    metadata,
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("sha512", sa.Text, nullable=False, index=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("puid", sa.Text),
    sa.Column("mime", sa.Text),
)

arrangement = sa.Table(
    "arrangement",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, nullable=False),  # "" for a fonds
    sa.Column("box", sa.Text, nullable=False),
    sa.Column("default_access", sa.Text, nullable=False),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),  # number of the first journal line
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Index("ix_arrangement_code", "parent", "level", "code"),
)

registers = sa.Table(
    "registers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("register", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False, index=True),
    sa.Column("entry", sa.Text, nullable=False),  # JSON; "" where the object cannot be read
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),  # number of the last journal line
)
