"""Requests that are right in everything but the proof of who sends them."""

import base64

from tests.security.wire import (
    CLOSE,
    EVENT,
    HEADER,
    HOST,
    OTHER,
    SECRETS,
    SHOP,
    USERNAME,
    Attack,
    Header,
    basic,
    head,
    key,
    login,
    post,
)

PASSWORD = SECRETS[SHOP].password
KEY = SECRETS[SHOP].header
LOGIN = f"{USERNAME}:{PASSWORD}"
ENCODED = base64.b64encode(LOGIN.encode())

AUTHORIZATIONS: dict[str, bytes] = {
    "empty": b"",
    "scheme alone": b"Basic",
    "scheme and blank": b"Basic ",
    "login in clear text": b"Basic " + LOGIN.encode(),
    "encoded login without scheme": ENCODED,
    "scheme with a colon": b"Basic:" + ENCODED,
    "scheme and tab": b"Basic\t" + ENCODED,
    "bearer": b"Bearer " + ENCODED,
    "bearer password": b"Bearer " + PASSWORD.encode(),
    "digest": b'Digest username="gladly", response="' + ENCODED + b'"',
    "negotiate": b"Negotiate " + ENCODED,
    "token": b"Token " + PASSWORD.encode(),
    "longer scheme": b"BasicBasic " + ENCODED,
    "scheme twice": b"Basic Basic " + ENCODED,
    "two logins": b"Basic " + ENCODED + b", Basic " + ENCODED,
    "trailing comma": b"Basic " + ENCODED + b",",
    "trailing parameter": b"Basic " + ENCODED + b" realm=x",
    "quoted": b'Basic "' + ENCODED + b'"',
    "user alone": basic(USERNAME),
    "user and colon": basic(f"{USERNAME}:"),
    "password alone": basic(PASSWORD),
    "colon and password": basic(f":{PASSWORD}"),
    "nothing but a colon": basic(":"),
    "swapped": basic(f"{PASSWORD}:{USERNAME}"),
    "upper case password": basic(LOGIN.upper()),
    "upper case user": basic(f"{USERNAME.upper()}:{PASSWORD}"),
    "another user": basic(f"admin:{PASSWORD}"),
    "first half of the password": basic(LOGIN[: len(LOGIN) // 2]),
    "all but the last character": basic(LOGIN[:-1]),
    "one character more": basic(LOGIN + "x"),
    "trailing blank": basic(LOGIN + " "),
    "trailing newline": basic(LOGIN + "\n"),
    "trailing zero byte": basic(LOGIN + "\0"),
    "zero byte after the user": basic(f"{USERNAME}\0:{PASSWORD}"),
    "leading blank": basic(" " + LOGIN),
    "two colons": basic(f"{USERNAME}::{PASSWORD}"),
    "password twice": basic(f"{USERNAME}:{PASSWORD}{PASSWORD}"),
    "percent-encoded": basic(LOGIN.replace("-", "%2D")),
    "encoded twice": basic(ENCODED),
    "full-width letters": basic(f"{USERNAME}:ｃanary-password-of-shop"),
    "look-alike letter": basic(LOGIN.replace("a", "а")),
    "utf-16": basic(LOGIN.encode("utf-16")),
    "byte order mark": basic(b"\xef\xbb\xbf" + LOGIN.encode()),
    "invalid utf-8": basic(LOGIN.encode() + b"\xff"),
    "overlong utf-8": basic(LOGIN.encode().replace(b":", b"\xc0\xba")),
    "mask": basic(f"{USERNAME}:********"),
    "format string": basic(f"{USERNAME}:%s%n{{password}}"),
    "sql": basic(f"{USERNAME}:' OR '1'='1"),
    "sql as user": basic("' OR 1=1 --:x"),
    "template": basic(f"{USERNAME}:${{jndi:ldap://x}}"),
    "a long password": basic(f"{USERNAME}:" + "x" * 5_000),
    "many colons": basic(":" * 3_000),
    "no base64": b"Basic !!!!",
    "base64 with a blank inside": b"Basic " + ENCODED[:8] + b" " + ENCODED[8:],
    "padding missing": b"Basic " + ENCODED.rstrip(b"=")[:-1],
    "padding too much": b"Basic " + ENCODED + b"====",
    "padding in front": b"Basic ====" + ENCODED,
    "url-safe alphabet": b"Basic " + base64.urlsafe_b64encode(f"{USERNAME}:??>>~~".encode()),
    "base32": b"Basic " + base64.b32encode(LOGIN.encode()),
    "hexadecimal": b"Basic " + LOGIN.encode().hex().encode(),
    "token of the shop": basic(f"{USERNAME}:{SECRETS[SHOP].token}"),
    "write key of the shop": basic(f"{USERNAME}:{SECRETS[SHOP].write_key}"),
    "key as password": basic(f"{USERNAME}:{KEY}"),
    "bytes above ascii": b"Basic \xe4\xf6\xfc",
}

KEYS: dict[str, tuple[Header, ...]] = {
    "no key": (),
    "an empty key": ((HEADER.encode(), b""),),
    "a wrong key": ((HEADER.encode(), b"wrong"),),
    "the key in upper case": ((HEADER.encode(), KEY.upper().encode()),),
    "the key and more": ((HEADER.encode(), KEY.encode() + b"x"),),
    "half of the key": ((HEADER.encode(), KEY.encode()[:10]),),
    "a list of keys": ((HEADER.encode(), KEY.encode() + b", " + KEY.encode()),),
    "two keys, the first right": (key(), (HEADER.encode(), b"wrong")),
    "two keys, the last right": ((HEADER.encode(), b"wrong"), key()),
    "the right key twice": (key(), key()),
    "the password as key": ((HEADER.encode(), PASSWORD.encode()),),
    "the key under a name with underscores": ((b"X_Webhook_Key", KEY.encode()),),
    "the key under a longer name": ((b"X-Webhook-Key-2", KEY.encode()),),
    "the key under a name of proxies": ((b"X-Forwarded-X-Webhook-Key", KEY.encode()),),
    "the key quoted": ((HEADER.encode(), b'"' + KEY.encode() + b'"'),),
}

LOGINS: dict[str, tuple[Header, ...]] = {
    "no login": (),
    "two logins, the first right": (login(), (b"Authorization", basic("x:y"))),
    "two logins, the last right": ((b"Authorization", basic("x:y")), login()),
    "the right login twice": (login(), login()),
    "the login for a proxy": ((b"Proxy-Authorization", login()[1]),),
    "the login under another name": ((b"X-Authorization", login()[1]),),
    "the login as original url": ((b"X-Original-Authorization", login()[1]),),
    "the login in a cookie": ((b"Cookie", b"Authorization=" + login()[1]),),
    "a name for the user": ((b"X-Remote-User", USERNAME.encode()), (b"X-Forwarded-User", USERNAME.encode())),
    "an address of this machine": ((b"X-Forwarded-For", b"127.0.0.1"), (b"X-Real-IP", b"127.0.0.1")),
    "another host": ((b"X-Forwarded-Host", b"localhost"), (b"Forwarded", b"for=127.0.0.1;host=localhost")),
    "another address wanted": ((b"X-Original-URL", b"/webhooks/other"), (b"X-Rewrite-URL", b"/healthz")),
}

ELSEWHERE = [
    Attack("login in the query", post(proofs=[key()], target=b"/webhooks/shop?Authorization=Basic%20" + ENCODED)),
    Attack("password in the query", post(proofs=[key()], target=b"/webhooks/shop?password=" + PASSWORD.encode())),
    Attack("login in the body", post(b'{"type":"PING","Authorization":"Basic ' + ENCODED + b'"}', proofs=[key()])),
    Attack(
        "login in a trailer",
        head(HOST, CLOSE, key(), (b"Transfer-Encoding", b"chunked"), (b"Trailer", b"Authorization"))
        + b"%x\r\n%b\r\n0\r\nAuthorization: %b\r\n\r\n" % (len(EVENT), EVENT, login()[1]),
    ),
    Attack("the shop's login at another shop", post(target=b"/webhooks/other")),
    Attack("another shop's login and key", post(proofs=[login(OTHER), key(OTHER)])),
    Attack("another shop's login, the shop's key", post(proofs=[login(OTHER), key()])),
    Attack("the shop's login, another shop's key", post(proofs=[login(), key(OTHER)])),
    Attack("the shop's login at no shop", post(target=b"/webhooks/nowhere")),
    Attack("no proof at no shop", post(proofs=[], target=b"/webhooks/nowhere")),
    Attack("no proof and no event", post(b"", proofs=[])),
    Attack("no proof and a large body", post(b"x" * 300_000, proofs=[])),
    Attack("no proof and a ping", post(b'{"type":"PING"}', proofs=[])),
    Attack("no proof by HTTP/1.0", post(proofs=[], version=b"HTTP/1.0")),
]

ATTACKS = [
    *(
        Attack(f"authorization: {name}", post(proofs=[(b"Authorization", value), key()]))
        for name, value in AUTHORIZATIONS.items()
    ),
    *(Attack(f"header: {name}", post(proofs=[login(), *headers])) for name, headers in KEYS.items()),
    *(Attack(f"login: {name}", post(proofs=[*headers, key()])) for name, headers in LOGINS.items()),
    *ELSEWHERE,
]
