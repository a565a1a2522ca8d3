#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake-receiver.py PORT-FILE DIR [CERT KEY [CA]]

A server that takes points by HTTP, and misbehaves as the file DIR/mode says.
Points that it has taken go to DIR/taken, one per line, and bodies that are no
lines as they are, unpacked; a line of DIR/asked is the time, path, status and
size of a request; its headers are in DIR/headers.  DIR/begun has a line for each
that is not in DIR/asked yet, too.  A port that is in PORT-FILE
is used again.  Modes:

  ok  status NNN [BODY...]  moved URL  retry-after SECONDS  retry-date SECONDS
  hang  close  reset  truncated  slow SECONDS  garbage  endless
  large BYTES: beyond that there is 413
  swallow: takes it and does not say so

It is a proxy as well: of a request for another server the answer is its own, and
the whole URL is in DIR/asked.  With CA, clients need a certificate
that is signed by it.
"""
import email.utils
import gzip
import http.server
import os
import socket
import socketserver
import ssl
import struct
import sys
import time
import urllib.parse

from received_points import text_of

DIR = sys.argv[2]


def mode():
    with open(os.path.join(DIR, "mode"), encoding="utf-8") as f:
        return f.read().split(None, 2)


def note(name, data):
    with open(os.path.join(DIR, name), "ab") as f:
        f.write(data)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def asked(self, status, size):
        note("asked", f"{time.time():.3f} {self.path} {status} {size} "
             f"{self.headers.get('Authorization', '-')}\n".encode())
        note("headers", str(self.headers).encode())

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def keep(self, body):
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        note("taken", text_of(self.path, body))

    def take(self, body):
        self.keep(body)
        self.asked(204, len(body))
        self.answer(204)

    def misbehave(self, words, body):
        what = words[0]
        self.asked(what, len(body))
        if what == "status":
            text = words[2] if len(words) > 2 else ""
            self.answer(int(words[1]), text.encode())
        elif what == "moved":
            self.answer(307, b"<html>", [("Location", words[1])])
        elif what == "retry-after":
            self.answer(429, headers=[("Retry-After", words[1])])
        elif what == "retry-date":
            # Whole seconds: a little later rather than earlier.
            when = int(time.time() + float(words[1])) + 1
            self.answer(429, headers=[("Retry-After", email.utils.formatdate(
                when, usegmt=True))])
        elif what == "swallow":
            self.keep(body)
            self.close_connection = True
        elif what == "hang":
            time.sleep(600)
        elif what == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.close_connection = True
        elif what == "close":
            self.close_connection = True
        elif what == "truncated":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            self.close_connection = True
        elif what == "endless":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.close_connection = True
            while True:
                self.wfile.write(b"x" * 65536)
        elif what == "garbage":
            self.wfile.write(b"\x00\xffnonsense\r\n\r\n")
            self.close_connection = True

    def do_GET(self):
        self.answer(204)

    def do_POST(self):
        note("begun", b".\n")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        words = mode()
        if urllib.parse.urlsplit(self.path).path == "/query":
            self.asked(200, len(body))
            self.answer(200, b'{"results":[{"statement_id":0}]}')
        elif words[0] == "ok" or (words[0] == "large" and
                                  len(body) <= int(words[1])):
            self.take(body)
        elif words[0] == "large":
            self.asked(413, len(body))
            self.answer(413)
        elif words[0] == "slow":
            time.sleep(float(words[1]))
            self.take(body)
        else:
            self.misbehave(words, body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def serve(handler):
    port = 0
    if os.path.exists(sys.argv[1]):
        with open(sys.argv[1], encoding="ascii") as f:
            port = int(f.read())
    server = Server(("127.0.0.1", port), handler)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        if len(sys.argv) > 5:
            context.load_verify_locations(sys.argv[5])
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
        f.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    serve(Receiver)
