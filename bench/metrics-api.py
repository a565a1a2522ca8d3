#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What an answer of the Metrics API costs over TLS; "NAME VALUE UNIT" per line.

    bench/metrics-api.py [--nodes=500,5000] [--pods=30] [--resolution=15]
                         [--seconds=1]

Run where the programs are.  An API server is filled from kubesim, in whose
cluster each namespace has 500 pods; then the pipeline ends, and each thing is
asked by somebody with a client certificate, over one connection that is kept,
as JSON, as protocol buffers, and as JSON with gzip:

bytes    of the body
cpu      user and system time of the server per answer, kernel included;
         "again": of one that was given before
p50 p99  from the question to the last byte of the answer

"selected" is a namespace of 1000 pods of which a selector takes none, which
is what the selector costs.
"""
import argparse
import http.client
import ssl
import tempfile
import time

import api
import cluster

ROOT = "/apis/metrics.k8s.io/v1"
WINDOWS = 3
FORMS = (
    ("json", ()),
    ("protobuf", ("Accept: application/vnd.kubernetes.protobuf",)),
    ("gzip", ("Accept-Encoding: gzip",)),
)


class Secured(api.Filled):
    """A pipeline with one API server, which has a secure port."""

    server_names = ("api",)
    event = " secure_listening "
    subject = "/O=system:masters/CN=kubesim"

    def __init__(self, directory, options, n_nodes, pods_of_namespace):
        super().__init__(directory, options, n_nodes)
        self.pods_of_namespace = pods_of_namespace
        self.identity = self.path("both")
        self.server_flags = (
            "--secure-listen=127.0.0.1:0", "--max-age=1h",
            f"--cert-dir={self.path('made')}", "--kube-server=http://127.0.0.1",
            "--authentication-skip-lookup",
            f"--client-ca-file={self.path('cert')}")

    def make_certificate(self):
        super().make_certificate()
        with open(self.identity, "w") as both:
            both.write(open(self.path("cert")).read())
            both.write(open(self.path("key")).read())

    def tls(self, name):
        return self.identity

    def fill(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(self.identity)
        asker = cluster.Api(0)
        n_pods = self.n_nodes * self.options.pods
        while True:
            asker.connection = http.client.HTTPSConnection(
                "127.0.0.1", self.ports["api"], context=context)
            pods = asker.get(f"{ROOT}/pods")["items"]
            if len(pods) == n_pods:
                return pods[0]["metadata"]["namespace"]
            time.sleep(1)


def measure(pipeline, what, path, forms):
    for form, headers in forms:
        prefix = f"{pipeline.n_nodes} nodes, {what} {form}"
        found = pipeline.ask("api", path, pipeline.options.seconds,
                             headers=headers)
        again = pipeline.ask("api", path, pipeline.options.seconds,
                             is_new=False, headers=headers)
        cluster.say(f"{prefix} bytes", found["bytes"], "bytes")
        api.say_all(prefix, found, ("cpu", "p50", "p99"))
        if found["bytes"] >= api.KEPT_BYTES:
            api.say_all(f"{prefix} again", again, ("cpu",))


def measure_all(options, n_nodes, pods_of_namespace, cases):
    with tempfile.TemporaryDirectory(prefix="ch") as directory:
        pipeline = Secured(directory, options, n_nodes, pods_of_namespace)
        try:
            pipeline.start_all()
            namespace = pipeline.fill()
            pipeline.stop(("collector", "aggregator", "kubesim"))
            for what, path, forms in cases:
                measure(pipeline, what,
                        f"{ROOT}/{path.format(namespace=namespace)}", forms)
        finally:
            pipeline.stop(tuple(pipeline.processes))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", default="500,5000")
    parser.add_argument("--pods", type=int, default=30)
    parser.add_argument("--resolution", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args()
    options.https = False
    options.windows = WINDOWS
    options.churn = 0
    cluster.raise_limit()
    for n_nodes in options.nodes.split(","):
        measure_all(options, int(n_nodes), api.PODS_OF_NAMESPACE, (
            ("one namespace", "namespaces/{namespace}/pods", FORMS),
            ("all pods", "pods", FORMS),
            ("nodes", "nodes", FORMS)))
    measure_all(options, 100, 1000, (
        ("selected", "namespaces/{namespace}/pods?labelSelector="
         "app%3Dnone,tier%20in%20(a,b),!old", FORMS[:1]),))


if __name__ == "__main__":
    main()
