#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake-lines.py PORT-FILE DIR

A server that takes points as lines by TCP.  Whole lines go to DIR/taken.  A port
that is in PORT-FILE is used again.  DIR/mode: ok; slow: a KiB at a time; hang:
nothing is read until that is another mode.
"""
import os
import socket
import socketserver
import sys
import time

DIR = sys.argv[2]


def mode():
    with open(os.path.join(DIR, "mode"), encoding="utf-8") as f:
        return f.read().strip()


class Lines(socketserver.BaseRequestHandler):
    def handle(self):
        rest = b""
        while True:
            while mode() == "hang":
                time.sleep(0.02)
            slow = mode() == "slow"
            data = self.request.recv(1024 if slow else 65536)
            if not data:
                return
            lines, newline, rest = (rest + data).rpartition(b"\n")
            with open(os.path.join(DIR, "taken"), "ab") as f:
                f.write(lines + newline)
            if slow:
                time.sleep(0.01)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def server_bind(self):
        # So that what is not read is felt soon; connections inherit it.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        super().server_bind()


port = 0
if os.path.exists(sys.argv[1]):
    with open(sys.argv[1], encoding="ascii") as f:
        port = int(f.read())
server = Server(("127.0.0.1", port), Lines)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
