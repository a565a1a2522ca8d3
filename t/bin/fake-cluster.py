#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A cluster: a kube-apiserver and kubelets, to be pulled about by a test.

    fake-cluster.py [--tls CERT KEY] [--token TOKEN] PORT_FILE NODES

Nodes are n0, n1, ...; each kubelet has a port of its own on 127.0.0.1, told in
the node's daemonEndpoints, and pods p0 ... of the namespaces ns0 and ns1 as
in fake-kubelet.py: container ck of pod pj of node ni uses
rate_milli(i, j, k) thousandths of a core, exactly, and that of p0 requests
k + 1 of nvidia.com/gpu.  PORT_FILE gets the port of
the kube-apiserver.  It speaks plain HTTP; with --tls kubelets do not.

POST /control?VERB=... changes things:

    pod=NAME&node=I[&labels=k:v,...]	makes or changes the pod
    gone=NAME			deletes it
    uid=NAME			replaces it by another of that name
    node=NAME&ready=True|False[&port=PORT|full][&address=IP]
				changes a node, and says that its kubelet is
				there: at "full" a listener drops who connects
    proxy=CODE			what the kube-apiserver says to who wants to
				be passed on to a kubelet; 200: does so
    leave=NAME, join=NAME		takes a node away, brings it back
    expire=1			forgets all events so far
    cut=1				breaks all watches in mid-event
    garbage=1			sends watches what is no event
    broken=NAME			makes a pod that nobody can understand
    status=CODE			all requests but this fail; 200: no more
    kubelet=NAME&mode=MODE	what a kubelet does: ok, hang, an HTTP status,
				or nosummary: that is forbidden; nothing:
				that too, and the rest hangs
