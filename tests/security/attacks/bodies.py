"""Requests with the right proof whose bodies are no event, or too much of one."""

import gzip
import zlib

from tests.security.wire import EVENT, PING, Attack, Header, post

MIB = 1024 * 1024


def encoded(coding: bytes) -> Header:
    return (b"Content-Encoding", coding)


BODIES = {
    "nothing": b"",
    "a blank": b" ",
    "a zero byte": b"\x00",
    "zero bytes in front": b"\x00\x00" + EVENT,
    "half an event": EVENT[:-1],
    "an event and more": EVENT + b"}",
    "two events": EVENT + EVENT,
    "two events on lines": EVENT + b"\n" + EVENT,
    "a list of events": b"[" + EVENT + b"]",
    "an event in an event's place": b'{"event":' + EVENT + b"}",
    "an event as a text": b'"{\\"type\\":\\"PING\\"}"',
    "single quotes": b"{'type':'PING'}",
    "no quotes": b"{type:PING}",
    "a comment": b'{"type":"PING"/*x*/}',
    "a trailing comma": b'{"type":"PING",}',
    "no colon": b'{"type" "PING"}',
    "a byte order mark": b"\xef\xbb\xbf" + EVENT,
    "utf-16": EVENT.decode().encode("utf-16"),
    "utf-16 without a mark": EVENT.decode().encode("utf-16-le"),
    "utf-32": EVENT.decode().encode("utf-32"),
    "utf-7": b"+AHsAIg-type+ACIAOgAi-PING+ACIAfQ-",
    "invalid utf-8": b'{"type":"\xff\xfe"}',
    "overlong utf-8": b'{"type":"\xc0\xaf"}',
    "surrogates in utf-8": b'{"type":"\xed\xa0\x80"}',
    "half a surrogate pair": b'{"type":"\\ud800"}',
    "an unknown escape": b'{"type":"\\x41"}',
    "half an escape": b'{"type":"\\u00"}',
    "a raw line feed": b'{"type":"a\nb"}',
    "a raw zero byte": b'{"type":"a\x00b"}',
    "not a number": b'{"type":NaN}',
    "infinity": b'{"type":Infinity}',
    "a huge number": b'{"type":' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"type":1e999999999}',
    "a huge number beside a type": b'{"type":"TASK/CREATED","n":1' + b"0" * 50_000 + b"e}",
    "a number as type": b'{"type":5}',
    "nothing as type": b'{"type":null}',
    "truth as type": b'{"type":true}',
    "a list as type": b'{"type":["PING"]}',
    "an object as type": b'{"type":{"type":"PING"}}',
    "a type in capitals": b'{"TYPE":"PING"}',
    "a type with a zero byte in its name": b'{"type\\u0000":"PING"}',
    "a type twice, the last a number": b'{"type":"PING","type":5}',
    "a type of a prototype": b'{"__proto__":{"type":"PING"}}',
    "no type": b'{"id":"e-1"}',
    "a number": b"5",
    "a text": b'"PING"',
    "null": b"null",
    "an empty list": b"[]",
    "lists in lists": b"[" * 120_000 + b"]" * 120_000,
    "lists without an end": b"[" * 250_000,
    "objects in objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "lists in an event": b'{"type":"TASK/CREATED","content":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a form": b"type=PING&id=e-1",
    "a multipart form": b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\nPING\r\n--x--\r\n',
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><type>&a;</type>',
    "xml of entities": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;&b;</x>',
    "yaml": b"type: !!python/object/apply:os.system ['id']\n",
    "a pickle": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
    "messagepack": b"\x81\xa4type\xa4PING",
    "a template": b"{{7*7}}${7*7}<%= 7*7 %>",
    "a script": b"<script>alert(1)</script>",
    "a byte too much": b" " * (256 * 1024) + b"x",
    "a large text": b'{"type":"' + b"x" * (300 * 1024) + b'"}',
    "a megabyte of blanks before an event": b" " * MIB + EVENT,
}

CODED = {
    "a bomb": (b"gzip", gzip.compress(b" " * 30 * MIB)),
    "a bomb with an event in it": (b"gzip", gzip.compress(EVENT + b" " * 30 * MIB)),
    "a bomb of many parts": (b"gzip", gzip.compress(b" " * MIB) * 20),
    "a bomb in a bomb": (b"gzip", gzip.compress(gzip.compress(b" " * 30 * MIB))),
    "a bomb of another kind": (b"deflate", zlib.compress(b" " * 30 * MIB)),
    "nothing of the kind": (b"gzip", EVENT),
    "nothing of the other kind": (b"deflate", EVENT),
    "half of it": (b"gzip", gzip.compress(EVENT)[:40]),
    "a wrong checksum": (b"gzip", gzip.compress(EVENT, mtime=0)[:-8] + b"\x00" * 8),
    "no checksum": (b"gzip", gzip.compress(EVENT)[:-8]),
    "something behind": (b"gzip", gzip.compress(EVENT) + b"x"),
    "another coding's name": (b"compress", gzip.compress(EVENT)),
    "two codings": (b"gzip, gzip", gzip.compress(gzip.compress(EVENT))),
    "a coding nobody knows": (b"rot13", EVENT),
    "brotli": (b"br", EVENT),
    "zstandard": (b"zstd", EVENT),
    "a coding with a zero byte": (b"gzip\x00", gzip.compress(EVENT)),
    "compressed and not said": (b"identity", gzip.compress(EVENT)),
}

ATTACKS = [
    *(Attack(f"body: {name}", post(body)) for name, body in BODIES.items()),
    *(Attack(f"coded body: {name}", post(body, encoded(coding))) for name, (coding, body) in CODED.items()),
    Attack("body: a part of a range", post(PING[:-1], (b"Content-Range", b"bytes 0-13/15"))),
]
