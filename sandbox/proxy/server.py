"""The proxy itself: it takes connections, gives each a thread, and ends all of them when told to."""

import contextlib
import functools
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from sandbox.proxy.denial import Denied
from sandbox.proxy.exchange import Asked, Exchange, ProxyLimits, Rules
from sandbox.proxy.names import AllowList
from sandbox.proxy.network import Network, Upstream
from sandbox.proxy.waiting import Stop, Stopped

_PATIENCE_S = 2.0
_LIMITS = ProxyLimits()
_NETWORK = Network()


class Proxy:
    """Serves `listener`, which it takes over, from threads of its own until `close`.

    `hosts` is read as `AllowList` says, so it may raise `PolicyError`; `upstream` is the URL of a proxy to go out by.
    `on_request` is told of each request when it is over, from those threads and never of two at once.
    """

    def __init__(
        self,
        listener: socket.socket,
        hosts: Sequence[str],
        *,
        on_request: Callable[[Asked], None] | None = None,
        upstream: str = "",
        limits: ProxyLimits = _LIMITS,
        network: Network = _NETWORK,
    ) -> None:
        allowed, way_out = AllowList.of(hosts), Upstream.of(upstream) if upstream else None
        self._stop = Stop()
        self._rules = Rules(
            allowed=allowed, upstream=way_out, network=network, limits=limits, stop=self._stop, count=self._count
        )
        self._on_request = on_request
        self._listener = listener
        self._listener.setblocking(False)
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._closed = False
        self._bytes = 0
        self._slots = threading.Semaphore(limits.connections)
        self._threads: set[threading.Thread] = set()
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End every connection. Nothing passes from now on, also where a thread still waits for a name's address."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            waiting = self._threads - {threading.current_thread()}
            self._stop.set()
        self._slots.release()
        deadline = time.monotonic() + _PATIENCE_S
        for thread in waiting:
            thread.join(max(0, deadline - time.monotonic()))
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        """Run `work` in a thread; `Stopped` or `RuntimeError` where there can be no more."""

        def whole() -> None:
            try:
                with contextlib.suppress(Stopped):
                    work()
            finally:
                self._leave()

        thread = threading.Thread(target=whole, name="sandbox-proxy", daemon=True)
        with self._lock:
            if self._closed:
                raise Stopped
            thread.start()
            self._threads.add(thread)  # it cannot leave before, for leaving takes the lock

    def _leave(self) -> None:
        with self._lock:
            self._threads.discard(threading.current_thread())
            if self._closed and not self._threads:
                self._stop.close()

    def _accept(self) -> None:
        while True:
            self._slots.acquire()
            self._stop.wait({self._listener.fileno(): select.POLLIN}, None)
            try:
                client, _ = self._listener.accept()
            except OSError:  # it has gone again, or there are no descriptors just now
                self._slots.release()
                self._stop.wait({}, 0.05)
                continue
            client.setblocking(False)
            exchange = Exchange(self._rules, client)
            try:
                self._start(functools.partial(self._serve, exchange))
            except (RuntimeError, Stopped):
                client.close()
                self._slots.release()

    def _serve(self, exchange: Exchange) -> None:
        try:
            exchange.carry_out()
        finally:
            self._slots.release()
        record = exchange.record()
        if self._on_request is not None and record is not None:
            with self._telling:
                self._on_request(record)

    def _count(self, size: int) -> None:
        with self._lock:
            self._bytes += size
            if self._bytes > self._rules.limits.total_bytes:
                raise Denied("the proxy has carried as much as it may")
