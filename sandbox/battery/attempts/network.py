"""Against the network boundary: by other addresses, other protocols, and through the proxy of a setup step."""

from sandbox.battery.attempt import Attempt, python
from sandbox.battery.evidence import visited

# Says something to the proxy if there is one, else goes straight to the listener as any program would.
_PROXY = """
port, proxy = int(E['TCP']), E.get('http_proxy') or E.get('HTTP_PROXY') or E.get('https_proxy') or ''
def say(request, then=b''):
    host, _, number = proxy.split('//')[-1].strip('/').rpartition('@')[2].rpartition(':')
    try:
        s = socket.create_connection((host or '127.0.0.1', int(number or port)), timeout=4)
        s.sendall(request)
        print(s.recv(300)[:80])
        if then:
            s.sendall(then)
            print(s.recv(300)[:80])
    except OSError as error:
        print(error)
"""
_ALLOWED = ("allowed.invalid", "localhost")


ATTEMPTS = (
    Attempt(
        id="N01",
        category="network",
        title="the loopback by its other addresses",
        script=python("""
for family, address in ((10, '::1'), (10, '::ffff:127.0.0.1'), (2, '127.8.8.8'), (2, '0.0.0.0')):
    try:
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(2)
        s.connect((address, int(E['TCP'])))
        print('connected', address)
    except OSError as error:
        print(address, error)
"""),
        signs=(visited,),
    ),
    Attempt(
        id="N02",
        category="network",
        title="broadcast and multicast",
        script=python("""
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for address in ('127.255.255.255', '255.255.255.255', '224.0.0.1', '127.0.0.1'):
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b'out', (address, int(E['UDP'])))
    except OSError as error:
        print(address, error)
"""),
        signs=(visited,),
    ),
    Attempt(
        id="N03",
        category="network",
        title="connect by the first byte sent",
        script=python("""
for family, address, protocol in ((2, '127.0.0.1', 6), (10, '::1', 6), (2, '127.0.0.1', 262)):
    try:
        s = socket.socket(family, socket.SOCK_STREAM, protocol)
        s.settimeout(2)
        s.setsockopt(6, 30, 1)
        s.connect((address, int(E['TCP'])))
        s.send(b'out')
    except OSError as error:
        print(address, protocol, error)
    try:
        one = socket.socket(family, socket.SOCK_STREAM, protocol)
        one.sendto(b'out', 0x20000000, (address, int(E['TCP'])))
    except OSError as error:
        print(address, protocol, error)
"""),
        signs=(visited,),
    ),
    Attempt(
        id="N04",
        category="network",
        title="through the proxy: an allowed name that means the host itself",
        script=python(
            _PROXY
            + """
for name in ('localhost', 'LOCALHOST', 'localhost.'):
    say(f'CONNECT {name}:{port} HTTP/1.1\\r\\nHost: {name}:{port}\\r\\n\\r\\n'.encode())
    say(f'GET http://{name}:{port}/ HTTP/1.1\\r\\nHost: {name}\\r\\n\\r\\n'.encode())
"""
        ),
        signs=(visited,),
        hosts=_ALLOWED,
    ),
    Attempt(
        id="N05",
        category="network",
        title="through the proxy: addresses, in every way of writing them",
        script=python(
            _PROXY
            + """
for name in ('127.0.0.1', '[::1]', '2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]', '0', '0177.0.0.1'):
    say(f'CONNECT {name}:{port} HTTP/1.1\\r\\nHost: allowed.invalid\\r\\n\\r\\n'.encode())
"""
        ),
        signs=(visited,),
        hosts=_ALLOWED,
        seconds=20,
    ),
    Attempt(
        id="N06",
        category="network",
        title="through the proxy: names that end differently for whoever checks and whoever connects",
        script=python(
            _PROXY
            + """
for name in ('127.0.0.1\\0.allowed.invalid', 'allowed.invalid@127.0.0.1', '127.0.0.1#.allowed.invalid',
             '127.0.0.1%00allowed.invalid', 'allowed.invalid\\t127.0.0.1', '127.0.0.1/allowed.invalid'):
    say(f'CONNECT {name}:{port} HTTP/1.1\\r\\nHost: allowed.invalid\\r\\n\\r\\n'.encode())
    say(f'GET http://{name}:{port}/ HTTP/1.1\\r\\nHost: allowed.invalid\\r\\n\\r\\n'.encode())
"""
        ),
        signs=(visited,),
        hosts=_ALLOWED,
        seconds=20,
    ),
    Attempt(
        id="N07",
        category="network",
        title="through the proxy: a second request behind the first, and two lengths",
        script=python(
            _PROXY
            + """
second = f'CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n'.encode()
say(b'GET http://allowed.invalid/ HTTP/1.1\\r\\nHost: allowed.invalid\\r\\n\\r\\n' + second, second)
twice = b"Content-Length: 0\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
say(b"POST http://allowed.invalid/ HTTP/1.1\\r\\n" + twice + second)
say(f'CONNECT allowed.invalid:443 HTTP/1.1\\nHost: 127.0.0.1:{port}\\n\\n'.encode(), second)
say(f'CONNECT allowed.invalid:443\\r\\n 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n'.encode(), second)
"""
        ),
        signs=(visited,),
        hosts=_ALLOWED,
        seconds=20,
    ),
    Attempt(
        id="N08",
        category="network",
        title="past the proxy: every other door of the setup step's network",
        script=python("""
for family, address in ((2, '127.0.0.1'), (10, '::1'), (2, '10.0.2.2'), (2, '169.254.1.1')):
    try:
        s = socket.socket(family, socket.SOCK_STREAM)
        s.settimeout(1)
        s.connect((address, int(E['TCP'])))
    except OSError as error:
        print(address, error)
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', int(E['UDP'])))
except OSError as error:
    print(error)
"""),
        signs=(visited,),
        hosts=_ALLOWED,
    ),
)
