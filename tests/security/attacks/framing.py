"""Requests with the right proof that two readers could take for different ones, and what is no HTTP at all."""

from tests.security.wire import CLOSE, EVENT, HOST, PING, RIGHT, Attack, Header, head, post

CHUNKED: Header = (b"Transfer-Encoding", b"chunked")
LENGTH: Header = (b"Content-Length", str(len(EVENT)).encode())
WHOLE = b"%x\r\n%b\r\n0\r\n\r\n" % (len(EVENT), EVENT)
NO_PROOF = post(EVENT, proofs=[])


def framed(*headers: Header, body: bytes = EVENT) -> bytes:
    return head(HOST, CLOSE, *RIGHT, *headers) + body


LENGTHS = [
    b"", b"+88", b"-1", b"-88", b"0x58", b"88.0", b"8e1", b"88 88", b"88,88", b"88, 89", b"8_8", b"many", b"\xc2\xb288",
    b"88;x", b"'88'", b"9" * 30, b"18446744073709551616", b"88\x0b",
]  # fmt: skip

CODINGS = [
    b"xchunked", b"identity", b"gzip", b"chunked, identity", b"chunked, chunked", b"chunked, gzip", b"chunked;q=1",
    b"\x0bchunked", b"chunked\x00", b"'chunked'", b"ch\xc3\xbcnked", b"chunk",
]  # fmt: skip

CHUNKS = {
    "no number": b"zz\r\n" + EVENT,
    "a negative size": b"-1\r\n" + EVENT,
    "a sign": b"+58\r\n%b\r\n0\r\n\r\n" % EVENT,
    "a prefix": b"0x58\r\n%b\r\n0\r\n\r\n" % EVENT,
    "an underscore": b"5_8\r\n%b\r\n0\r\n\r\n" % EVENT,
    "a blank in front": b" 58\r\n%b\r\n0\r\n\r\n" % EVENT,
    "no size": b"\r\n%b\r\n0\r\n\r\n" % EVENT,
    "a size of more than 64 bits": b"1000000000000000058\r\n" + EVENT,
    "no line end after the data": b"%x\r\n%b0\r\n\r\n" % (len(EVENT), EVENT),
    "too much data": b"5\r\n%b\r\n0\r\n\r\n" % EVENT,
    "line feeds alone": b"%x\n%b\n0\n\n" % (len(EVENT), EVENT),
    "carriage returns alone": b"%x\r%b\r0\r\r" % (len(EVENT), EVENT),
    "a very long extension": b"%x;%b\r\n%b\r\n0\r\n\r\n" % (len(EVENT), b"x" * 3_000_000, EVENT),
    "a line feed in an extension": b"%x;x\n\r\n%b\r\n0\r\n\r\n" % (len(EVENT), EVENT),
    "a request after a wrong end": b"0\r\n" + NO_PROOF,
    "a long trailer": b"%x\r\n%b\r\n0\r\nX: %b\r\n\r\n" % (len(EVENT), EVENT, b"x" * 70_000),
    "a broken trailer": b"%x\r\n%b\r\n0\r\nno colon\r\n\r\n" % (len(EVENT), EVENT),
    "too much in one": b"50000\r\n" + b" " * 0x50000 + b"\r\n0\r\n\r\n",
    "too much in many": (b"1000\r\n" + b" " * 0x1000 + b"\r\n") * 80 + b"0\r\n\r\n",
    "single bytes of nothing": b"1\r\n \r\n" * 3_000 + b"0\r\n\r\n",
}