"""
import argparse
import importlib.util
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_spec = importlib.util.spec_from_file_location(
    "fake_kubelet", os.path.join(os.path.dirname(__file__), "fake-kubelet.py"))
fake_kubelet = importlib.util.module_from_spec(_spec)
sys.dont_write_bytecode = True
_spec.loader.exec_module(fake_kubelet)

KINDS = {"nodes": "Node", "pods": "Pod", "namespaces": "Namespace"}


class Cluster:
    def __init__(self):
        self.lock = threading.Condition()
        self.version = 100
        self.objects = {kind: {} for kind in KINDS}
        self.events = []            # (version, kind, type, object)
        self.oldest = 0             # versions before are forgotten
        self.cuts = 0               # watches begun before end
        self.garbage = 0
        self.status = 200
        self.proxy_status = 200
        self.modes = {}

    def put(self, kind, key, thing, event=None):
        with self.lock:
            self.version += 1
            known = key in self.objects[kind]
            thing["metadata"]["resourceVersion"] = str(self.version)
            if event == "DELETED":
                del self.objects[kind][key]
            else:
                self.objects[kind][key] = thing
                event = "MODIFIED" if known else "ADDED"
            self.events.append((self.version, kind, event,
                                json.loads(json.dumps(thing))))
            self.lock.notify_all()


cluster = Cluster()


def is_selected(query, thing):
    field, _, value = query.get("fieldSelector", "").partition("=")
    for part in field.split(".") if field else []:
        thing = thing[part]
    return not field or thing == value


def make_pod(name, node, labels, uid=None):
    j = int(name.split("-")[0][1:]) if name[1:2].isdigit() else 0
    containers = [{"name": f"c{k}", "image": f"image{k}", "resources": {
        "requests": {"cpu": f"{10 * (k + 1)}m", "memory": "1Mi"}}}
        for k in range(fake_kubelet.CONTAINERS)]
    for k, container in enumerate(containers if j == 0 else []):
        container["resources"]["requests"]["nvidia.com/gpu"] = str(k + 1)
    return {"metadata": {"name": name, "namespace": f"ns{j % 2}",
                         "uid": uid or f"uid-{node}-{j}", "labels": labels},
            "spec": {"nodeName": f"n{node}", "containers": containers},
            "status": {"startTime": "2026-01-01T00:00:00Z",
                       "containerStatuses": [
                           {"name": "c0", "restartCount": 3}]}}


def make_node(i, port, ready="True", address="127.0.0.1"):
    return {"metadata": {"name": f"n{i}", "uid": f"node-uid-{i}",
                         "labels": {"zone": f"z{i}"}},
            "spec": {}, "status": {
                "capacity": {"cpu": "8", "memory": "16Gi"},
                "allocatable": {"cpu": "4", "memory": "8Gi"},
                "conditions": [{"type": "Ready", "status": ready}],
                "addresses": [{"type": "InternalIP", "address": address}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": port}}}}


class Base(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True    # as clients may

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, status, reason):
        self.answer(status, json.dumps({
            "kind": "Status", "status": "Failure", "reason": reason,
            "message": reason, "code": status}).encode())

    def is_allowed(self):
        return not options.token or \
            self.headers["Authorization"] == "Bearer " + options.token


def resources(node):
    """/metrics/resource of a node, exact to the microsecond"""
    us = time.time_ns() // 1_000_000 * 1000
    lines = []

    def sample(metric, labels, value):
        text = ",".join(f'{k}="{v}"' for k, v in labels.items())
        lines.append(f"{metric}{{{text}}} {value} {us // 1000}")

    def seconds(milli):
        ns = milli * (us - fake_kubelet.T0_US)
        return f"{ns // 10**9}.{ns % 10**9:09d}"

    sample("node_cpu_usage_seconds_total", {}, seconds(1000 * (node + 1)))
    sample("node_memory_working_set_bytes", {}, "1e+09")
    for j in range(fake_kubelet.PODS):
        for k in range(fake_kubelet.CONTAINERS):
            labels = {"container": f"c{k}", "namespace": f"ns{j % 2}",
                      "pod": f"p{j}-{node}"}
            sample("container_cpu_usage_seconds_total", labels,
                   seconds(fake_kubelet.rate_milli(node, j, k)))
            sample("container_memory_working_set_bytes", labels, 1000)
    lines.append("resource_scrape_error 0")
    return "\n".join(lines) + "\n"


def containers(node):
    """what cAdvisor says, of the node and a pod with its pause container"""
    us = time.time_ns() // 1000

    def thing(name, labels, milli, usage):
        return {"name": name,
                "spec": {"creation_time": "2026-01-01T00:00:00Z",
                         "has_cpu": True, "has_memory": True,
                         "has_network": True, "image": "image0",
                         "has_custom_metrics": milli > 1,
                         "custom_metrics": [{
                             "name": "usage", "type": "gauge",
                             "format": "int", "units": "bytes"}],
                         "labels": labels},
                "stats": [{"timestamp": fake_kubelet.time_text(us),
                           "custom_metrics": {"usage": [{
                               "timestamp": fake_kubelet.time_text(us),
                               "int_value": usage}]},
                           "accelerators": [{
                               "make": "nvidia", "model": "x", "id": "GPU",
                               "memory_total": 1000, "memory_used": usage,
                               "duty_cycle": 10}],
                           "cpu": {"usage": {
                               "total": milli *
                               (us - fake_kubelet.T0_US)}},
                           "memory": {"usage": usage},
                           "network": {"interfaces": [{
                               "name": "eth0", "rx_bytes": us}]}}]}

    def of_pod(name, container, milli, usage):
        return thing(name, {"io.kubernetes.container.name": container,
                            "io.kubernetes.pod.name": f"p0-{node}",
                            "io.kubernetes.pod.namespace": "ns0"},
                     milli, usage)

    def rate(container):
        return fake_kubelet.rate_milli(node, 0, container)

    things = [thing("/", {}, 1000 * (node + 1), 9000),
              of_pod("/kubepods/a/b", "c0", rate(0), 500),
              of_pod("/kubepods/a/c", "c1", rate(1), 600),
              of_pod("/kubepods/a/d", "POD", 1, 7)]
    return {t["name"]: t for t in things}


class Kubelet(Base):
    def node(self):
        return self.server.node

    def do_POST(self):
        asked = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        if self.path != "/stats/container/" or not asked["subcontainers"]:
            return self.answer(404, b"404: Page Not Found")
        self.answer(200, json.dumps(containers(self.server.node)).encode())

    def do_GET(self):
        name = f"n{self.node()}"
        mode = cluster.modes.get(name, "ok")
        if mode == "hang":
            time.sleep(60)
        if options.token and not self.is_allowed():
            return self.answer(401, b"Unauthorized")
        if mode.isdigit():
            return self.answer(int(mode), b"no")
        if mode == "nothing" and self.path == "/metrics/resource":
            time.sleep(60)
        if self.path == "/metrics/resource":
            return self.answer(200, resources(self.node()).encode())
        if mode in ("nosummary", "nothing"):
            return self.answer(403, b"Forbidden (user=u, verb=get)")
        body = fake_kubelet.summary(self.node())
        # As a hostname that a cloud gave, not as the cluster calls it.
        body["node"]["nodeName"] = "host-" + name
        with cluster.lock:
            known = {p["metadata"]["name"]: p["metadata"]
                     for p in cluster.objects["pods"].values()
                     if p["spec"]["nodeName"] == name}
        # A kubelet calls its pods as the cluster does.
        for pod in body["pods"]:
            full = pod["podRef"]["name"] + f"-{self.node()}"
            pod["podRef"]["name"] = full
            if full in known and mode != "old":
                pod["podRef"]["uid"] = known[full]["uid"]
        self.answer(200, json.dumps(body, indent=1).encode())


class Api(Base):
    def do_POST(self):
        query = {k: v[0] for k, v in
                 parse_qs(urlsplit(self.path).query).items()}
        control(query)
        self.answer(200, b"{}")

    def do_GET(self):
        url = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        kind = url.path.rsplit("/", 1)[1]
        if url.path.startswith("/api/v1/nodes/") and "/proxy/" in url.path:
            return self.proxy(url.path)
        if cluster.status != 200:
            return self.fail(cluster.status, "Broken")
        if "watch" in query:
            return self.watch(kind, query)
        with cluster.lock:
            items = [(k, v) for k, v in sorted(cluster.objects[kind].items())
                     if is_selected(query, v)]
            version = cluster.version
            oldest = cluster.oldest
        metadata = {"resourceVersion": str(version)}
        if query.get("resourceVersion") != "0":
            # Pages of two, however many are asked for.
            start = 0
            if "continue" in query:
                at, start = map(int, query["continue"].split("/"))
                if at < oldest:
                    return self.fail(410, "Expired")
                metadata["resourceVersion"] = str(at)
            if start + 2 < len(items):
                metadata["continue"] = f"{version}/{start + 2}"
            items = items[start:start + 2]
        self.answer(200, json.dumps({
            "kind": KINDS[kind] + "List", "metadata": metadata,
            "items": [thing for _, thing in items]}).encode() + b"\n")

    def proxy(self, path):
        who, self.path = path[len("/api/v1/nodes/"):].split("/proxy")
        if who.startswith("https:"):
            who = who[len("https:"):]
        node, _, port = who.partition(":")
        i = int(node[1:])
        if cluster.proxy_status != 200:
            return self.fail(cluster.proxy_status, "Forbidden")
        if port and int(port) != ports[i]:
            return self.fail(503, "dial tcp: connection refused")
        self.node = lambda: i
        Kubelet.do_GET(self)

    def piece(self, text):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))

    def send_event(self, kind, thing):
        line = json.dumps({"type": kind, "object": thing}).encode() + b"\n"
        self.piece(line[:len(line) // 2])
        self.piece(line[len(line) // 2:])

    def watch(self, kind, query):
        at = int(query["resourceVersion"])
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        cuts, garbage = cluster.cuts, cluster.garbage
        end = time.time() + 2
        while True:
            with cluster.lock:
                version = cluster.version   # that of these events
                if at < cluster.oldest:
                    events = "expired"
                else:
                    events = [e for e in cluster.events
                              if e[0] > at and e[1] == kind
                              and is_selected(query, e[3])]
                    if not events and cuts == cluster.cuts and \
                            garbage == cluster.garbage:
                        cluster.lock.wait(0.1)
            if events == "expired":
                self.send_event("ERROR", {"kind": "Status", "code": 410,
                                          "reason": "Expired",
                                          "message": "too old"})
                break
            for event in events:
                self.send_event(event[2], event[3])
                at = event[0]
            if cuts != cluster.cuts:
                self.piece(b'{"type":"ADDED","object":{"metadata":{"na')
                self.close_connection = True
                return
            if garbage != cluster.garbage:
                garbage = cluster.garbage
                self.piece(b"nonsense\n")
            if time.time() > end:
                self.send_event("BOOKMARK", {"metadata": {
                    "resourceVersion": str(version)}})
                at = version
                break
        self.piece(b"")


held = []


def full_port():
    """of a listener whose queue is full: it drops whoever else connects"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    held.append(listener)
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        held.append(client)
    return listener.getsockname()[1]


