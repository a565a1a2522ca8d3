#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""hostile-chain.py ADDRESS:PORT PID CA

Shakes hands over TLS without a certificate, then with one behind it that nobody
has signed: a chain of keys of 16384 bits, which cost much to whoever looks at
their signatures.  Prints what CPU time PID has used for the second, in ms, and
that for the first.
"""

import base64
import os
import random
import socket
import ssl
import subprocess
import sys

BITS = 16384
LENGTH = 22
HANDSHAKES = 20


def der(tag, *parts):
    body = b"".join(parts)
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    if len(body) > 127:
        length = bytes([0x80 | len(length)]) + length
    return bytes([tag]) + length + body


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


COMMON_NAME = bytes.fromhex("0603550403")
BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")
RSA = bytes.fromhex("06092a864886f70d010101") + b"\x05\x00"
SHA256_RSA = der(0x30, bytes.fromhex("06092a864886f70d01010b") + b"\x05\x00")


def name(text):
    value = der(12, text.encode())
    return der(0x30, der(0x31, der(0x30, COMMON_NAME, value)))


def certificate(subject, issuer, key, is_ca):
    extensions = b""
    if is_ca:
        constraints = der(4, der(0x30, b"\x01\x01\xff"))
        extensions = der(0xA3, der(0x30, der(
            0x30, BASIC_CONSTRAINTS, b"\x01\x01\xff", constraints)))
    lasts = der(0x30, der(0x17, b"200101000000Z"), der(0x17, b"491231235959Z"))
    body = der(0x30, der(0xA0, integer(2)), integer(random.getrandbits(60)),
               SHA256_RSA, name(issuer), lasts, name(subject), key, extensions)
    signature = b"\x00\x3f" + os.urandom(BITS // 8 - 1)
    return der(0x30, body, SHA256_RSA, der(3, signature))


def rsa_key():
    """Nobody has to know its factors."""
    n = random.getrandbits(BITS) | 1 | 1 << BITS - 1
    e = random.getrandbits(63) | 1 | 1 << 63
    return der(0x30, der(0x30, RSA),
               der(3, b"\x00", der(0x30, integer(n), integer(e))))


def write_chain():
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", "hostile.key"],
                   check=True, stderr=subprocess.DEVNULL)
    own = subprocess.run(["openssl", "pkey", "-in", "hostile.key", "-pubout",
                          "-outform", "DER"], check=True, capture_output=True)
    chain = [certificate("leaf", "0", own.stdout, False)]
    for i in range(LENGTH):
        chain.append(certificate(str(i), str(i + 1), rsa_key(), True))
    with open("hostile.crt", "w", encoding="ascii") as out:
        for text in chain:
            out.write("-----BEGIN CERTIFICATE-----\n" +
                      base64.encodebytes(text).decode() +
                      "-----END CERTIFICATE-----\n")


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks * 1000 // os.sysconf("SC_CLK_TCK")


def cost_ms(address, pid, context):
    """Answers in between show that the handshakes are over."""
    host, port = address.rsplit(":", 1)
    before = cpu_ms(pid)
    for _ in range(HANDSHAKES):
        with socket.create_connection((host, int(port)), 60) as plain:
            with context.wrap_socket(plain, server_hostname=host) as s:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert s.recv(4096).startswith(b"HTTP/1.1 "), "no answer"
    return cpu_ms(pid) - before


def main():
    address, pid, ca = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca)
    usual = cost_ms(address, pid, context)
    write_chain()
    context.load_cert_chain("hostile.crt", "hostile.key")
    print(cost_ms(address, pid, context), usual)


if __name__ == "__main__":
    main()
