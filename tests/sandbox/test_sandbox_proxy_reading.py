"""What the proxy reads from strangers: host names, heads of requests, ClientHellos, addresses. No sockets here."""

import contextlib
import http.client
import io
import socket
import ssl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox import PolicyError
from sandbox.proxy import AllowList, heads, hello, names, upstream_of
from sandbox.proxy.denial import Denied
from sandbox.proxy.exchange import leads_to, permit
from sandbox.proxy.heads import Head
from sandbox.proxy.network import Upstream, public

NOT_NAMES = [
    b"", b".", b"pypi.org.", b".pypi.org", b"pypi..org", b"pypi.org\x00.evil.org", b"pypi.org\n", b" pypi.org",
    b"pypi.org\t", b"user@pypi.org", b"pypi%2eorg", b"pypi.org/x", b"pypi.org\\x", b"pypi.org?", b"pypi.org#",
    b"-pypi.org", b"pypi-.org", b"p_y.org", "pypi\u3002org".encode(), "\u0440ypi.org".encode(), b"pypi\xadorg",
    b"127.0.0.1", b"127.1", b"2130706433", b"0x7f.1", b"0x7f000001", b"0177.0.0.1", b"1.2.3", b"a.0x", b"a.0x1f",
    b"::1", b"[::1]", b"[::ffff:127.0.0.1]", b"fe80::1%eth0", b"a" * 64, b"a." * 126 + b"bcd", b"*.pypi.org",
]  # fmt: skip


@pytest.mark.parametrize("raw", NOT_NAMES)
def test_what_is_not_plainly_a_host_name_is_none(raw: bytes) -> None:
    with pytest.raises(Denied):
        names.host(raw)


@pytest.mark.parametrize(
    "raw", [b"PyPI.org", b"localhost", b"a-b.c3", b"1.2.3.org", b"xn--bcher-kva.example", b"a" * 63]
)
def test_host_names_are_read_in_lower_case(raw: bytes) -> None:
    assert names.host(raw) == raw.decode().lower()


@given(st.one_of(st.binary(max_size=40), st.text(alphabet="0123456789abcxX.-:%[]@ \0é", max_size=20).map(str.encode)))
@example(b"0x.0x")
def test_no_name_is_an_address_to_the_c_library(raw: bytes) -> None:
    try:
        name = names.host(raw)
    except Denied:
        return
    with pytest.raises(OSError, match="illegal"):
        socket.inet_aton(name)
    with pytest.raises(OSError, match="illegal"):
        socket.inet_pton(socket.AF_INET6, name)
    assert names.host(name.encode()) == name


@pytest.mark.parametrize(
    ("raw", "default", "expected"),
    [
        (b"pypi.org", 80, ("pypi.org", 80)),
        (b"pypi.org:8443", 80, ("pypi.org", 8443)),
        (b"pypi.org:65535", None, ("pypi.org", 65535)),
        *[
            (b"pypi.org" + port, 80, None)
            for port in (b":", b":0", b":080", b":65536", b":+1", b": 1", b":1 ", b":1:2")
        ],
        (b"pypi.org", None, None),
        (b"pypi.org:\xd9\xa1", 80, None),
        (b"user:pw@pypi.org", 80, None),
    ],
)
def test_authorities(raw: bytes, default: int | None, expected: tuple[str, int] | None) -> None:
    if expected is None:
        with pytest.raises(Denied):
            names.authority(raw, default)
    else:
        assert names.authority(raw, default) == expected


def test_the_list_holds_names_and_what_lies_below_a_name() -> None:
    allowed = AllowList.of(["PyPI.org", "*.example.org", "cache.example.net:8443"])
    for name, port in [("pypi.org", 80), ("pypi.org", 443), ("a.b.example.org", 443), ("cache.example.net", 8443)]:
        assert allowed.allows(name, port)
    for name, port in [
        ("pypi.org", 22), ("a.pypi.org", 443), ("example.org", 443), ("evilexample.org", 443),
        ("cache.example.net", 443), ("pypi.org.evil.net", 443), ("", 443),
    ]:  # fmt: skip
        assert not allowed.allows(name, port)


@pytest.mark.parametrize(
    "text", ["", "*", "*.org", "127.0.0.1", "pypi.org:", "pypi.org:0", "a.*.org", "é.org", "\udcff"]
)
def test_an_entry_that_cannot_be_meant_is_an_error(text: str) -> None:
    with pytest.raises(PolicyError, match="allowed hosts"):
        AllowList.of([text])


