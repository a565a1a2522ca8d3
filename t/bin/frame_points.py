# SPDX-License-Identifier: ISC
"""The points of out frames, read from the lines that cheapster-tap --json
prints: what a back end has to have afterwards.  Written without a look at the
programs, after Heapster's labels."""
import json

COMPOSED = {"custom/value": ("custom/", ""), "resource/request": ("", "/request")}
RESOURCE_LABELS = {"resource_id": "resource_id", "make": "make", "model": "model",
                   "accelerator_id": "accelerator_id",
                   "claim": "persistentvolumeclaim"}


def values_of(names, values):
    return [(n, v) for n, v in zip(names, values) if v is not None]


def points_of_set(frame, part, labels):
    labels = dict(labels, **part.get("stored", {}))
    for name, value in values_of(frame["metrics"], part["values"]):
        yield name, labels, value
    for resource in part.get("resources", []):
        own = {RESOURCE_LABELS[k]: v for k, v in resource.items()
               if k in RESOURCE_LABELS}
        for name, value in values_of(frame["labelled"], resource["values"]):
            if name in COMPOSED:
                before, after = COMPOSED[name]
                yield before + resource["resource_id"] + after, labels, value
            else:
                yield name, dict(labels, **own), value


def put(labels, key, part, name):
    if name in part:
        labels[key] = part[name]


def sets_of_node(frame):
    node = frame["node"]
    host = {"nodename": node["name"], "host_id": node.get("host_id", ""),
            "hostname": node.get("hostname", node["name"])}
    labels = dict(host, type="node")
    put(labels, "schedulable", node, "schedulable")
    put(labels, "labels", node, "labels")
    yield node, labels
    for container in node.get("system", []):
        yield container, dict(host, type="sys_container",
                              container_name=container["name"])
    for pod in node.get("pods", []):
        labels = dict(host, type="pod", pod_name=pod["name"],
                      namespace_name=pod["namespace"])
        put(labels, "pod_id", pod, "uid")
        put(labels, "namespace_id", pod, "namespace_id")
        put(labels, "labels", pod, "labels")
        yield pod, labels
        for container in pod["containers"]:
            inner = dict(labels, type="pod_container",
                         container_name=container["name"])
            put(inner, "container_base_image", container, "image")
            yield dict(container, stored=pod.get("stored", {})), inner


def sets_of_rollup(frame):
    yield frame["cluster"], {"type": "cluster"}
    for namespace in frame["namespaces"]:
        yield namespace, {"type": "ns", "namespace_name": namespace["name"],
                          "namespace_id": namespace.get("uid", "")}


def points(lines):
    """(name, labels, value, window in microseconds) of every point."""
    for line in lines:
        frame = json.loads(line)
        if frame["kind"] == "node":
            sets = sets_of_node(frame)
        elif frame["kind"] == "rollup":
            sets = sets_of_rollup(frame)
        else:
            continue
        for part, labels in sets:
            for name, full, value in points_of_set(frame, part, labels):
                yield name, full, value, frame["window_us"]
