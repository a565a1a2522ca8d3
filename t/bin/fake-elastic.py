#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake-elastic.py PORT-FILE DIR [CERT KEY]

An Elasticsearch that keeps documents in memory and is as particular as the one
of the version that the file DIR/version says ("7.17.3", "opensearch 2.11.0").
Requests are noted in DIR/asked: time, method and path, status, size, credentials
("signed REGION/SERVICE TOKEN" if a signature of AWS is good).  Documents are in DIR/docs, one per
line after each change; bodies of what was made in DIR/made, ids of documents that
were there before in DIR/replaced.  It misbehaves at
_bulk as DIR/mode says, as fake-receiver.py, and at documents with a text in them:

  item STATUS TEXT

DIR/forget, if it is there, makes it forget all, and is removed; DIR/auth, if it is
there, is what Authorization has to be; DIR/forbidden a part of a path that may not
be written; DIR/nodes other nodes' addresses."""
import gzip
import hashlib
import hmac
import importlib.util
import json
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location(
    "fake_receiver", os.path.join(HERE, "fake-receiver.py"))
fake_receiver = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake_receiver)

DIR = sys.argv[2]
SECRET = "geheim"
DOCUMENTS, MADE = {}, {}
LOCK = threading.Lock()


def read(name, default=None):
    try:
        with open(os.path.join(DIR, name), encoding="utf-8") as f:
            return f.read().strip()
    except FileNotFoundError:
        return default


def major():
    version = read("version")
    return 8 if version.startswith("opensearch") else int(version.split(".")[0])


def keyed(key, *parts):
    for part in parts:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def is_signed(handler, body):
    """Whether Authorization is AWS's signature, version 4, of the request."""
    words = handler.headers["Authorization"].split(" ", 1)[1]
    parts = dict(p.strip().split("=", 1) for p in words.split(","))
    _, day, region, service, end = parts["Credential"].split("/")
    path, _, query = handler.path.partition("?")
    names = parts["SignedHeaders"].split(";")
    if any(n not in handler.headers for n in names):
        return False
    headers = "".join(f"{n}:{' '.join(handler.headers[n].split())}\n" for n in names)
    request = "\n".join((handler.command, path, query, headers, ";".join(names),
                         hashlib.sha256(body).hexdigest()))
    text = "\n".join(("AWS4-HMAC-SHA256", handler.headers["X-Amz-Date"],
                      "/".join((day, region, service, end)),
                      hashlib.sha256(request.encode()).hexdigest()))
    key = keyed(b"AWS4" + SECRET.encode(), day, region, service, end)
    return hmac.compare_digest(parts["Signature"], keyed(key, text).hex()) and (
        "X-Amz-Security-Token" not in handler.headers or
        "x-amz-security-token" in names)


def refusal(status, kind, reason):
    return status, {"error": {"root_cause": [{"type": kind, "reason": reason}],
                              "type": kind, "reason": reason}, "status": status}


