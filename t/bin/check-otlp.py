#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-otlp.py FRAMES TAKEN proto|json

Whether the requests in TAKEN, one after another, have all points of the frames,
once each, and no others: resource, name, unit, kind, times and value.  Written
without a look at the program, from opentelemetry-proto and the semantic
conventions, for the metrics that the sample has."""
import json
import math
import struct
import sys

from frame_points import sets_of_node, sets_of_rollup, values_of

PREFIX = {"node": "k8s.node.", "sys_container": "k8s.node.system_container.",
          "pod": "k8s.pod.", "pod_container": "container.",
          "ns": "heapster.namespace.", "cluster": "heapster.cluster."}
# Name, unit, divisor, kind.
NAMES = {"cpu/usage": ("cpu.time", "s", 1e9, "counter"),
         "cpu/usage_rate": ("cpu.usage", "{cpu}", 1000, "gauge"),
         "memory/usage": ("memory.usage", "By", 1, "amount"),
         "memory/working_set": ("memory.working_set", "By", 1, "amount"),
         "filesystem/usage": ("filesystem.usage", "By", 1, "amount")}


def resource(labels, stored):
    kind = labels["type"]
    names = {"nodename": "k8s.node.name", "pod_id": "k8s.pod.uid",
             "pod_name": "k8s.pod.name", "namespace_name": "k8s.namespace.name"}
    if kind == "node":
        names.update(hostname="host.name", host_id="host.id")
    container = {"sys_container": "k8s.node.system_container.name",
                 "pod_container": "k8s.container.name"}
    names["container_name"] = container.get(kind)
    result = {new: labels[old] for old, new in names.items() if old in labels}
    if "container_base_image" in labels:
        image, tag = labels["container_base_image"].split(":")
        result.update({"container.image.name": image,
                       "container.image.tags": (tag,)})
    of = "k8s.node.label." if kind == "node" else "k8s.pod.label."
    result.update({of + k: v for k, v in stored.items()})
    return tuple(sorted(result.items()))


def expected(lines):
    for line in lines:
        frame = json.loads(line)
        at = frame["window_us"] * 1000
        sets = {"node": sets_of_node, "rollup": sets_of_rollup}.get(frame["kind"])
        for part, labels in sets(frame) if sets else []:
            who = resource(labels, part.get("stored", {}))
            start = part.get("start_us", 0) * 1000
            for name, value in values_of(frame["metrics"], part["values"]):
                called, unit, divisor, kind = NAMES[name]
                yield (who, PREFIX[labels["type"]] + called, unit, kind, (),
                       0 if kind == "gauge" else start, at), value / divisor
            for one in part.get("resources", []):
                for name, value in values_of(frame["labelled"], one["values"]):
                    called, unit, divisor, kind = NAMES[name]
                    is_root = one["resource_id"] == "/"
                    prefix = PREFIX[labels["type"]] if is_root else \
                        f"heapster.{labels['type']}."
                    tags = () if is_root else \
                        (("heapster.resource_id", one["resource_id"]),)
                    yield (who, prefix + called, unit, kind, tags, start,
                           at), value / divisor


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """{number: [values]} of a message."""
    at, result = 0, {}
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 1:
            value, at = data[at:at + 8], at + 8
        else:
            n, at = varint(data, at)
            value, at = data[at:at + n], at + n
        result.setdefault(tag >> 3, []).append(value)
    return result


def any_value(data):
    value = fields(data)
    if 5 in value:
        return {"arrayValue": {"values": [
            any_value(v) for v in fields(value[5][0])[1]]}}
    return {"stringValue": value[1][0].decode()}


def attributes(found):
    return [{"key": kv[1][0].decode(), "value": any_value(kv[2][0])}
            for kv in map(fields, found)]


def point_of(data):
    found = fields(data)
    result = {"attributes": attributes(found.get(7, []))}
    for number, name in ((2, "startTimeUnixNano"), (3, "timeUnixNano")):
        if number in found:
            result[name] = struct.unpack("<Q", found[number][0])[0]
    if 6 in found:
        result["asInt"] = struct.unpack("<q", found[6][0])[0]
    else:
        result["asDouble"] = struct.unpack("<d", found[4][0])[0]
    return result


def metric_of(data):
    found = fields(data)
    result = {"name": found[1][0].decode(), "unit": found[3][0].decode()}
    if 5 in found:
        inner, kind = fields(found[5][0]), "gauge"
    else:
        inner, kind = fields(found[7][0]), "sum"
    result[kind] = {"dataPoints": [point_of(p) for p in inner[1]],
                    "aggregationTemporality": inner.get(2, [0])[0],
                    "isMonotonic": bool(inner.get(3, [0])[0])}
    return result


def resources_of_proto(data):
    for one in fields(data).get(1, []):
        found = fields(one)
        yield {"resource": {"attributes": attributes(
            fields(found[1][0]).get(1, []))}, "scopeMetrics": [
                {"metrics": [metric_of(m) for m in fields(s)[2]]}
                for s in found[2]]}


def resources_of_json(text):
    decoder = json.JSONDecoder()
    while text:
        request, end = decoder.raw_decode(text)
        yield from request["resourceMetrics"]
        text = text[end:]


def flat(found):
    return tuple(sorted(
        (a["key"], a["value"]["stringValue"] if "stringValue" in a["value"] else
         tuple(v["stringValue"] for v in a["value"]["arrayValue"]["values"]))
        for a in found))


def got(resources):
    for one in resources:
        who = flat(one["resource"]["attributes"])
        for metric in one["scopeMetrics"][0]["metrics"]:
            data = metric.get("gauge") or metric["sum"]
            kind = "gauge" if "gauge" in metric else \
                "counter" if data["isMonotonic"] else "amount"
            assert kind == "gauge" or data["aggregationTemporality"] == 2
            for point in data["dataPoints"]:
                value = point["asDouble"] if "asDouble" in point else \
                    int(point["asInt"])
                yield (who, metric["name"], metric["unit"], kind,
                       flat(point.get("attributes", [])),
                       int(point.get("startTimeUnixNano", 0)),
                       int(point["timeUnixNano"])), value


def main():
    frames, taken, encoding = sys.argv[1:4]
    with open(frames, encoding="utf-8") as f:
        want = dict(expected(f))
    with open(taken, "rb") as f:
        data = f.read()
    points = list(got(resources_of_json(data.decode()) if encoding == "json"
                      else resources_of_proto(data)))
    found = dict(points)
    wrong = [f"{key}: {found.get(key)}, not {value}"
             for key, value in want.items() if key not in found or
             not math.isclose(found[key], value, rel_tol=1e-12)]
    wrong += [f"{key}: not published" for key in found if key not in want]
    if len(points) != len(found):
        wrong.append("a point came twice")
    print("\n".join(wrong[:10]))
    print(len(points), "points")
    return bool(wrong) or not want


sys.exit(main())