# --- heads -----------------------------------------------------------------------------------------------------------

GET = b"GET http://pypi.org/simple/ HTTP/1.1\r\nHost: pypi.org\r\n"
CONNECT = b"CONNECT pypi.org:443 HTTP/1.1\r\n"


def test_a_plain_request_goes_on_without_what_was_meant_for_the_proxy() -> None:
    head = heads.parse(
        b"POST http://PyPI.org:8080?q=%2e HTTP/1.1\r\nhost: pypi.ORG:8080\r\nAccept: a, b \r\nContent-Length: 3\r\n"
        b"Proxy-Authorization: Basic c2VjcmV0\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nUpgrade: h2c\r\n\r\n"
    )
    assert head == Head(
        method="POST", host="pypi.org", port=8080, path=b"/?q=%2e",
        fields=((b"Accept", b"a, b"), (b"Content-Length", b"3")), length=3,
    )  # fmt: skip
    rest = b"Host: pypi.org:8080\r\nAccept: a, b\r\nContent-Length: 3\r\n"
    assert head.forwarded(to_proxy=False) == b"POST /?q=%2e HTTP/1.1\r\n" + rest + b"Connection: close\r\n\r\n"
    assert head.forwarded(to_proxy=True, credentials=b"Basic x") == (
        b"POST http://pypi.org:8080/?q=%2e HTTP/1.1\r\n" + rest + b"Proxy-Authorization: Basic x\r\n"
        b"Connection: close\r\n\r\n"
    )


@pytest.mark.parametrize("fields", [b"", b"Host: pypi.org:443\r\n", b"Host: pypi.org\r\nProxy-Connection: x\r\n"])
def test_a_tunnel(fields: bytes) -> None:
    assert heads.parse(CONNECT + fields + b"\r\n") == Head(method="CONNECT", host="pypi.org", port=443)


