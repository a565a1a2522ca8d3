#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Clients of every sort, and whether a server is afterwards as it was before.

    soak.py [--seconds N | --rounds N] [--clients N] [--ca FILE] [--paths FILE]
            [--anon-kb-max N] PID:PORT[:tls] ...

Each client does one thing after the other, picked at random: it asks over a kept
connection, reads slowly and stops, sends half a request and waits, says
nothing, sends garbage, is reset in the middle of an answer, shakes hands and
leaves.  With --rounds each does all of it at once, that often, and nothing
depends on the clock; with --seconds the first quarter of the time is to warm up.

Before and after, with no client there, the descriptors of each server and its
anonymous memory are looked at: descriptors have to be the same, memory may
have grown by --anon-kb-max (0: is only printed).  Wrong answers fail it, too.
"""
import argparse
import asyncio
import os
import random
import re
import socket
import ssl
import struct
import sys
import time

PATIENCE_S = 120
PIECE_BYTES = 2048


class Server:
    def __init__(self, text, ca):
        parts = text.split(":")
        self.pid, self.port = int(parts[0]), int(parts[1])
        self.tls = None
        if parts[2:] == ["tls"]:
            self.tls = ssl.create_default_context(cafile=ca)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def anon_kb(self):
        text = open(f"/proc/{self.pid}/status").read()
        return int(re.search(r"RssAnon:\s+(\d+)", text)[1])

    async def connect(self, is_raw=False):
        """Has small buffers, so that who does not read is noticed."""
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        s.setblocking(False)
        await asyncio.get_running_loop().sock_connect(
            s, ("127.0.0.1", self.port))
        tls = None if is_raw else self.tls
        return await asyncio.open_connection(
            sock=s, limit=PIECE_BYTES, ssl=tls,
            server_hostname="127.0.0.1" if tls else None)


class Soak:
    def __init__(self, servers, paths):
        self.servers = servers
        self.paths = paths
        self.n_answers = 0
        self.wrong = []
        self.done = {}
        self.things = (self.ask, self.read_slowly, self.half_a_request,
                       self.silence, self.garbage, self.reset, self.leave)

    @staticmethod
    def request(path, extra=""):
        return (f"GET {path} HTTP/1.1\r\nHost: x\r\n{extra}\r\n").encode()

    async def answer(self, reader):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await reader.readline() or b"\r\n\r\nEOF\r\n\r\n"
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        if not head.startswith(b"HTTP/1.1 200 ") or not length:
            self.wrong.append(head[:200])
            return
        await reader.readexactly(int(length[1]))
        self.n_answers += 1

    async def ask(self, server, rng):
        reader, writer = await server.connect()
        for _ in range(rng.randint(1, 20)):
            n = rng.randint(1, 3)
            gzip = rng.choice(("", "Accept-Encoding: gzip\r\n"))
            for _ in range(n):
                writer.write(self.request(rng.choice(self.paths), gzip))
            for _ in range(n):
                await self.answer(reader)
        return writer

    async def read_slowly(self, server, rng):
        reader, writer = await server.connect()
        writer.write(self.request(rng.choice(self.paths)) * 20)
        for _ in range(rng.randint(0, 10)):
            if not await reader.read(PIECE_BYTES):
                break
            await asyncio.sleep(0.05)
        return writer

    async def half_a_request(self, server, rng):
        reader, writer = await server.connect()
        text = self.request("/metrics", "Content-Length: 9\r\n") + b"half"
        writer.write(text[:rng.randint(1, len(text))])
        await reader.read(PIECE_BYTES)	# the server has to end it
        return writer

    async def silence(self, server, rng):
        reader, writer = await server.connect(rng.random() < 0.5)
        await reader.read(PIECE_BYTES)
        return writer

    async def garbage(self, server, rng):
        reader, writer = await server.connect(rng.random() < 0.5)
        writer.write(rng.choice((b"\x16\x03\x01\x02\x00", b"GET ", b"")) +
                     rng.randbytes(rng.randint(1, 3000)) + b"\r\n\r\n")
        while await reader.read(PIECE_BYTES):
            pass
        return writer

    async def reset(self, server, rng):
        _, writer = await server.connect()
        writer.write(self.request(rng.choice(self.paths)))
        await asyncio.sleep(rng.random() / 100)
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return None

    async def leave(self, server, rng):
        _, writer = await server.connect(rng.random() < 0.5)
        return writer

    async def one(self, thing, rng):
        writer = None
        try:
            writer = await asyncio.wait_for(
                thing(rng.choice(self.servers), rng), PATIENCE_S)
        except (OSError, EOFError):
            pass		# as it should be, for most of them
        except asyncio.TimeoutError:
            self.wrong.append(f"{thing.__name__} for {PATIENCE_S} s")
        finally:
            if writer is not None:
                writer.transport.abort()
        name = thing.__name__
        self.done[name] = self.done.get(name, 0) + 1

    async def client(self, seed, rounds, until):
        rng = random.Random(seed)
        for _ in range(rounds):
            await asyncio.gather(*(self.one(thing, rng)
                                   for thing in self.things))
        while time.monotonic() < until:
            await self.one(rng.choice(self.things), rng)
            await asyncio.sleep(rng.random() / 2)

    async def run(self, n_clients, rounds, seconds, seed):
        until = time.monotonic() + seconds
        await asyncio.gather(*(self.client(f"{seed}/{i}", rounds, until)
                               for i in range(n_clients)))


def calm(server, before):
    """Descriptors, as soon as they are as many as before, or for good."""
    until = time.monotonic() + PATIENCE_S
    while True:
        n = server.descriptors()
        if before is None or n == before or time.monotonic() > until:
            return n
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--ca")
    parser.add_argument("--paths")
    parser.add_argument("--anon-kb-max", type=int, default=0)
    parser.add_argument("servers", nargs="+")
    options = parser.parse_args()
    servers = [Server(text, options.ca) for text in options.servers]
    soak = Soak(servers, open(options.paths).read().split())
    at_first = [s.descriptors() for s in servers]
    asyncio.run(soak.run(options.clients, min(options.rounds, 1),
                         options.seconds / 4, "warm"))
    before = [(calm(s, n), s.anon_kb()) for s, n in zip(servers, at_first)]
    asyncio.run(soak.run(options.clients, options.rounds,
                         options.seconds * 3 / 4, "soak"))
    is_good = not soak.wrong and soak.n_answers > 0
    for server, n, (_, kb) in zip(servers, at_first, before):
        now, now_kb = calm(server, n), server.anon_kb()
        print(f"port {server.port}: {n} descriptors, then {now}; "
              f"{kb} kB, then {now_kb} kB")
        is_good = is_good and now == n and (
            options.anon_kb_max == 0 or now_kb - kb <= options.anon_kb_max)
    print(f"{soak.n_answers} whole answers;",
          ", ".join(f"{n} {name}" for name, n in sorted(soak.done.items())))
    for wrong in soak.wrong[:10]:
        print("wrong:", wrong)
    sys.exit(0 if is_good else 1)


main()
