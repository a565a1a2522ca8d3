#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What resource_decode() makes of a body, said independently of it: one line
"key what value" per fact, for
	python3 golden-resource.py <resource.body | LC_ALL=C sort
"""
import re
import sys
from decimal import ROUND_FLOOR, Decimal

NOW_NS = 1795425845 * 10**9  # 2026-11-23T09:24:05Z


def integer(number):
    return int(number.to_integral_value(ROUND_FLOOR))


def time(at_ns):
    return "%d.%09d" % divmod(at_ns, 10**9) if at_ns % 10**9 else \
        "%d" % (at_ns // 10**9)


def key(kind, labels):
    if kind == "node":
        return "node:"
    pod = "namespace:%s/pod:%s" % (labels["namespace"], labels["pod"])
    return pod + "/container:" + labels["container"] \
        if kind == "container" else pod


times = {}
memory_times = {}
for line in sys.stdin:
    if line.startswith(("#", "scrape_error")):
        continue
    name, labels, value, at_ms = re.fullmatch(
        r"(\w+)(?:{(.*)})? (\S+) (\d+)\n", line).groups()
    kind, what = name.split("_", 1)
    of = key(kind, dict(re.findall(r'(\w+)="([^"]*)"', labels or "")))
    if what == "start_time_seconds":
        start_ns = integer(Decimal(value) * 10**6) * 1000
        print(of, "start", time(start_ns))
        print(of, "uptime", (NOW_NS - start_ns) // 10**6)
    elif what == "cpu_usage_seconds_total":
        print(of, "cpu/usage", integer(Decimal(value) * 10**9))
        times[of] = int(at_ms)
    elif what == "memory_working_set_bytes":
        print(of, "memory/working_set", integer(Decimal(value)))
        memory_times[of] = int(at_ms)
for of, at_ms in memory_times.items():
    if times.setdefault(of, at_ms) != at_ms:
        print(of, "memory-scraped", time(at_ms * 10**6))
for of, at_ms in times.items():
    print(of, "scraped", time(at_ms * 10**6))
