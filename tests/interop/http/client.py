#!/usr/bin/python3
"""The HTTP client of ../README.md on Python's http.client.

  client.py HOST:PORT REQUESTS_FILE
"""

import hashlib
import http.client
import json
import sys
import threading
import time

TEXT_BYTES_MAX = 2000


def pattern(size):
    return (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]


def parse(line):
    method, path, *words = line.split()
    options = {"headers": []}
    for word in words:
        key, _, value = word.partition("=")
        if key == "header":
            options["headers"].append(value.split(":", 1))
        else:
            options[key] = value
    return method, path, options


def read_interim(sock):
    """The head of what the server says before the body is sent; http.client has no such thing."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionError("closed before a response")
        head += byte
    return int(head.split()[1])


def ask(connection, method, path, options):
    """Sends one request; what came back."""
    body = pattern(int(options["body"])) if "body" in options else None
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in options["headers"]:
        connection.putheader(name, value)
    chunked = "chunked" in options
    if chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    elif body is not None:
        connection.putheader("Content-Length", str(len(body)))
    result = {}
    if "expect" in options:
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        status = read_interim(connection.sock)
        result["continued"] = status == 100
        if status != 100:
            connection.close()
            return dict(result, status=status)
        connection.send(body)
    elif chunked:
        parts = (body[start:start + 10000] for start in range(0, len(body), 10000))
        connection.endheaders(parts, encode_chunked=True)
    else:
        connection.endheaders(body)
    response = connection.getresponse()
    received = response.read()
    return dict(result, status=response.status, version="%d.%d" % divmod(response.version, 10),
                headers={name.lower(): value for name, value in response.getheaders()},
                bytes=len(received), sha256=hashlib.sha256(received).hexdigest(),
                body=received.decode("latin1") if len(received) <= TEXT_BYTES_MAX else "",
                close=response.will_close)


def repeat(address, spec, index, count, results):
    """The requests of one connection."""
    method, path, options = spec
    pause = (float(options.get("gap", 0)) + float(options.get("spread", 0)) * index / count) / 1000
    connection = http.client.HTTPConnection(address, timeout=20)
    outcome = {"done": 0, "failed": 0, "error": ""}
    for round_ in range(int(options.get("times", 1))):
        if round_ and pause:
            time.sleep(pause)
        try:
            outcome.update(ask(connection, method, path, options))
            if outcome["status"] in (502, 503, 504):
                raise ConnectionError("status %d" % outcome["status"])
        except Exception as error:  # Whatever the library raises is a failed request.
            outcome["failed"] += 1
            outcome["error"] = outcome["error"] or repr(error)
            connection.close()
        outcome["done"] += 1
    results.append(outcome)


def run(address, line):
    spec = parse(line)
    count = int(spec[2].get("connections", 1))
    results = []
    threads = [threading.Thread(target=repeat, args=(address, spec, i, count, results))
               for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = dict(results[0])
    for key in ("done", "failed"):
        total[key] = sum(result[key] for result in results)
    total["error"] = next((result["error"] for result in results if result["error"]), "")
    return total


def main():
    with open(sys.argv[2]) as lines:
        for line in lines:
            print(json.dumps(run(sys.argv[1], line)), flush=True)


if __name__ == "__main__":
    main()
