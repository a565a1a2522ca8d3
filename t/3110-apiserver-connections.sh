#!/bin/sh
# SPDX-License-Identifier: ISC
# The HTTP server: many clients, slow ones, rude ones, and those that stay.
. "$(dirname "$0")/lib.sh"
prereq curl python3

address () {
	address_of api http_listening
}
m=/api/v1/model
# client SCRIPT: Python with connect(), and get(s) which reads one answer.
client () {
	{
		cat <<-'END'
		import select, socket, sys, time
		where = sys.argv[1].rsplit(":", 1)
		def connect():
		    s = socket.create_connection(where, 30)
		    s.settimeout(30)
		    return s
		def get(s):
		    text = b""
		    while b"\r\n\r\n" not in text:
		        more = s.recv(65536)
		        if not more:
		            return None
		        text += more
		    head, body = text.split(b"\r\n\r\n", 1)
		    length = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
		              if line.lower().startswith(b"content-length:")][0]
		    while len(body) < length:
		        body += s.recv(65536)
		    return head, body
		def is_closed(s):
		    try:
		        return s.recv(1) == b""
		    except ConnectionError:
		        return True
		ask = b"GET /api/v1/model/nodes/ HTTP/1.1\r\nHost: x\r\n\r\n"
		END
		printf '%s\n' "$1"
	} >client.py
	python3 client.py "$(address)"
}
descriptors () {
	find "/proc/$(pid api)/fd" -type l | wc -l
}

expect_success 'it starts with few descriptors' '
	ulimit -S -n 200 &&
	spawn api cheapster-apiserver --listen=127.0.0.1:0 \
		--http-timeout=${slowness}s &&
	ulimit -S -n "$(ulimit -H -n)" &&
	wait_for "test $(http_code "http://$(address)$m/nodes/") = 200" &&
	descriptors >at-first
'
expect_success 'eight clients get a thousand answers each' '
	client "