def control(query):
    if "pod" in query:
        name = query["pod"]
        labels = dict(pair.split(":") for pair in
                      query.get("labels", "app:x").split(","))
        cluster.put("pods", name, make_pod(name, int(query["node"]), labels))
    elif "gone" in query:
        cluster.put("pods", query["gone"],
                    cluster.objects["pods"][query["gone"]], "DELETED")
    elif "broken" in query:
        cluster.put("pods", query["broken"], {
            "metadata": {"name": [7], "uid": "u"}, "spec": {"nodeName": ""}})
    elif "uid" in query:
        pod = cluster.objects["pods"][query["uid"]]
        pod["metadata"]["uid"] = "another"
        cluster.put("pods", query["uid"], pod)
    elif "leave" in query:
        cluster.put("nodes", query["leave"],
                    cluster.objects["nodes"][query["leave"]], "DELETED")
    elif "join" in query or "ready" in query:
        name = query.get("join") or query["node"]
        i = int(name[1:])
        port = query.get("port", ports[i])
        port = full_port() if port == "full" else int(port)
        cluster.put("nodes", name, make_node(
            i, port, query.get("ready", "True"),
            query.get("address", "127.0.0.1")))
    elif "expire" in query:
        with cluster.lock:
            cluster.version += 10
            cluster.oldest = cluster.version
            cluster.lock.notify_all()
    elif "cut" in query or "garbage" in query:
        with cluster.lock:
            cluster.cuts += "cut" in query
            cluster.garbage += "garbage" in query
            cluster.lock.notify_all()
    elif "proxy" in query:
        cluster.proxy_status = int(query["proxy"])
    elif "status" in query:
        cluster.status = int(query["status"])
    elif "kubelet" in query:
        cluster.modes[query["kubelet"]] = query["mode"]


def serve(handler, node=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.node = node
    if options.tls and node is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


parser = argparse.ArgumentParser()
parser.add_argument("--tls", nargs=2)
parser.add_argument("--token")
parser.add_argument("port_file")
parser.add_argument("nodes", type=int)
options = parser.parse_args()
ports = []
for i in range(options.nodes):
    ports.append(serve(Kubelet, i))
    cluster.put("nodes", f"n{i}", make_node(i, ports[i]))
    for j in range(fake_kubelet.PODS):
        cluster.put("pods", f"p{j}-{i}",
                    make_pod(f"p{j}-{i}", i, {"app": f"p{j}", "tier": "t"}))
for j in range(2):
    cluster.put("namespaces", f"ns{j}",
                {"metadata": {"name": f"ns{j}", "uid": f"ns-uid-{j}"}})
api_port = serve(Api)
with open(options.port_file + ".new", "w") as file:
    print(api_port, file=file)
os.rename(options.port_file + ".new", options.port_file)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True:
    time.sleep(60)
