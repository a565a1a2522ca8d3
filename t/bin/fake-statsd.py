#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake-statsd.py PORT-FILE FILE [PORT]

Writes every line of every datagram to FILE, with the number of lines that its
datagram has in front.  The port goes to PORT-FILE."""
import os
import socket
import sys

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
receiver.bind(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0))
with open(sys.argv[1] + ".new", "w", encoding="ascii") as f:
    f.write(str(receiver.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
with open(sys.argv[2], "ab", buffering=0) as out:
    while True:
        lines = receiver.recv(65536).splitlines(keepends=True)
        out.write(b"".join(b"%d " % len(lines) + line for line in lines))