from threading import Thread
good = []
def many():
    s = connect()
    for i in range(1000):
        s.sendall(ask)
        good.append(get(s)[1] == b\"[]\")
threads = [Thread(target=many) for i in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
sys.exit(len(good) != 8000 or not all(good))"
'
expect_success 'a hundred requests in one piece get a hundred answers' '
	client "
s = connect()
s.sendall(ask * 100)
text = b\"\"
while text.count(b\"HTTP/1.1 200 OK\") < 100:
    text += s.recv(65536)
"
'
expect_success 'HEAD is refused without a body, and the connection is kept' '
	client "
s = connect()
s.sendall(ask.replace(b\"GET\", b\"HEAD\") + ask)
text = b\"\"
while not text.endswith(b\"[]\"):
    text += s.recv(65536)
assert text.startswith(b\"HTTP/1.1 405 \"), text
assert b\"\\r\\nContent-Length: 23\\r\\n\" in text, text
assert b\"405: Method\" not in text, text
"
'
expect_success 'two lengths are refused and the connection is closed' '
	client "
s = connect()
s.sendall(ask[:-2] + b\"Content-Length: 0\r\nContent-Length: 44\r\n\r\n\" + ask)
head, body = get(s)
assert head.startswith(b\"HTTP/1.1 400 \"), head
assert is_closed(s)
"
'
expect_success 'what a proxy could read in another way ends a connection' '
	client "
hidden = b\"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n\"
line, host = b\"GET /metrics HTTP/1.1\r\n\", b\"Host: x\r\n\"
for status, text in [
    (400, line + b\"\r\n\"),
    (400, line + host + host + b\"\r\n\"),
    (400, line + b\"Host: a b\r\n\r\n\"),
    (400, line + b\"Host : x\r\n\r\n\"),
    (400, line + host + b\"A: b\r\n c: d\r\n\r\n\"),
    (400, line + host + b\"A: b\n\r\n\"),
    (400, line.replace(b\"\r\", b\"\") + host + b\"\r\n\"),
    (400, line + host + b\"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\"),
    (400, line + host + b\"Transfer-Encoding: chunked\r\n\r\n0\n\n\"),
    (501, line + host + b\"Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n\"),
    (400, b\"GET /a\0b HTTP/1.1\r\n\" + host + b\"\r\n\"),
    (400, b\"GET http://u@x/ HTTP/1.1\r\n\" + host + b\"\r\n\"),
    (505, b\"GET / HTTP/3.0\r\n\" + host + b\"\r\n\"),
]:
    s = connect()
    s.sendall(text + hidden)
    head, body = get(s)
    assert head.startswith(b\"HTTP/1.1 %d \" % status), (text, head)
    assert b\"\r\nConnection: close\" in head, (text, head)
    assert is_closed(s), text
for status, text in [
    (200, b\"GET http://x/metrics HTTP/1.1\r\n\" + host + b\"\r\n\"),
    (405, b\"get /api/v1/model/nodes HTTP/1.1\r\n\" + host + b\"\r\n\"),
    (405, b\"POST /api/v1/model/nodes HTTP/1.1\r\n\" + host + b\"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\"),
]:
    s = connect()
    s.sendall(text + hidden)
    answers = b\"\"
    while b\"HTTP/1.1 404 \" not in answers:
        answers += s.recv(65536)
    assert answers.startswith(b\"HTTP/1.1 %d \" % status), (text, answers)
    assert answers.count(b\"HTTP/1.1 \") == 2, (text, answers)
"
'
expect_success 'a byte now and then does not keep a connection' '
	client "
s = connect()
start = time.monotonic()
closed = False
for c in ask[:-2] + b\"X: \" + b\"y\" * 1000:
    try:
        s.sendall(bytes([c]))
    except ConnectionError:
        closed = True
    if closed or (select.select([s], [], [], 0.1)[0] and is_closed(s)):
        break
else:
    sys.exit(\"still open\")
print(\"# closed after %.1f s\" % (time.monotonic() - start))
"
'
expect_success 'nor does silence' '
	client "assert is_closed(connect())" &&
	http_get "http://$(address)/metrics" >metrics &&
	grep -q "^cheapster_apiserver_http_timeouts_total [1-9]" metrics
'
expect_success 'what is garbage is answered or closed, and forgotten' '
	client "
for rude in [b\"\\0\" * 1000 + b\"\\r\\n\\r\\n\", b\"GET\\r\\n\\r\\n\", b\"\\x16\\x03\\x01\\x02\\x00\\x01\",
             b\"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\", b\"GET \" + b\"/a\" * 20000,
             ask[:-2] + b\"X: \" + b\"y\" * 40000 + b\"\\r\\n\\r\\n\",
             ask[:-2] + b\"Transfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n\",
             ask[:-2] + b\"Content-Length: -1\\r\\n\\r\\n\",
             ask[:-2] + b\"Content-Length: 99999999999\\r\\n\\r\\n\"]:
    s = connect()
    try:
        s.sendall(rude)
        while s.recv(65536):
            pass
    except ConnectionError:
        pass
s = connect()
s.sendall(ask)
assert get(s)[1] == b\"[]\"
"
'
# valgrind closes what accept() has no descriptor for.
if test -n "$CHEAPSTER_VALGRIND"; then
	skip 'more clients than there may be wait and are served' \
		'valgrind closes their connections'
else
	expect_success 'more clients than there may be wait and are served' '
		client "
many = [connect() for i in range(300)]
for s in many:
    s.sendall(ask)
for s in many:
    assert get(s)[1] == b\"[]\"
    s.close()
" &&
		http_get "http://$(address)/metrics" >metrics &&
		grep -q "^cheapster_apiserver_http_accept_pauses_total [1-9]" metrics
	'
fi
expect_success 'silent ones in their place do not keep others out for long' '
	client "
many = [connect() for i in range(150)]
s = connect()
s.sendall(ask)
assert get(s)[1] == b\"[]\"
"
'
expect_success 'no descriptor is lost' '
	wait_for "test \$(descriptors) -le $(cat at-first)"
'
expect_success 'at the end what has been asked is answered, and all let go' '
	client "
import os, signal
idle, asking = connect(), connect()
asking.sendall(ask)
get(asking)
asking.sendall(ask * 20)
os.kill($(pid api), signal.SIGTERM)
text = b\"\"
while not text.endswith(b\"end\"):
    try:
        text += asking.recv(65536) or b\"end\"
    except ConnectionError:
        text += b\"end\"
n = text.count(b\"HTTP/1.1 200 OK\")
assert n == text.count(b\"[]\") and (n == 20 or b\"\r\nConnection: close\" in text), text
assert is_closed(idle)
"
'
expect_success 'and it ends as if nothing had been' '
	ends api && log_is_clean api "http_full|bus_unreachable"
'
done_testing
