#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Kubelets whose counters are exact functions of the time of the sample.

    fake-kubelet.py [--port-file FILE] NODES

Serves GET /NODE/stats/summary for the nodes n0, n1, ... on a free port of
127.0.0.1.  Everything grows linearly since T0, in whole numbers per
microsecond, so that every rate is exact however far apart two samples are:
container k of pod j of node i uses rate_milli(i, j, k) thousandths of a core.
The containers of p0 have k + 0.5 in their custom metric queue_length, and the
first of them an accelerator.

A query makes it misbehave: ?status=500, ?hang, ?body=garbage, ?truncate=N,
?pad=BYTES (oversized), ?refuse (closes the connection).
"""
import argparse
import json
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

T0_US = 1_700_000_000_000_000
PODS = 4
CONTAINERS = 2


def rate_milli(node, pod, container):
    return 100 * (node + 1) + 10 * pod + container + 1


def time_text(us):
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(us // 1_000_000))
    return f"{whole}.{us % 1_000_000:06d}Z"


def cpu(us, milli):
    return {"time": time_text(us), "usageNanoCores": milli * 1_000_000,
            "usageCoreNanoSeconds": milli * (us - T0_US)}


def memory(us, size):
    return {"time": time_text(us), "usageBytes": size,
            "workingSetBytes": size - 1000, "rssBytes": size - 2000,
            "pageFaults": 2 * (us - T0_US), "majorPageFaults": 0}


def network(us):
    return {"time": time_text(us), "name": "eth0", "rxBytes": 3 * (us - T0_US),
            "rxErrors": 0, "txBytes": 4 * (us - T0_US), "txErrors": 0}


def pod(node, j, us):
    names = [{"name": f"c{k}", "startTime": "2026-01-01T00:00:00Z",
              "cpu": cpu(us, rate_milli(node, j, k)),
              "memory": memory(us, 10_000_000 * (k + 1))}
             for k in range(CONTAINERS)]
    if j == 0:
        names[0]["accelerators"] = [{
            "make": "nvidia", "model": "x", "id": f"GPU-{node}",
            "memoryTotal": 1000, "memoryUsed": 100, "dutyCycle": 10}]
        for k in range(CONTAINERS):
            names[k]["userDefinedMetrics"] = [{
                "name": "queue_length", "type": "gauge", "units": "count",
                "time": time_text(us), "value": k + 0.5}]
    random.shuffle(names)
    return {"podRef": {"name": f"p{j}", "namespace": f"ns{j % 2}",
                       "uid": f"uid-{node}-{j}"},
            "startTime": "2026-01-01T00:00:00Z", "containers": names,
            "network": network(us)}


def summary(node):
    us = time.time_ns() // 1000
    pods = [pod(node, j, us) for j in range(PODS)]
    random.shuffle(pods)
    start = f"2025-12-31T00:00:{random.randrange(3):02d}Z"   # it wobbles
    return {"node": {"nodeName": f"n{node}", "startTime": start,
                     "cpu": cpu(us, 1000 * (node + 1)),
                     "memory": memory(us, 1_000_000_000),
                     "network": network(us),
                     "systemContainers": [
                         {"name": "kubelet", "startTime": start[:-3] + "00Z",
                          "cpu": cpu(us, 7), "memory": memory(us, 5_000_000)}]},
            "pods": pods}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        if "hang" in query:
            time.sleep(60)
        if "refuse" in query:
            self.close_connection = True
            return
        body = json.dumps(summary(int(url.path.split("/")[1][1:])),
                          indent=1).encode()
        if "body" in query:
            body = unquote_to_bytes(query["body"][0])
        if "truncate" in query:
            body = body[:int(query["truncate"][0])]
        if "pad" in query:
            body += b" " * int(query["pad"][0])
        self.send_response(int(query.get("status", ["200"])[0]))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file")
    parser.add_argument("nodes", type=int)
    arguments = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if arguments.port_file:
        with open(arguments.port_file, "w") as file:
            print(server.server_port, file=file)
    else:
        print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
