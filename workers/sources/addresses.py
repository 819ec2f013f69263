"""Which machines a source may reach: a name is resolved once, its addresses are checked, and such a one is dialled.

All connections of the HTTP client are made here, so nothing it follows (redirects, links, temporary URLs) goes around
the check, and a name that answers differently the second time (DNS rebinding) is never asked a second time.
"""

import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from threading import Thread
from typing import Any

import httpcore

from workers.sources.errors import SourceFailed

log = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
CARRIES_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""IPv6 addresses that stand for the IPv4 address in their last 32 bits (RFC 6052, RFC 4291)."""
LOCAL_TRANSLATION = ipaddress.ip_network("64:ff9b:1::/48")
"""Translated as each network likes (RFC 8215), so nobody knows where to."""

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out for the open Internet (RFC 4291); Python calls more of it global, as fec0::/10."""
OF_CLOUDS = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))
"""Where clouds tell a machine its own secrets at addresses that look public: Azure, and Oracle beside RFC 6890."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system orders them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def answered(answer: "Future[list[str]]", resolver: Resolve, host: str, port: int) -> None:
    """Put what a resolver says where somebody may still wait for it."""
    try:
        answer.set_result(resolver(host, port))
    except Exception as error:
        answer.set_exception(error)


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in CARRIES_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def public(text: str) -> bool:
    """True for an address of the open Internet: not private, shared, loopback, link-local, multicast or reserved."""
    address = ipaddress.ip_address(text.partition("%")[0])
    goal = meant(address)
    if any(goal in network for network in OF_CLOUDS) or address in LOCAL_TRANSLATION:
        return False
    return goal.is_global and not goal.is_multicast and (goal.version == 4 or goal in GLOBAL_UNICAST)


def names(host: str, port: int) -> set[str]:
    """What an operator may call a host: at any port, and at this one."""
    known = host.lower()
    return {known, f"[{known}]:{port}" if ":" in known else f"{known}:{port}"}


class Doorman(httpcore.NetworkBackend):
    """Makes connections to public addresses, and to the hosts the operator names; none outlives its time.

    hosts: each as `host`, at any port, or as `host:port`, at this one alone. ends: the moment, by time.monotonic, at
    which everything that is under way is given up.
    """

    def __init__(
        self, hosts: Iterable[str] = (), resolver: Resolve = resolve, named_by: str = "NOWCAST_SOURCE_HOSTS"
    ) -> None:
        self.hosts = frozenset(host.lower() for host in hosts)
        self.resolver, self.named_by = resolver, named_by
        self.ends = 0.0
        self._dial = httpcore.SyncBackend()

    def left(self) -> float:
        """Seconds until the end."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return seconds

    def addresses(self, host: str, port: int) -> list[str]:
        """Where the host may be reached; SourceFailed when one of its addresses is not for us."""
        found = self.resolved(host, port)
        self.refuse(host, port, [address for address in found if not public(address)])
        return found

    def refuse(self, host: str, port: int, closed: list[str]) -> None:
        """SourceFailed for a host with addresses that are not for us, unless the operator has named it."""
        if closed and self.hosts.isdisjoint(names(host, port)):  # who chose the name is not told what is in here
            log.warning("%s is at %s, which is refused", host, closed[0])
            raise SourceFailed(
                f"{host} is not at an address of the open Internet; "
                f"{self.named_by} names the hosts that may be reached nevertheless."
            )

    def of_another(self, host: str, port: int, dialled: httpcore.NetworkStream) -> httpcore.NetworkStream:
        """A connection that leads to another machine: to itself a machine is open at its public address too."""
        ends = [dialled.get_extra_info(name)[0] for name in ("client_addr", "server_addr")]
        try:
            self.refuse(host, port, ends[1:] if ends[0] == ends[1] else [])
        except SourceFailed:
            dialled.close()
            raise
        return dialled

    def resolved(self, host: str, port: int) -> list[str]:
        """The addresses of a host, asked for in a thread that is left alone in the end: the system knows no limit."""
        answer: Future[list[str]] = Future()
        Thread(target=answered, args=(answer, self.resolver, host, port), daemon=True).start()
        try:
            return answer.result(self.left())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"the name {host} was not looked up in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} is not known") from error

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers."""
        reason: Exception = httpcore.ConnectError(f"the name {host} has no address")
        for address in self.addresses(host, port):
            try:
                dialled = self._dial.connect_tcp(address, port, self.left(), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                reason = error
            else:
                return Line(self.of_another(host, port, dialled), self)
        raise reason


class Line(httpcore.NetworkStream):
    """A connection whose every wait ends when the doorman says, however many bytes drip in until then."""

    def __init__(self, inner: httpcore.NetworkStream, door: Doorman) -> None:
        self.inner, self.door = inner, door

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.door.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.door.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Line(self.inner.start_tls(ssl_context, server_hostname, self.door.left()), self.door)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
