#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Prints what "kubectl top" has to print of kubesim's cluster.

kubesim-top.py nodes|pods|containers|table [NAMESPACE] [LABEL=VALUE] <LIST

LIST are the pods as kubesim lists them; contrib/kubesim/model.h and summary.c
say what each uses.  "table" is "kubectl get pods.metrics.k8s.io" without the
column WINDOW.
"""
import json
import sys

NODE_CPU_MILLI = 80         # of system containers
NODE_MEMORY_MIB = 5 << 10
ALLOCATABLE_CPU_MILLI = 63000
ALLOCATABLE_MEMORY_MIB = 250 << 10
BYTES_PER_MILLI = 65536
KI, MI = 1 << 10, 1 << 20


def rate_milli(uid, container):
    value = 2166136261
    for byte in f"{uid}/{container}".encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return 1 + value % 1999


def containers(pod):
    return {c["name"]: rate_milli(pod["metadata"]["uid"], c["name"])
            for c in pod["spec"]["containers"]}


def total_milli(pod):
    return sum(containers(pod).values())


def mebibytes(milli):
    return f"{milli * BYTES_PER_MILLI // MI}Mi"


def quantity(milli):
    """Of cores, as the API writes it."""
    return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"


def binary(milli):
    """Of bytes, as the API writes it."""
    n = milli * BYTES_PER_MILLI
    return f"{n // MI}Mi" if n % MI == 0 else f"{n // KI}Ki"


def nodes(pods):
    used = {}
    for pod in pods:
        name = pod["spec"]["nodeName"]
        used[name] = used.get(name, NODE_CPU_MILLI) + total_milli(pod)
    yield "NAME", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"
    for name, milli in sorted(used.items()):
        yield (name, f"{milli}m", f"{milli * 100 // ALLOCATABLE_CPU_MILLI}%",
               f"{NODE_MEMORY_MIB}Mi",
               f"{NODE_MEMORY_MIB * 100 // ALLOCATABLE_MEMORY_MIB}%")


def of_pods(pods, what, heading, row):
    yield heading
    for pod in sorted(pods, key=lambda p: (p["metadata"]["namespace"],
                                           p["metadata"]["name"])):
        space = (pod["metadata"]["namespace"],) if what else ()
        for cells in row(pod):
            yield space + (cells[:])


def rows(kind, pods, has_space):
    start = ("NAMESPACE",) if has_space else ()
    if kind == "nodes":
        return nodes(pods)
    if kind == "pods":
        return of_pods(pods, has_space, start + (
            "NAME", "CPU(cores)", "MEMORY(bytes)"), lambda p: [(
                p["metadata"]["name"], f"{total_milli(p)}m",
                mebibytes(total_milli(p)))])
    if kind == "containers":
        return of_pods(pods, has_space, start + (
            "POD", "NAME", "CPU(cores)", "MEMORY(bytes)"), lambda p: [
                (p["metadata"]["name"], name, f"{milli}m", mebibytes(milli))
                for name, milli in containers(p).items()])
    return of_pods(pods, has_space, start + ("NAME", "CPU", "MEMORY"),
                   lambda p: [(p["metadata"]["name"],
                               quantity(total_milli(p)),
                               binary(total_milli(p)))])


def main():
    kind, *rest = sys.argv[1:]
    pods = json.load(sys.stdin)["items"]
    spaces = [word for word in rest if "=" not in word]
    for word in rest:
        key, _, value = word.partition("=")
        pods = [p for p in pods if (
            p["metadata"]["labels"].get(key) == value if value else
            p["metadata"]["namespace"] == key)]
    table = list(rows(kind, pods, not spaces))
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        print("   ".join(map(str.ljust, row, widths)).rstrip())


main()
