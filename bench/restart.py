#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""How soon an API server answers again after kill -9; "NAME VALUE UNIT".

    bench/restart.py [--nodes=500] [--windows=15] [--times=11]

Run where the programs are.  bench/store fills a store with nodes of 30 pods;
then an API server is started on it, asked for one series until it has all of
its points, and killed, so many times.  The time begins before exec.  Nobody
else runs: no frame comes, all is from the store.
"""
import argparse
import http.client
import json
import socket
import statistics
import subprocess
import tempfile
import time

SERIES = "/api/v1/model/nodes/node-00000/metrics/cpu/usage_rate"


def say(name, value, unit):
    print(f"{name:<44} {value:>12} {unit}", flush=True)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def points(port, path):
    """How many points the series has; None while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", path)
        return len(json.loads(connection.getresponse().read())["metrics"])
    except ConnectionError:
        return None
    finally:
        connection.close()


def restart(directory, port, windows):
    before = time.monotonic()
    process = subprocess.Popen(
        ["./cheapster-apiserver", f"--listen=127.0.0.1:{port}",
         f"--state-dir={directory}", f"--run-dir={directory}"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        n = points(port, SERIES)
        if n is not None:
            break
        time.sleep(0.0005)
    after = time.monotonic()
    process.kill()
    process.wait()
    if n != windows:
        raise SystemExit(f"{n} points instead of {windows}")
    return 1000 * (after - before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--windows", type=int, default=15)
    parser.add_argument("--times", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chbench") as directory:
        subprocess.run(["bench/store", str(options.nodes),
                        str(options.windows), directory + "/store"],
                       check=True, stdout=subprocess.DEVNULL)
        ms = sorted(restart(directory, free_port(), options.windows)
                    for _ in range(options.times))
    name = f"restart {options.nodes}x30, {options.windows} windows"
    say(f"{name}: answers after", f"{statistics.median(ms):.1f}", "ms")
    say(f"{name}: at the latest", f"{ms[-1]:.1f}", "ms")


main()