class Elastic(fake_receiver.Receiver):
    def note(self, status, size=0):
        credentials = self.headers.get("Authorization", "-")
        if credentials.startswith("AWS4-"):
            scope = "/".join(credentials.split("/")[2:4])
            credentials = "signed" if is_signed(self, self.body) else "forged"
            credentials += f" {scope} " + self.headers.get("X-Amz-Security-Token", "")
        fake_receiver.note("asked", f"{time.time():.3f} {self.command} {self.path} "
                           f"{status} {size} {credentials}\n".encode())

    def reply(self, status, value):
        self.note(status, len(self.body))
        data = b"" if self.command == "HEAD" else json.dumps(value).encode()
        self.answer(status, data, [("Content-Type", "application/json")])

    def begin(self):
        """Reads the body; False: it was answered."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("http://"):     # as to a proxy
            self.path = "/" + self.path.split("/", 3)[3]
        if read("forget") is not None:
            os.unlink(os.path.join(DIR, "forget"))
            DOCUMENTS.clear()
            MADE.clear()
        auth = read("auth")
        if auth is not None and self.headers.get("Authorization") != auth:
            self.reply(*refusal(401, "security_exception", "missing credentials"))
            return False
        return True

    def asked(self, status, size):
        self.note(status, size)

    def do_HEAD(self):
        if self.begin():
            self.reply(200 if self.path in MADE else 404, {})

    def do_GET(self):
        if not self.begin():
            return
        if self.path == "/_nodes/http":
            self.reply(200, {"nodes": {f"n{i}": {"http": {"publish_address": a}}
                             for i, a in enumerate(read("nodes", "").split())}})
            return
        words = read("version").split()
        version = {"number": words[-1]}
        if len(words) > 1:
            version["distribution"] = words[0]
        self.reply(200, {"name": "fake", "version": version})

    def why_not(self, made):
        """What a server of that version has against a template or an index."""
        text = json.dumps(made)
        if "_index_template" in self.path and major() < 7:
            return "no handler found"
        body = made.get("template", made) if "_index_template" in self.path else made
        if major() >= 6 and '"string"' in text.replace('"match_mapping_type": "string"',
                                                       ""):
            return "No handler for type [string]"
        if major() >= 7 and "properties" not in body["mappings"]:
            return "unsupported parameters: types"
        if major() == 6 and len(body["mappings"]) != 1:
            return "more than 1 type"
        if major() < 6 and '"keyword"' in text:
            return "No handler for type [keyword]"
        return None

    def do_PUT(self):
        if not self.begin():
            return
        if read("forbidden", "nothing") in self.path:
            self.reply(*refusal(403, "security_exception", "not yours"))
            return
        reason = self.why_not(json.loads(self.body))
        if reason is not None:
            self.reply(*refusal(400, "mapper_parsing_exception", reason))
            return
        MADE[self.path] = True
        fake_receiver.note("made", self.body + b"\n")
        self.reply(200, {"acknowledged": True})

    def item(self, action, document, words):
        (op, meta), = action.items()
        text = json.dumps(document, ensure_ascii=False)
        key = meta["_index"], meta["_id"]
        if ("_type" in meta) != (major() < 7):
            return 400, "a type too few or too many"
        if "pipeline" in meta and major() < 5:
            return 400, "no pipelines"
        if words[0] == "item" and words[2].strip() in text:
            return int(words[1]), f"scripted {words[1]}"
        if op == "create" and key in DOCUMENTS:
            return 409, "document already exists"
        status = 200 if key in DOCUMENTS else 201
        if status == 200:
            fake_receiver.note("replaced", f"{key}\n".encode())
        DOCUMENTS[key] = text
        return status, None

    def bulk(self, words):
        body = self.body
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = body.decode().split("\n")
        if lines[-1] != "":
            return refusal(400, "illegal_argument_exception", "no newline at the end")
        items = []
        with LOCK:
            for action, document in zip(lines[0:-1:2], lines[1:-1:2]):
                action = json.loads(action)
                status, reason = self.item(action, json.loads(document), words)
                item = {"status": status}
                if reason is not None:
                    item["error"] = {"type": "exception", "reason": reason}
                items.append({next(iter(action)): item})
            with open(os.path.join(DIR, "docs.new"), "w", encoding="utf-8") as f:
                for (index, key), text in sorted(DOCUMENTS.items()):
                    f.write(f"{index} {key} {text}\n")
            os.rename(os.path.join(DIR, "docs.new"), os.path.join(DIR, "docs"))
        return 200, {"errors": any("error" in v for i in items for v in i.values()),
                     "items": items}

    def do_POST(self):
        if not self.begin():
            return
        words = fake_receiver.mode()
        if self.path == "/_aliases":
            fake_receiver.note("made", self.body + b"\n")
            self.reply(200, {"acknowledged": True})
        elif words[0] in ("ok", "item"):
            self.reply(*self.bulk(words))
        elif words[0] == "large" and len(self.body) <= int(words[1]):
            self.reply(*self.bulk(words))
        elif words[0] == "large":
            self.reply(413, {})
        elif words[0] == "slow":
            time.sleep(float(words[1]))
            self.reply(*self.bulk(words))
        else:
            self.misbehave(words, self.body)


fake_receiver.serve(Elastic)