UNFINISHED = {
    "nothing": b"",
    "a line end": b"\r\n",
    "half a request line": b"POST /webhooks",
    "half a head": head(HOST, *RIGHT)[:-2],
    "half a header": head(HOST, *RIGHT)[:-6],
    "no body": framed(LENGTH, body=b""),
    "half a body": framed(LENGTH, body=EVENT[:40]),
    "no chunk": framed(CHUNKED, body=b""),
    "half a chunk": framed(CHUNKED, body=WHOLE[:30]),
    "a chunk of 64 bits": framed(CHUNKED, body=b"ffffffffffffffff\r\n" + EVENT),
    "a chunk of endless size": framed(CHUNKED, body=b"0" * 100_000),
    "no last chunk": framed(CHUNKED, body=WHOLE[:-5]),
    "no end of the trailers": framed(CHUNKED, body=WHOLE[:-2]),
    "a length beyond the body": framed((b"Content-Length", b"1000")),
    "asked to go on and gone": framed(LENGTH, (b"Expect", b"100-continue"), body=b""),
}

HEADERS = {
    "a blank before the colon": b"Content-Length : 88",
    "no colon": b"X-Webhook-Key",
    "no name": b": value",
    "a blank in the name": b"X Y: z",
    "a control character in the name": b"X\x01: y",
    "a letter above ascii in the name": b"X-\xc3\xa4: y",
    "a zero byte": b"X: y\x00z",
    "a control character": b"X: y\x01z",
    "a carriage return": b"X: y\rAuthorization: z",
    "a delete character": b"X: y\x7fz",
    "a folded line": b"X: y\r\n z",
    "a folded length": b"Content-Length:\r\n 88",
    "a blank line start": b" X: y",
    "a long value": b"X: " + b"y" * 20_000,
    "a long name": b"X" * 20_000 + b": y",
    "many lines": b"\r\n".join(b"X-%d: y" % number for number in range(200)),
    "a very long head": b"\r\n".join(b"X-%d: %b" % (number, b"y" * 8_000) for number in range(60)),
}

REQUEST_LINES = [
    b"POST /webhooks/shop",
    b"POST /webhooks/shop HTTP/0.9",
    b"POST /webhooks/shop HTTP/1",
    b"POST /webhooks/shop HTTP/1.",
    b"POST /webhooks/shop HTTP/1.10",
    b"POST /webhooks/shop HTTP/2.0",
    b"POST /webhooks/shop HTTP/7.3",
    b"POST /webhooks/shop HTTP/-1.1",
    b"POST /webhooks/shop HTTP/1,1",
    b"POST /webhooks/shop http/1.1",
    b"POST /webhooks/shop HTCPCP/1.0",
    b"POST /webhooks/shop HTTP/1.1 HTTP/1.1",
    b"POST\t/webhooks/shop\tHTTP/1.1",
    b"POST  HTTP/1.1",
    b" POST /webhooks/shop HTTP/1.1",
    b"POST/webhooks/shop HTTP/1.1",
    b"/webhooks/shop POST HTTP/1.1",
    b"HTTP/1.1 200 OK",
    b"\xef\xbb\xbfPOST /webhooks/shop HTTP/1.1",
    b"\x00POST /webhooks/shop HTTP/1.1",
]

HOSTS: dict[str, tuple[Header, ...]] = {
    "no host": (),
    "two hosts": (HOST, (b"Host", b"elsewhere.example")),
}

STRANGERS = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "ssh": b"SSH-2.0-OpenSSH_9.7\r\n",
    "smtp": b"EHLO shop.example\r\nMAIL FROM:<x@shop.example>\r\n",
    "ftp": b"USER gladly\r\nPASS x\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "memcached": b"stats\r\nquit\r\n",
    "socks": b"\x05\x02\x00\x02" + b"\x00" * 20 + b"\r\n\r\n",
    "ldap": b"0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00\r\n\r\n",
    "rtsp": b"OPTIONS rtsp://shop.example RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "sip": b"INVITE sip:x@shop.example SIP/2.0\r\n\r\n",
    "proxy protocol": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + post(),
    "random bytes": bytes(range(256)) * 20,
    "line ends": b"\r\n" * 5_000 + b"x\r\n\r\n",
    "zero bytes": b"\x00" * 5_000,
}

