#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Minutes of clients of every sort, for an API server in the clear and one with
TLS that a pipeline fills: t/bin/soak.py says what they do and what must hold.

    bench/soak.py [--seconds=600] [--clients=200] [--nodes=20]

Run where the programs are.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import api
import cluster

ANON_KB_MAX = 8192


class Soaked(api.Filled):
    server_flags = ("--http-timeout=5s",)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=20)
    options = parser.parse_args()
    options.pods, options.churn, options.https = 30, 20, False
    options.resolution, options.windows = 5, 4
    cluster.raise_limit()
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Soaked(directory, options, options.nodes)
        try:
            pipeline.start_all()
            asked = api.fill(pipeline)
            with open(pipeline.path("paths"), "w") as paths:
                for _, path in asked:
                    print(path, file=paths)
            servers = [f"{pipeline.processes[name].pid}:{port}" +
                       (":tls" if name == "tls" else "")
                       for name, port in pipeline.ports.items()]
            soak = os.path.join(os.path.dirname(__file__), "..", "t", "bin",
                                "soak.py")
            done = subprocess.run(
                [sys.executable, soak, f"--seconds={options.seconds}",
                 f"--clients={options.clients}", "--ca=" +
                 pipeline.path("cert"), "--paths=" + pipeline.path("paths"),
                 f"--anon-kb-max={ANON_KB_MAX}", *servers], check=False)
        finally:
            pipeline.stop(tuple(pipeline.processes))
    sys.exit(done.returncode)


main()
