#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""read-elastic.py URL INDEX

The documents of an Elasticsearch, as fake-elastic.py writes its own: index, id and
source on a line.  That of the data stream's index is its stream."""
import json
import re
import sys
import urllib.request

URL = f"{sys.argv[1]}/{sys.argv[2]}/_search?size=10000&ignore_unavailable=true"
with urllib.request.urlopen(URL) as answer:
    hits = json.load(answer)["hits"]["hits"]
for hit in sorted(hits, key=lambda h: (h["_index"], h["_id"])):
    index = re.sub(r"^\.ds-(.*)-\d+$", r"\1", hit["_index"])
    print(index, hit["_id"], json.dumps(hit["_source"], ensure_ascii=False))
