#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A genuine kube-apiserver and kubelet 1.26, replayed: t/data says of what.

    replay-cluster.py DATA PORT_FILE

What a cluster may refuse comes first, so all that follows has been healed:

    nodes	403, then the list
    namespaces	401, then the list
    pods	two pages and 410 for the third; 504; three pages; a watch that
		ends with 410; one list; a watch with the life of a pod up to
		its label "extra", and the rest of it after POST /go

Watches of nodes and namespaces are genuine too, in pieces of PIECE_BYTES.

The kubelet is behind the proxy of the kube-apiserver.  Its first Summary is
as it was; each one after it is STEP_S later, with all counters of CPU ahead by
a quarter of a core, of the network by 1000 bytes per second and of page
faults by 2 per second.  It goes on to report the pod whose life is watched, as
if it used what "best-effort" does.
"""
import json
import os
import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STEP_S = 10
PIECE_BYTES = 997
PER_SECOND = {"usageCoreNanoSeconds": 250_000_000, "rxBytes": 1000,
              "txBytes": 1000, "pageFaults": 2, "majorPageFaults": 2,
              "rxErrors": 0, "txErrors": 0}
API = "/api/v1/"
PROXY = API + "nodes/rig-node/proxy/stats/summary"

data = sys.argv[1]
lock = threading.Lock()
counts = {}
go = threading.Event()


def read(name):
    with open(os.path.join(data, name), "rb") as file:
        return file.read()


def api(name):
    return read("kube-apiserver-1.26/" + name)


def nth(what):
    """How often that was asked for before."""
    with lock:
        counts[what] = counts.get(what, -1) + 1
        return counts[what]


def advance(thing, seconds):
    """The same, so much later."""
    if isinstance(thing, list):
        return [advance(item, seconds) for item in thing]
    if not isinstance(thing, dict):
        return thing
    later = {key: advance(value, seconds) for key, value in thing.items()}
    for key, value in later.items():
        if key in PER_SECOND:
            later[key] = value + PER_SECOND[key] * seconds
        elif key == "time":
            time = datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
            later[key] = (time + timedelta(seconds=seconds)).strftime(
                "%Y-%m-%dT%H:%M:%SZ")
    return later


def summary():
    body = json.loads(read("kubelet-1.26/summary.body"))
    life = json.loads(api("watch-pods-life.body").splitlines()[0])
    pod = next(pod for pod in body["pods"]
               if pod["podRef"]["name"] == "best-effort")
    ref = {key: life["object"]["metadata"][key]
           for key in ("name", "namespace", "uid")}
    body["pods"].append(pod | {"podRef": ref})
    return json.dumps(advance(body, STEP_S * nth("summary"))).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, status=200):
        self.send_response(status)
        if status == 504:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def captured(self, name):
        """One with its headers."""
        head, _, body = api(name).partition(b"\r\n\r\n")
        self.answer(body, int(head.split()[1]))

    def chunk(self, text):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.flush()

    def watch(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if kind != "pods":
            text = api(f"watch-{kind}.body")
            for at in range(0, len(text), PIECE_BYTES):
                self.chunk(text[at:at + PIECE_BYTES])
            return threading.Event().wait()
        if nth("watch") == 0:
            self.chunk(api("gone-watch-pods.body"))
            return self.chunk(b"")
        lines = api("watch-pods-life.body").splitlines(keepends=True)
        for at, line in enumerate(lines):
            if at == 6:
                go.wait()
            self.chunk(line)
        return threading.Event().wait()

    def pods(self, query):
        begun = "continue" not in query
        at = nth("lists") if begun else counts["lists"]
        if at == 1:
            return self.answer(api("list-rv-future.body"), 504)
        if at >= 3:
            return self.answer(api("pods.body"))
        page = 1 if begun else 2 + (
            query["continue"][0] in api("page2.body").decode())
        if at == 0 and page == 3:
            return self.answer(api("gone-continue.body"), 410)
        return self.answer(api(f"page{page}.body"))

    def do_GET(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        kind = url.path[len(API):]
        if url.path == PROXY:
            return self.answer(summary())
        if "watch" in query:
            return self.watch(kind)
        if kind == "pods":
            return self.pods(query)
        refusal = {"nodes": "nobody-403.http",
                   "namespaces": "badtoken-401.http"}.get(kind)
        if refusal is None:
            return self.answer(b"{}", 404)
        if nth(kind) == 0:
            return self.captured(refusal)
        return self.answer(api(kind + ".body"))

    def do_POST(self):
        if self.path == "/go":
            go.set()
        self.answer(json.dumps(counts).encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(sys.argv[2] + ".new", "w", encoding="ascii") as file:
    file.write(f"{server.server_port}\n")
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
