"""The store behind a password and behind TLS, as operators set it up: real servers, and every client of ours."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as ServerAway

from jobs import celery_app
from jobs.connection import PIECES, Packer, address, connect, encryption, shown
from jobs.settings import Settings
from tests.servers import BINARY, STOP_SECONDS, answering, free_port

pytestmark = pytest.mark.store

PASSWORD = "p@ss/w:rd%41 ?#"
"""With everything in it that a URL could misunderstand."""
RULES = "~* &* +@all -@admin -@dangerous +info"
"""What deploy/make-secrets lets our user do."""


@pytest.mark.parametrize("size", [0, 10, PIECES, PIECES + 1, 2**20])
def test_commands_are_packed_alike_however_long(size: int) -> None:
    packer = Packer(PIECES, Redis().get_encoder().encode)
    blob = bytes(range(256)) * (size // 256) + bytes(size % 256)
    packed = b"".join(packer.pack("SET", "key", blob, "EX", 60, 0.5))
    assert packed == b"*6\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%d\r\n%b\r\n$2\r\nEX\r\n$2\r\n60\r\n$3\r\n0.5\r\n" % (
        size,
        blob,
    )


@contextmanager
def server(program: Path | str, folder: Path, *said: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [str(program), "--save", "", "--bind", "127.0.0.1", "--dir", str(folder), *map(str, said)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Settings]:
    """The settings for a server that lets in one user, with a password."""
    users, port = tmp_path / "users", free_port()
    users.write_text(
        f"user default on nopass resetkeys resetchannels -@all +ping\nuser nowcast on #{digest()} {RULES}\n"
    )
    url = f"redis://127.0.0.1:{port}/0"
    with server(BINARY, tmp_path, "--port", str(port), "--aclfile", users) as process:
        answering(process, url)
        yield Settings(redis_url=url, redis_username="nowcast", redis_password=SecretStr(PASSWORD))


def digest() -> str:
    return hashlib.sha256(PASSWORD.encode()).hexdigest()


def test_user_and_password_may_be_set_apart_from_the_address(locked: Settings) -> None:
    with connect(locked) as redis:
        assert redis.set("nowcast:here", 1)
        with pytest.raises(NoPermissionError):
            redis.flushall()


def test_celery_gets_in_too(locked: Settings) -> None:
    with celery_app.create(locked).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=60)


def test_a_wrong_password_is_refused(locked: Settings) -> None:
    wrong = locked.model_copy(update={"redis_password": SecretStr("guess")})
    with connect(wrong) as redis, pytest.raises(AuthenticationError):
        redis.ping()


def test_the_address_has_its_own_user_first() -> None:
    chosen = Settings(redis_url="redis://me:hush@store:6379/2", redis_password=SecretStr("other"))
    assert address(chosen) == "redis://me:hush@store:6379/2"
    assert shown(chosen) == "redis://store:6379/2"
    assert "hush" not in repr(chosen)
    assert "other" not in repr(chosen)


def test_without_tls_there_is_nothing_to_say_of_it(tmp_path: Path) -> None:
    assert encryption(Settings(redis_tls_ca=written(tmp_path, "ca", trustme.CA().cert_pem))) == {}


def written(folder: Path, name: str, blob: trustme.Blob) -> Path:
    path = folder / f"{name}.pem"
    blob.write_to_path(path)
    return path


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Settings]:
    """The settings for a server that speaks TLS and wants to see our certificate."""
    ca = trustme.CA()
    theirs, ours = ca.issue_cert("127.0.0.1"), ca.issue_cert("nowcast.example")
    files = [
        written(tmp_path, name, blob)
        for name, blob in (
            ("ca", ca.cert_pem),
            ("cert", theirs.cert_chain_pems[0]),
            ("key", theirs.private_key_pem),
            ("our-cert", ours.cert_chain_pems[0]),
            ("our-key", ours.private_key_pem),
        )
    ]
    port = free_port()
    said = ("--port", "0", "--tls-port", str(port), "--tls-ca-cert-file", files[0])
    with server(with_tls(), tmp_path, *said, "--tls-cert-file", files[1], "--tls-key-file", files[2]) as process:
        chosen = Settings(
            redis_url=f"rediss://127.0.0.1:{port}/0",
            redis_tls_ca=files[0],
            redis_tls_cert=files[3],
            redis_tls_key=files[4],
        )
        listening(process)
        yield chosen


def with_tls() -> str:
    """A server that was built with TLS: the one of the wheel is not."""
    for program in filter(None, map(shutil.which, ("valkey-server", "redis-server"))):
        linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        if "libssl" in linked:
            return program
    pytest.skip("no Redis or Valkey here was built with TLS: apt-get install redis-server")


def listening(process: "subprocess.Popen[bytes]") -> None:
    """Return when the server says that it accepts connections."""
    assert process.stdout
    for line in process.stdout:
        if b"eady to accept connections" in line:
            return
    pytest.fail("the server ended before it listened")


def test_tls_with_certificates_on_both_sides(encrypted: Settings) -> None:
    with connect(encrypted) as redis:
        assert redis.set("nowcast:here", 1)
    with celery_app.create(encrypted).connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=60)


def test_a_server_nobody_vouches_for_is_left_alone(encrypted: Settings, tmp_path: Path) -> None:
    other = written(tmp_path, "other", trustme.CA().cert_pem)
    with connect(encrypted.model_copy(update={"redis_tls_ca": other})) as redis, pytest.raises(ServerAway):
        redis.ping()


def test_a_server_under_another_name_is_left_alone(encrypted: Settings) -> None:
    renamed = encrypted.redis_url.replace("127.0.0.1", "localhost")
    with connect(encrypted.model_copy(update={"redis_url": renamed})) as redis, pytest.raises(ServerAway):
        redis.ping()


def test_a_client_without_a_certificate_is_refused(encrypted: Settings) -> None:
    bare = encrypted.model_copy(update={"redis_tls_cert": None, "redis_tls_key": None})
    with connect(bare) as redis, pytest.raises(ServerAway):
        redis.ping()
