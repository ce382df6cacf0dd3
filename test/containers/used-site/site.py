"""The program behind a user's nginx: a log-in as frameworks have it, an echo over a WebSocket, and what was uploaded."""

import base64
import hashlib
import json
import secrets
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
FORM = '<form method="post"><input type="hidden" name="token" value="{}"><button>in</button></form>'
COOKIE = "{}={}; Path=/; HttpOnly; SameSite=Lax"


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/echo":
            self.echo()
        elif self.path == "/log-in":
            # The form is this visitor's: others' pages know no token, and send no cookie along.
            token = secrets.token_hex(16)
            self.page(200, "log in", FORM.format(token), {"Set-Cookie": COOKIE.format("token", token)})
        else:
            self.page(200, f"member: {self.cookie('member')}")

    def do_POST(self):
        left = length = int(self.headers["Content-Length"])
        digest = hashlib.sha256()
        while left > 0:
            chunk = self.rfile.read(min(left, 1 << 20))
            if not chunk:
                return
            digest.update(chunk)
            left -= len(chunk)
        if self.path == "/upload":
            told = {"length": length, "sha256": digest.hexdigest()}
            self.answer(200, json.dumps(told).encode(), {"Content-Type": "application/json"})
        elif digest.digest() == hashlib.sha256(f"token={self.cookie('token')}".encode()).digest():
            self.answer(303, b"", {"Set-Cookie": COOKIE.format("member", "gildong"), "Location": "/members"})
        else:
            self.page(403, "refused")

    def cookie(self, name):
        morsel = SimpleCookie(self.headers.get("Cookie")).get(name)
        return morsel.value if morsel else "nobody"

    def page(self, status, title, body="", headers={}):
        text = f"<!doctype html><title>{title}</title>{body}"
        self.answer(status, text.encode(), {"Content-Type": "text/html", **headers})

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def echo(self):
        """Opens a WebSocket, and sends back each short text that comes over it."""
        key = self.headers["Sec-WebSocket-Key"] + GUID
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while (head := self.rfile.read(2)) and head[0] == 0x81:
            mask, text = self.rfile.read(4), self.rfile.read(head[1] & 0x7F)
            self.wfile.write(bytes([0x81, len(text)]) + bytes(byte ^ mask[i % 4] for i, byte in enumerate(text)))


ThreadingHTTPServer(("127.0.0.1", 8000), Site).serve_forever()