HOSTILE: dict[str, bytes] = {
    "bare line feeds": GET.replace(b"\r", b"") + b"\n",
    "one bare line feed": GET + b"A: b\nHost: evil.org\r\n\r\n",
    "bare carriage return": GET + b"A: b\rHost: evil.org\r\n\r\n",
    "folded line": GET + b"A: b\r\n Host: evil.org\r\n\r\n",
    "space before colon": GET + b"Host : evil.org\r\n\r\n",
    "no colon": GET + b"nothing\r\n\r\n",
    "no name": GET + b": x\r\n\r\n",
    "NUL in a value": GET + b"A: \x00\r\n\r\n",
    "escape in a value": GET + b"A: \x1b[2J\r\n\r\n",
    "two hosts": GET + b"Host: pypi.org\r\n\r\n",
    "another host": b"GET http://pypi.org/ HTTP/1.1\r\nHost: evil.org\r\n\r\n",
    "another port": b"GET http://pypi.org/ HTTP/1.1\r\nHost: pypi.org:8080\r\n\r\n",
    "no host": b"GET http://pypi.org/ HTTP/1.1\r\n\r\n",
    "empty host": b"GET http://pypi.org/ HTTP/1.1\r\nHost:\r\n\r\n",
    "two lengths": GET + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
    "a list of lengths": GET + b"Content-Length: 3, 3\r\n\r\n",
    "negative length": GET + b"Content-Length: -1\r\n\r\n",
    "length with a sign": GET + b"Content-Length: +3\r\n\r\n",
    "hexadecimal length": GET + b"Content-Length: 0x3\r\n\r\n",
    "endless length": GET + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "length and chunks": GET + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunks": GET + b"Transfer-Encoding: chunked\r\n\r\n",
    "disguised chunks": GET + b"transfer-encoding:\tx, chunked\r\n\r\n",
    "Host as hop": GET + b"Connection: close, Host\r\n\r\n",
    "length as hop": GET + b"Content-Length: 3\r\nConnection: content-length\r\n\r\n",
    "too many fields": GET + b"A: b\r\n" * 98 + b"\r\n",
    "origin form": b"GET / HTTP/1.1\r\nHost: pypi.org\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: pypi.org\r\n\r\n",
    "https": GET.replace(b"http:", b"https:") + b"\r\n",
    "ftp": GET.replace(b"http:", b"ftp:") + b"\r\n",
    "user in the URI": GET.replace(b"//", b"//evil.org@") + b"\r\n",
    "backslash": GET.replace(b"org/simple", b"org\\@evil.org/") + b"\r\n",
    "fragment": GET.replace(b"simple/", b"#@evil.org") + b"\r\n",
    "no authority": GET.replace(b"pypi.org/", b"/") + b"\r\n",
    "address in the URI": GET.replace(b"pypi.org", b"2130706433") + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET http://pypi.org/\r\n\r\n",
    "HTTP/1.2": GET.replace(b"1.1", b"1.2") + b"\r\n",
    "two spaces": GET.replace(b" HTTP", b"  HTTP") + b"\r\n",
    "tab for a space": GET.replace(b"GET ", b"GET\t") + b"\r\n",
    "lower case method": GET.replace(b"GET", b"get") + b"\r\n",
    "line before the request": b"\r\n" + GET + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "SOCKS": b"\x05\x01\x00\r\n\r\n",
    "tunnel without port": CONNECT.replace(b":443", b"") + b"\r\n",
    "tunnel with a scheme": CONNECT.replace(b"pypi", b"http://pypi") + b"\r\n",
    "tunnel with NUL": CONNECT.replace(b":443", b"\x00.evil.org:443") + b"\r\n",
    "tunnel with a final dot": CONNECT.replace(b":443", b".:443") + b"\r\n",
    "tunnel to IPv6": CONNECT.replace(b"pypi.org", b"[::1]") + b"\r\n",
    "tunnel to an address": CONNECT.replace(b"pypi.org", b"127.1") + b"\r\n",
    "tunnel with a body": CONNECT + b"Content-Length: 3\r\n\r\n",
    "tunnel with chunks": CONNECT + b"Transfer-Encoding: chunked\r\n\r\n",
    "tunnel of another host": CONNECT + b"Host: evil.org:443\r\n\r\n",
    "tunnel of another port": CONNECT + b"Host: pypi.org:80\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_could_be_read_in_two_ways_is_refused(name: str) -> None:
    with pytest.raises(Denied):
        heads.parse(HOSTILE[name])


PIECES = [
    b"GET ", b"CONNECT ", b"POST ", b"http://", b"https://", b"pypi.org", b"evil.org", b"evil.org@", b":443", b":80",
    b"/",
    b"?", b"#", b"\\", b"%00", b"\x00", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\t", b" ", b"Host: ",
    b"host:",     b"Host : ", b"Content-Length: ", b"Transfer-Encoding: chunked", b"Connection: ", b"close", b"3",
    b",", b".",
]  # fmt: skip
BASES = [
    *HOSTILE.values(),
    GET + b"\r\n",
    GET + b"Content-Length: 3\r\n\r\n",
    CONNECT + b"\r\n",
    CONNECT + b"Host: pypi.org\r\n\r\n",
]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request, with pieces of others put into it or over parts of it."""
    raw = bytearray(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 12))] = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)))
    return bytes(raw)


@given(requests())
@example(GET + b"A: b\r\n" * 97 + b"\r\n")
def test_what_goes_on_reads_the_same_to_another_reader(raw: bytes) -> None:
    try:
        head = heads.parse(raw)
        permit(AllowList.of(["pypi.org"]), head)
    except Denied:
        return
    assert head.host == "pypi.org"
    if head.tunnel:
        return
    file = io.BytesIO(head.forwarded(to_proxy=False))
    method, path, version = file.readline().decode("ascii").split(" ")
    fields = http.client.parse_headers(file)
    assert (method, version, file.read()) == (head.method, "HTTP/1.1\r\n", b"")
    assert path.startswith("/")
    assert [value.split(":")[0] for value in fields.get_all("Host", [])] == ["pypi.org"]
    assert fields.get_all("Connection") == ["close"]
    assert fields.get_all("Transfer-Encoding") is None
    assert [int(value) for value in fields.get_all("Content-Length", [])] in ([], [head.length])


# --- TLS -------------------------------------------------------------------------------------------------------------


def client_hello(name: str | None) -> bytes:
    """What Python's own TLS sends first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    sent = ssl.MemoryBIO()
    connection = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    return sent.read()


def in_records(message: bytes, size: int) -> bytes:
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


HELLO = client_hello("PyPI.org")


def test_the_name_in_a_client_hello_is_found_however_it_is_cut() -> None:
    assert hello.server_name(HELLO) == "pypi.org"
    assert [hello.server_name(HELLO[:end]) for end in range(len(HELLO))] == [None] * len(HELLO)
    for size in (1, 2, 3, 4, 5, 100, 16384):
        assert hello.server_name(in_records(HELLO[5:], size)) == "pypi.org"


def with_extension(content: bytes, *, instead: bool = False) -> bytes:
    """HELLO with one more extension, or with it alone."""
    body = HELLO[9:]
    at = 34 + 1 + body[34]
    at += 2 + int.from_bytes(body[at : at + 2])
    at += 1 + body[at]
    extensions = content + (b"" if instead else body[at + 2 :])
    body = body[:at] + len(extensions).to_bytes(2) + extensions
    return in_records(b"\x01" + len(body).to_bytes(3) + body, 16384)


def sni(name: bytes, kind: int = 0) -> bytes:
    entry = bytes([kind]) + len(name).to_bytes(2) + name
    content = len(entry).to_bytes(2) + entry
    return b"\x00\x00" + len(content).to_bytes(2) + content


@pytest.mark.parametrize(
    "data",
    [
        client_hello(None),
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"\x80\x2e\x01\x03\x01" + bytes(40),  # SSL 2
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x00\x16",
        b"\x16\x03\x01\x00\x05\x02aaaa",
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
        b"\x16\x02\x01\x00\x04\x01\x00\x00\x00",
        in_records(HELLO[5:] + b"\x01", 16384),
        with_extension(sni(b"evil.org")),
        with_extension(sni(b"pypi.org", kind=1), instead=True),
        with_extension(sni(b"pypi.org\x00evil.org"), instead=True),
        with_extension(sni(b"127.0.0.1"), instead=True),
        with_extension(b"\xfe\x0d\x00\x01\x00"),
        with_extension(b"\x00\x00\x00", instead=True),
        with_extension(b"\x00\x00\x00\x00", instead=True),
    ],
    ids=[f"hello {number}" for number in range(17)],  # a hello is random, and two runners must agree on names
)
def test_a_client_hello_without_one_plain_name_is_refused(data: bytes) -> None:
    with pytest.raises(Denied):
        hello.server_name(data)


@given(st.integers(0, len(HELLO) - 1), st.binary(min_size=1, max_size=4), st.integers(0, len(HELLO)))
def test_a_damaged_client_hello_is_refused_or_waited_for(at: int, put: bytes, end: int) -> None:
    damaged = (HELLO[:at] + put + HELLO[at + len(put) :])[:end]
    with contextlib.suppress(Denied):
        name = hello.server_name(damaged)
        assert name is None or names.host(name.encode()) == name


def test_a_tunnel_leads_where_it_was_asked_to() -> None:
    https = Head(method="CONNECT", host="pypi.org", port=443)
    other = Head(method="CONNECT", host="pypi.org", port=8443)
    for head in (https, other):
        assert leads_to(head, HELLO)
        assert not leads_to(head, HELLO[:20])
        assert not leads_to(head, b"")
        with pytest.raises(Denied, match=r"is for `evil\.org`"):
            leads_to(head, client_hello("evil.org"))
    assert leads_to(other, b"SSH-2.0-x\r\n")
    with pytest.raises(Denied, match="does not begin with a TLS"):
        leads_to(https, b"SSH-2.0-x\r\n")


def test_port_80_has_no_tunnels() -> None:
    with pytest.raises(Denied, match="port 80"):
        permit(AllowList.of(["pypi.org"]), Head(method="CONNECT", host="pypi.org", port=80))


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "151.101.0.223", "2606:4700:4700::1111", "2a04:4e42::223"])
def test_public_addresses(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1",
        "192.0.0.170", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1", "100::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%1", "fc00::1", "fd00:ec2::254",
        "fec0::1",         "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "",
        "localhost", "127.1",
        "0x7f000001",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_neighbours(address: str) -> None:
    assert not public(address)


def test_the_users_own_proxy() -> None:
    assert Upstream.of("http://user:p%40ss@Proxy.example:3128/") == Upstream(
        host="proxy.example", port=3128, credentials=b"Basic dXNlcjpwQHNz"
    )
    assert Upstream.of("http://10.0.0.1") == Upstream(host="10.0.0.1", port=80)
    for url in ("proxy:3128", "https://proxy", "socks5://proxy", "http://", "http://u:secret@proxy:x", "http://[::1"):
        with pytest.raises(PolicyError, match="upstream") as caught:
            Upstream.of(url)
        assert "secret" not in str(caught.value)
    assert upstream_of({"HTTPS_PROXY": "http://b", "https_proxy": "http://a"}) == "http://a"
    assert upstream_of({"HTTPS_PROXY": "http://b", "https_proxy": ""}) == "http://b"
    assert upstream_of({"http_proxy": "http://a"}) == ""
