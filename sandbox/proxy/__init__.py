"""An HTTP proxy on the host that lets a sandboxed command reach a few named hosts, and nothing else.

What keeps a command in is its own network namespace, in which there is nothing but this proxy's listening socket; the
proxy only decides what is let through. It does not see into TLS: whoever answers at an allowed name may be sent
anything, and front ends that serve many names by one certificate can be asked for another of theirs.

    server   `Proxy`: takes connections, its threads, its end
    exchange one request on one connection, and what is said of it in the log
    heads    the head of a request, read strictly
    names    host names and the list of what is allowed
    hello    the server name in a TLS ClientHello
    network  resolving, checking and dialling addresses
    relay    bytes in both directions
"""

from sandbox.proxy.exchange import Asked, ProxyLimits
from sandbox.proxy.names import AllowList
from sandbox.proxy.network import Network, upstream_of
from sandbox.proxy.server import Proxy

__all__ = ["AllowList", "Asked", "Network", "Proxy", "ProxyLimits", "upstream_of"]
