"""An API key: who may ask for what, until when; of its secret only a hash is known.

A key is `nowcast_<id>_<secret>`: the prefix lets scanners find one that was left in a file, the id names it in
lists and logs, the secret is 256 random bits. Such a secret cannot be guessed from its hash however fast that is:
bcrypt and its kin defend passwords, which people choose, and would cost each request what this saves.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

FORM = re.compile(r"nowcast_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class Scope(StrEnum):
    """What a key is for; each of them reads too."""

    #: methods, regions, tiles, metrics, and its own jobs
    READ = "read"
    #: orders nowcasts and calls them off
    NOWCAST = "nowcast"
    #: makes regions, sends their frames, sets their alerts
    REGION_WRITE = "region-write"
    #: everything, of everybody
    ADMIN = "admin"


class Secret(BaseModel):
    """The SHA-256 of a secret, and when it is no longer taken."""

    model_config = ConfigDict(frozen=True)

    digest: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    expires: datetime | None = None

    def good(self, now: datetime) -> bool:
        """True while it is taken."""
        return self.expires is None or now < self.expires


class ApiKey(BaseModel):
    """What is kept of a key."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern="^[0-9a-f]{12}$")
    name: str = Field(min_length=1, max_length=64)
    scopes: tuple[Scope, ...] = Field(min_length=1)
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    requests_per_minute: int | None = Field(None, ge=1, description="None: as the settings say")
    nowcasts_per_minute: int | None = Field(None, ge=1, description="None: as the settings say")
    secrets: tuple[Secret, ...] = Field(description="the newest first; older ones only until a rotation is over")

    def opens(self, secret: str, now: datetime) -> bool:
        """True for one of its secrets that is still taken."""
        said = hashed(secret)
        fits = [hmac.compare_digest(one.digest, said) and one.good(now) for one in self.secrets]
        return any(fits) and self.good(now)

    def good(self, now: datetime) -> bool:
        """True while it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def may(self, scope: Scope) -> bool:
        """True when it is for this; any key reads."""
        return scope is Scope.READ or scope in self.scopes or Scope.ADMIN in self.scopes

    def rotated(self, secret: str, overlap: timedelta) -> "ApiKey":
        """With a new secret; the one before is taken for a while longer, older ones no more."""
        until = datetime.now(UTC) + overlap
        before = self.secrets[0].model_copy(update={"expires": until})
        return self.model_copy(update={"secrets": (Secret(digest=hashed(secret)), before)})


def minted() -> tuple[str, str]:
    """The id and the secret of a new key."""
    return secrets.token_hex(6), secrets.token_hex(32)


def written(key_id: str, secret: str) -> str:
    """A key as its owner sends it."""
    return f"nowcast_{key_id}_{secret}"


def parted(text: str) -> tuple[str, str] | None:
    """The id and the secret of what was sent; None when it is no key."""
    found = FORM.fullmatch(text)
    return (found[1], found[2]) if found else None


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def first(text: str) -> ApiKey:
    """The key an operator brings along in a file, for everything; it is kept nowhere."""
    parts = parted(text)
    assert parts is not None, "the settings have checked it"
    made = datetime.now(UTC)
    return ApiKey(
        id=parts[0],
        name="first",
        scopes=(Scope.ADMIN,),
        created=made,
        secrets=(Secret(digest=hashed(parts[1])),),
    )
