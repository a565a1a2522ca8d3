#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake-riemann.py PORT-FILE DIR [CERT KEY]

A Riemann that takes messages by TCP, or TLS, and misbehaves as the file DIR/mode
says.  The events that it has taken go to DIR/events, one JSON each; a line of
DIR/asked is the mode and the number of events of a message.  $PORT is the port, if it
is set.  Modes:

  ok  error TEXT  slow SECONDS  hang  close  reset  cut (the answer)  garbage
  huge (an answer of 4 GB)  once WORDS: that mode for one message
"""
import json
import os
import socket
import socketserver
import ssl
import struct
import sys
import time

DIR = sys.argv[2]


def note(name, text):
    with open(os.path.join(DIR, name), "a", encoding="utf-8") as f:
        f.write(text)


def mode():
    path = os.path.join(DIR, "mode")
    with open(path, encoding="utf-8") as f:
        words = f.read().split(None, 1)
    if words[0] != "once":
        return words
    with open(path, "w", encoding="utf-8") as f:
        f.write("ok")
    return words[1].split(None, 1)


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            n, at = varint(data, at)
            value, at = data[at:at + n], at + n
            assert len(value) == n
        else:
            n = {1: 8, 5: 4}[tag & 7]
            value, = struct.unpack("<d" if n == 8 else "<f", data[at:at + n])
            at += n
        yield tag >> 3, value


def event(data):
    out = {"tags": [], "attributes": {}}
    names = {1: "time", 2: "state", 3: "service", 4: "host", 8: "ttl", 10: "micros",
             14: "metric"}
    for field, value in fields(data):
        if field == 7:
            out["tags"].append(value.decode())
        elif field == 9:
            pair = dict(fields(value))
            key = pair[1].decode()
            assert key not in out["attributes"]
            out["attributes"][key] = pair[2].decode()
        elif field == 13:
            out["metric"] = value >> 1 ^ -(value & 1)
        else:
            out[names[field]] = value.decode() if isinstance(value, bytes) else value
    return out


class Riemann(socketserver.BaseRequestHandler):
    def read(self, n):
        data = b""
        while len(data) < n:
            piece = self.request.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def handle(self):
        try:
            while self.message():
                pass
        except (EOFError, OSError):
            pass

    def message(self):
        n, = struct.unpack(">I", self.read(4))
        message = self.read(n)
        events = [event(value) for field, value in fields(message) if field == 6]
        words = mode()
        note("asked", f"{words[0]} {len(events)}\n")
        if words[0] == "slow":
            time.sleep(float(words[1]))
        if words[0] in ("ok", "slow"):
            note("events", "".join(json.dumps(e, sort_keys=True) + "\n"
                                   for e in events))
            self.request.sendall(struct.pack(">I", 2) + b"\x10\x01")
            return True
        if words[0] == "error":
            text = words[1].strip().encode()
            answer = b"\x10\x00\x1a" + bytes([len(text)]) + text
            self.request.sendall(struct.pack(">I", len(answer)) + answer)
            return True
        if words[0] == "hang":
            time.sleep(600)
        elif words[0] == "reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                    struct.pack("ii", 1, 0))
        elif words[0] == "cut":
            self.request.sendall(struct.pack(">I", 20) + b"\x10")
        elif words[0] == "garbage":
            self.request.sendall(struct.pack(">I", 3) + b"\xff\xff\xff")
        elif words[0] == "huge":
            self.request.sendall(struct.pack(">I", 0xffffffff) + b"\x10\x01")
        return False


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


server = Server(("127.0.0.1", int(os.environ.get("PORT", 0))), Riemann)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
    f.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
