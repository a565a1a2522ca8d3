#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What an answer of the API costs; "NAME VALUE UNIT" per line.

    bench/api.py [--nodes=500] [--pods=30] [--scraping=1000] [--windows=15]
                 [--resolution=5] [--seconds=2] [--rate=200]

Run where the programs are.  Two API servers, one of them with TLS, are filled
by the same pipeline against kubesim, in whose cluster each namespace has 500
pods.  Then the pipeline ends, and each thing is asked over one connection that
is kept:

cpu      user and system time of the server per answer, kernel included;
         "again": of one that was given before, in the same window
p50 p99  from the question to the last byte of the answer

The same under "scraping" with the pipeline at work and --scraping nodes, one
of the two servers at a time, at --rate questions a second; CPU would count the scraping there and is left out.
Routes that are not there are passed over.
"""
import argparse
import http.client
import ssl
import subprocess
import tempfile
import time

import cluster

PODS_OF_NAMESPACE = 500
KEPT_BYTES = 4096
MODEL = "/api/v1/model"
RESOURCE = "/apis/metrics/v1alpha1"


class Filled(cluster.Pipeline):
    """A pipeline with two API servers."""

    ports = None
    server_flags = ()
    server_names = ("plain", "tls")
    event = " http_listening "
    pods_of_namespace = PODS_OF_NAMESPACE

    def tls(self, name):
        """What bench/api takes for it."""
        return "1" if name == "tls" else "0"

    def start_all(self):
        self.ports = {}
        self.make_certificate()
        n_pods = self.n_nodes * self.options.pods
        n_namespaces = max(n_pods // self.pods_of_namespace, 1)
        port = self.start_kubesim(f"--namespaces={n_namespaces}")
        retention_s = self.options.resolution * self.options.windows
        self.start("aggregator", "./cheapster-aggregator")
        for name in self.server_names:
            flags = () if name != "tls" else (
                f"--tls-cert={self.path('cert')}",
                f"--tls-key={self.path('key')}")
            self.start(name, "./cheapster-apiserver", "--listen=127.0.0.1:0",
                       f"--state-dir={self.path('state-' + name)}",
                       f"--retention={retention_s}s", *flags,
                       *self.server_flags)
            self.wait_listening(name)
        self.start("collector", "./cheapster-collector",
                   f"--metric-resolution={self.options.resolution}s",
                   "--kubelet-insecure-tls", f"--source={self.source(port)}")

    def wait_listening(self, name):
        """One after the other, so that the last one logged is this one."""
        while True:
            found = [word for line in open(self.path("log"))
                     if self.event in line
                     for word in line.split() if word.startswith("address=")]
            if len(found) == len(self.ports) + 1:
                self.ports[name] = int(found[-1].rsplit(":", 1)[1])
                return
            time.sleep(0.02)

    def ask(self, name, path, seconds, rate=0, is_new=True,
            headers=()):
        """A dictionary, or None if there is no such route."""
        out = subprocess.run(
            ["bench/api", str(self.ports[name]), str(self.processes[name].pid),
             str(seconds), str(rate), self.tls(name), str(int(is_new)), path,
             *headers],
            check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        if out[0] != "200":
            return None
        return {"bytes": int(out[1]), "n": int(out[2]),
                "cpu": float(out[3]), "p50": float(out[4]),
                "p99": float(out[5])}


def questions(api):
    """(what, path) of everything that is asked."""
    namespaces = api.get(f"{MODEL}/namespaces")
    namespace = namespaces[0]
    pods = api.get(f"{MODEL}/namespaces/{namespace}/pods")
    below = f"{MODEL}/namespaces/{namespace}"
    some = ",".join(pods[:PODS_OF_NAMESPACE])
    return [
        ("one series", f"{below}/pods/{pods[0]}/metrics/cpu/usage_rate"),
        ("names of a namespace", f"{below}/pods"),
        ("pod-list of a namespace",
         f"{below}/pod-list/{some}/metrics/cpu/usage_rate"),
        ("pods of a namespace", f"{RESOURCE}/namespaces/{namespace}/pods"),
        ("all keys", f"{MODEL}/debug/allkeys"),
        ("all pods", f"{RESOURCE}/pods"),
        ("metric-export", "/api/v1/metric-export"),
    ]


def fill(pipeline):
    options = pipeline.options
    cluster.sleep_windows(options, options.windows + 2)
    name, port = next(iter(pipeline.ports.items()))
    while True:
        api = cluster.Api(port)
        if name == "tls":
            api.connection = http.client.HTTPSConnection(
                "127.0.0.1", port, context=ssl.create_default_context(
                    cafile=pipeline.path("cert")))
        if len(api.get(f"{MODEL}/nodes") or ()) == pipeline.n_nodes:
            return questions(api)
        time.sleep(0.2)


def say_all(prefix, found, keys):
    for key in keys:
        cluster.say(f"{prefix} {key}", f"{found[key]:.1f}", "us")


def measure_idle(options):
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Filled(directory, options, options.nodes)
        try:
            pipeline.start_all()
            asked = fill(pipeline)
            pipeline.stop(("collector", "aggregator", "kubesim"))
            for what, path in asked:
                for name in ("plain", "tls"):
                    found = pipeline.ask(name, path, options.seconds)
                    if found is None:
                        continue
                    prefix = f"{what} {name}"
                    say_all(prefix, found, ("cpu", "p50", "p99"))
                    again = pipeline.ask(name, path, options.seconds,
                                         is_new=False)
                    if found["bytes"] >= KEPT_BYTES:
                        say_all(f"{prefix} again", again, ("cpu", "p50"))
                    if name == "plain":
                        cluster.say(f"{what} bytes", found["bytes"], "bytes")
        finally:
            pipeline.stop(tuple(pipeline.processes))


def measure_scraping(options, name):
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Filled(directory, options, options.scraping)
        pipeline.server_names = (name,)
        try:
            pipeline.start_all()
            for what, path in fill(pipeline):
                rate = options.rate if what == "one series" else 4
                found = pipeline.ask(name, path, 2 * options.resolution, rate)
                if found is not None:
                    say_all(f"{what} {name} scraping", found, ("p50", "p99"))
        finally:
            pipeline.stop(tuple(pipeline.processes))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=500)
    parser.add_argument("--scraping", type=int, default=1000)
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--resolution", type=int, default=5)
    parser.add_argument("--windows", type=int, default=15)
    parser.add_argument("--churn", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rate", type=float, default=200)
    options = parser.parse_args()
    options.https = False
    cluster.raise_limit()
    if options.nodes > 0:
        measure_idle(options)
    if options.scraping > 0:
        measure_scraping(options, "plain")
        measure_scraping(options, "tls")


if __name__ == "__main__":
    main()
