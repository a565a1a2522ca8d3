#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check-grafana.py KIND URL QUERIES NAME=VALUE...

Whether every query has values: KIND is influxdb or prometheus, QUERIES a file
with one per line, and the variables in them are what is said of them."""
import json
import re
import sys
import urllib.parse
import urllib.request

TIMES = {"timeFilter": "time > now() - 1h", "__interval": "1m",
         "interval": "1m", "__rate_interval": "5m"}


def fill(query, variables):
    return re.sub(r"\$(\w+)", lambda m: variables.get(m[1], m[0]), query)


def get(url, **query):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url + "?" + urllib.parse.urlencode(query),
                     timeout=10) as answer:
        return json.load(answer)


def ask_influxdb(url, query):
    result = get(url + "/query", db="k8s", q=query)["results"][0]
    if "error" in result:
        return result["error"]
    has_value = any(any(v is not None for v in row[1:])
                    for series in result.get("series", [])
                    for row in series["values"])
    return "" if has_value else "no values"


def ask_prometheus(url, query):
    label = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
    if label:
        answer = get(url + "/api/v1/series", **{"match[]": label[1]})
        found = any(label[2] in series for series in answer["data"])
    else:
        answer = get(url + "/api/v1/query", query=query)
        found = answer["data"]["result"] != []
    return "" if found else "no values"


def main():
    kind, url, queries = sys.argv[1:4]
    variables = dict(TIMES, **dict(a.split("=", 1) for a in sys.argv[4:]))
    ask = ask_influxdb if kind == "influxdb" else ask_prometheus
    with open(queries, encoding="utf-8") as f:
        lines = [fill(line.rstrip("\n"), variables) for line in f]
    bad = [(q, why) for q, why in ((q, ask(url, q)) for q in lines) if why]
    for query, why in bad:
        print(f"{why}: {query}")
    print(len(lines), "queries")
    return bad != [] or not lines


sys.exit(main())
