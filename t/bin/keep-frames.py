#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The child of cheapster-sink-exec: appends every frame to the file named."""
import os
import sys

file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
for line in sys.stdin:
    os.write(file, line.encode())
    print("ok", flush=True)
