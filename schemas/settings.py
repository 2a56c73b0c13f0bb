"""The settings of an archive home: `luutru.toml` in the home, overridden by `LUUTRU_…` in the environment.

Read once by the composition root (`luutru.py`, a worker, the web application), then passed down as values.
"""

import re
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from schemas.access import AccessLevel
from schemas.errors import UsageError
from schemas.words import all_words, word

SETTINGS_NAME = "luutru.toml"
_PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting, with its default. Sizes are bytes, times are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="LUUTRU_", frozen=True, extra="forbid")

    home: Path = Field(default=Path("luutru-home"), description="Folder of this archive.")
    tools: Path = Field(
        default=_PROJECT / ".tools", description="Where set-up put veraPDF and the Ghostscript program."
    )
    catalogue_url: str = Field(
        default="", description="SQLAlchemy URL of the catalogue; empty: catalogue.db in the home."
    )
    desk_url: str = Field(
        default="", description="SQLAlchemy URL of the desk (job book, accounts); empty: desk.db in the home."
    )
    broker_url: str = Field(
        default="", description="Celery broker for `luutru worker`; empty: no broker, jobs run on this machine."
    )
    search_url: str = Field(
        default="",
        description="OpenSearch nodes, comma separated, e.g. https://search.example:9200; empty: the index in the home.",
    )
    search_name: str = Field(
        default="luutru",
        pattern="^[a-z][a-z0-9_]{0,40}$",
        description="How the indices of this archive are called in the cluster.",
    )
    search_user: str = Field(default="", description="Account in the cluster; needed off this machine.")
    search_password_file: Path | None = Field(default=None, description="File that holds the account's password.")
    search_ca_file: Path | None = Field(default=None, description="Certificates of the authority that the cluster has.")
    search_shards: int = Field(default=1, ge=1, le=64, description="Shards of a new index.")
    search_replicas: int = Field(
        default=0, ge=0, le=8, description="Copies of each shard of a new index; 1 on three nodes."
    )
    workers: int = Field(default=2, ge=1, le=256, description="Worker processes of `luutru ingest`.")
    layout: str = Field(default="", description="How folders are read, e.g. {fonds}/{inventory}/{box}/{file}.")
    language: str = Field(default="vie", description="Tesseract model.")
    sandbox: str = Field(
        default="bubblewrap", pattern="^(bubblewrap|container)$", description="How outside programs are confined."
    )
    flavour: str = Field(default="2u", description="PDF/A flavour that is made and judged.")
    agency: str = Field(default="", description="Name of the agency, shown on pages.")
    access_level: AccessLevel = Field(
        default=AccessLevel.AGENCY,
        description="Access level of what comes in: public, agency, conditional or unpublished.",
    )
    size_limit_bytes: int = Field(default=2_000_000_000, description="Largest file taken in.")
    pages_limit: int = Field(default=5_000, description="Most pages of one document.")
    page_pixels_limit: int = Field(default=200_000_000, description="Most pixels of one page image.")
    unpacked_limit_bytes: int = Field(default=1_000_000_000, description="Most bytes a file may unpack to.")
    program_timeout_seconds: float = Field(default=300.0, description="Longest run of an outside program on one file.")
    page_timeout_seconds: float = Field(default=120.0, description="Longest recognition of one page.")
    attempts: int = Field(default=3, ge=1, description="How often a job is tried before it fails.")
    lease_seconds: float = Field(default=900.0, description="How long a worker holds a job without a sign of life.")
    review_confidence: float = Field(
        default=0.60, description="Mean word confidence of a page under which a person must look."
    )
    copy_delay_seconds: float = Field(
        default=5.0, description="How long a file in a watched folder must rest before it is taken."
    )
    hosts: str = Field(
        default="", description="Names under which the reading room answers besides this machine's, comma separated."
    )
    behind_proxy: bool = Field(
        default=False, description="A reverse proxy with TLS stands before the reading room, and only it may ask."
    )
    proxy_address: str = Field(default="127.0.0.1", description="Address of that proxy.")
    local_operator: bool = Field(
        default=True, description="While there is no account, whoever sits at this machine may do everything."
    )
    local_networks: str = Field(
        default="127.0.0.0/8, ::1/128",
        description="Networks from which readers need no second factor, comma separated.",
    )
    password_length: int = Field(default=8, ge=8, le=64, description="Fewest characters of a password (QCVN 12).")
    password_classes: int = Field(
        default=4, ge=4, le=4, description="Kinds of characters in a password: a, A, 1, ! (QCVN 12)."
    )
    password_history: int = Field(
        default=10, ge=10, le=100, description="So many last passwords are not taken again (QCVN 12)."
    )
    administrator_password_days: int = Field(
        default=60, ge=1, le=60, description="Days after which an administrator changes the password (QCVN 12)."
    )
    idle_account_days: int = Field(
        default=45, ge=1, le=45, description="Days without use after which an account is closed (QCVN 12)."
    )
    session_idle_seconds: int = Field(
        default=1_800, ge=60, le=43_200, description="A session ends after so long without a request."
    )
    session_seconds: int = Field(default=43_200, ge=60, le=86_400, description="A session ends after so long anyway.")
    ldap_url: str = Field(
        default="", description="LDAP directory, e.g. ldaps://ldap.example; empty: none. Needs luutru[ldap]."
    )
    ldap_start_tls: bool = Field(default=False, description="Turn an ldap:// connection into TLS before anything else.")
    ldap_ca_file: Path | None = Field(default=None, description="Certificates of the authority that the directory has.")
    ldap_base: str = Field(default="", description="Where people are looked for, e.g. ou=people,dc=example.")
    ldap_filter: str = Field(default="(uid={login})", description="How somebody is found; {login} is what was typed.")
    ldap_user: str = Field(default="", description="DN that looks for people; empty: without an account.")
    ldap_password_file: Path | None = Field(default=None, description="File that holds its password.")
    openid_issuer: str = Field(default="", description="OpenID Connect provider, e.g. https://id.example; empty: none.")
    openid_client: str = Field(default="", description="Our client id there.")
    openid_secret_file: Path | None = Field(default=None, description="File that holds our client secret.")
    openid_groups: str = Field(default="groups", description="Claim that names the groups of somebody.")
    directory_roles: str = Field(
        default="", description="Groups of the directory and their roles here: group=role; group=role."
    )
    delegation_days: int = Field(default=90, ge=1, le=366, description="Longest delegation (ủy quyền).")
    upload_files_limit: int = Field(default=10_000, ge=1, description="Most files of one delivery at the counter.")
    upload_bytes_limit: int = Field(default=20_000_000_000, description="Most bytes of one delivery at the counter.")
    upload_account_bytes: int = Field(
        default=50_000_000_000, description="Most bytes of one account that wait at the counter."
    )
    upload_days: int = Field(
        default=7, ge=1, description="Days after which the files of an unfinished delivery are removed."
    )
    zip_ratio_limit: int = Field(default=200, ge=2, description="How many times its size a ZIP may unpack to.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class gives it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the home's file."""
        home = init_settings().get("home") or env_settings().get("home") or cls.model_fields["home"].default
        file = TomlConfigSettingsSource(settings_cls, toml_file=Path(home) / SETTINGS_NAME)
        return (init_settings, env_settings, file)

    @property
    def storage(self) -> Path:
        """The storage root: everything that may not be lost."""
        return self.home / "storage"

    @property
    def work(self) -> Path:
        """Folders of running jobs; may be deleted when none runs."""
        return self.home / "work"

    @property
    def uploads(self) -> Path:
        """Files at the counter, until the archive has them."""
        return self.home / "uploads"

    @property
    def quarantine(self) -> Path:
        """What is held apart, unindexed and unshown."""
        return self.home / "quarantine"

    @property
    def index(self) -> Path:
        """The embedded index; derived."""
        return self.home / "index"

    @property
    def cache(self) -> Path:
        """Page images; derived."""
        return self.home / "cache"

    def catalogue_address(self) -> str:
        """SQLAlchemy URL of the catalogue."""
        return self.catalogue_url or f"sqlite:///{(self.home / 'catalogue.db').resolve()}"

    def desk_address(self) -> str:
        """SQLAlchemy URL of the desk."""
        return self.desk_url or f"sqlite:///{(self.home / 'desk.db').resolve()}"


def load(home: Path | None = None) -> Settings:
    """Read the settings of `home` (None: `LUUTRU_HOME`, else ./luutru-home). Raises UsageError U001."""
    try:
        return Settings(home=home) if home is not None else Settings()
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise UsageError("U001", word("wrong-toml", line=line.group(1) if line else "?")) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise UsageError(
            "U001", word("wrong-setting", name=name, fault=_fault(first["type"], first.get("ctx")))
        ) from None


def _fault(kind: str, bounds: dict[str, Any] | None) -> str:
    """Give the words for one of pydantic's kinds of error; its own are English only."""
    key = f"setting-{kind.partition('_')[0]}"
    return word(key if key in all_words() else "setting-other", **(bounds or {}))
