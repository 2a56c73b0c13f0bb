"""A real LDAP directory for tests: Debian's slapd as an unprivileged user on free ports, with people, groups and TLS."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services import _folder, _running, free_port

SLAPD = "/usr/sbin/slapd"
BASE = "dc=so,dc=example"
MANAGER, MANAGER_PASSWORD = f"cn=manager,{BASE}", "manager-of-the-test"
PASSWORD = "Sông-Hàn-Đà-Nẵng-1"

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/ca.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "{base}"
rootdn "{manager}"
rootpw {password}
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="uid=finder,ou=people,{base}" read by self read by * none
"""

ENTRIES = """
dn: {base}
objectClass: dcObject
objectClass: organization
dc: so
o: So Noi vu

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{base}
objectClass: organizationalUnit
ou: groups

dn: uid=finder,ou=people,{base}
objectClass: inetOrgPerson
uid: finder
cn: finder
sn: finder
userPassword: {password}

dn: uid=lan,ou=people,{base}
objectClass: inetOrgPerson
uid: lan
cn: Nguyen Thi Lan
sn: Lan
displayName: Nguyễn Thị Lan
mail: lan@so.example
userPassword: {password}

dn: uid=star*,ou=people,{base}
objectClass: inetOrgPerson
uid: star*
cn: star
sn: star
userPassword: {password}

dn: uid=outside,ou=people,{base}
objectClass: inetOrgPerson
uid: outside
cn: outside
sn: outside
userPassword: {password}

dn: cn=archivists,ou=groups,{base}
objectClass: groupOfNames
cn: archivists
member: uid=lan,ou=people,{base}

dn: cn=readers,ou=groups,{base}
objectClass: groupOfNames
cn: readers
member: uid=lan,ou=people,{base}
member: uid=star*,ou=people,{base}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where it listens, in the open and under TLS, and whose word stands for its certificate."""

    open_address: str
    safe_address: str
    ca_file: Path
    password_file: Path


@contextmanager
def slapd(kept: Path) -> Iterator[Directory]:
    """Run a directory; its certificate is copied to `kept`."""
    with _folder() as folder:
        (folder / "data").mkdir()
        _certificate(folder)
        (folder / "slapd.conf").write_text(
            CONFIGURATION.format(folder=folder, base=BASE, manager=MANAGER, password=MANAGER_PASSWORD)
        )
        _give_away(folder)
        plain, safe = free_port(), free_port()
        listens = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{safe}/"
        command = [SLAPD, "-f", str(folder / "slapd.conf"), "-h", listens, "-d", "0"]
        with _running(command, folder=folder, port=plain):
            _fill(f"ldap://127.0.0.1:{plain}")
            shutil.copy(folder / "ca.pem", kept / "ca.pem")
            (kept / "finder").write_text(PASSWORD + "\n", encoding="utf-8")
            yield Directory(
                open_address=f"ldap://127.0.0.1:{plain}",
                safe_address=f"ldaps://127.0.0.1:{safe}",
                ca_file=kept / "ca.pem",
                password_file=kept / "finder",
            )


def _give_away(folder: Path) -> None:
    owner = folder.stat()
    for path in folder.rglob("*"):
        shutil.chown(path, owner.st_uid, owner.st_gid)


def _fill(address: str) -> None:
    command = ["ldapadd", "-x", "-H", address, "-D", MANAGER, "-w", MANAGER_PASSWORD]
    entries = ENTRIES.format(base=BASE, password=PASSWORD).strip() + "\n"
    subprocess.run(command, input=entries.encode(), check=True, capture_output=True)


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "directory of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