PIPELINES = {
    "one hidden behind another": NO_PROOF.replace(b"Connection: close\r\n", b"") + NO_PROOF,
    "many": NO_PROOF.replace(b"Connection: close\r\n", b"") * 200 + NO_PROOF,
    "one hidden in the body of another": post(NO_PROOF, proofs=[]),
    "one behind a length of none": framed((b"Content-Length", b"0"), body=NO_PROOF),
    "one behind no length": framed(body=NO_PROOF),
    "one behind a probe with a body": head(HOST, (b"Content-Length", b"5"), target=b"/webhooks/nowhere")
    + b"xxxxx"
    + NO_PROOF,
}

ATTACKS = [
    Attack("length and chunks", framed(LENGTH, CHUNKED, body=WHOLE)),
    Attack("chunks and length", framed(CHUNKED, LENGTH, body=WHOLE)),
    Attack("length of the chunks and chunks", framed((b"Content-Length", b"%d" % len(WHOLE)), CHUNKED, body=WHOLE)),
    Attack(
        "a length too short and a request behind", framed((b"Content-Length", b"4"), CHUNKED, body=WHOLE + NO_PROOF)
    ),
    Attack("two lengths", framed(LENGTH, (b"Content-Length", b"4"))),
    Attack("two lengths, the other first", framed((b"Content-Length", b"4"), LENGTH)),
    Attack("two lengths in different cases", framed(LENGTH, (b"content-length", b"4"))),
    Attack("a length too short", framed((b"Content-Length", b"20"))),
    Attack("two codings", framed(CHUNKED, (b"Transfer-Encoding", b"identity"), body=WHOLE)),
    Attack("two codings, the other first", framed((b"Transfer-Encoding", b"identity"), CHUNKED, body=WHOLE)),
    Attack("a coding with underscores", framed((b"Transfer_Encoding", b"chunked"), body=WHOLE)),
    Attack("a folded coding", framed((b"Transfer-Encoding", b"\r\n chunked"), body=WHOLE)),
    Attack("chunks by HTTP/1.0", head(CLOSE, *RIGHT, CHUNKED, LENGTH, version=b"HTTP/1.0") + WHOLE),
    *(Attack(f"length {value[:30]!r}", framed((b"Content-Length", value))) for value in LENGTHS),
    *(Attack(f"coding {value!r}", framed((b"Transfer-Encoding", value), body=WHOLE)) for value in CODINGS),
    *(Attack(f"chunks with {name}", framed(CHUNKED, body=body)) for name, body in CHUNKS.items()),
    *(Attack(f"no proof and chunks with {name}", head(HOST, CLOSE, CHUNKED) + body) for name, body in CHUNKS.items()),
    *(Attack(f"unfinished: {name}", request, is_whole=False) for name, request in UNFINISHED.items()),
    *(
        Attack(f"header with {name}", post().replace(b"\r\n", b"\r\n" + line + b"\r\n", 1))
        for name, line in HEADERS.items()
    ),
    *(Attack(f"line {line!r}", line + post()[len(b"POST /webhooks/shop HTTP/1.1") :]) for line in REQUEST_LINES),
    *(Attack(f"{name}", head(*hosts, CLOSE, *RIGHT, LENGTH) + EVENT) for name, hosts in HOSTS.items()),
    *(Attack(f"stranger: {name}", request, is_whole=False) for name, request in STRANGERS.items()),
    *(Attack(f"pipeline: {name}", request) for name, request in PIPELINES.items()),
    Attack(
        "upgrade to a websocket",
        framed((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), body=b""),
        is_whole=False,
    ),
    Attack(
        "upgrade to http/2", framed((b"Upgrade", b"h2c"), (b"HTTP2-Settings", b"AAMAAABk"), body=b""), is_whole=False
    ),
    Attack("carriage returns for line ends", post(PING).replace(b"\r\n", b"\r"), is_whole=False),
]
