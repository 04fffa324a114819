#!/usr/bin/python3
"""The HTTP server of ../README.md on Python's http.server.

  server.py PORT KEEP_ALIVE_SECONDS [HTTP/1.0]
"""

import hashlib
import http.server
import sys


def pattern(size):
    return (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]


class Handler(http.server.BaseHTTPRequestHandler):
    # http.server says HTTP/1.0 by itself and then closes after each response.
    protocol_version = "HTTP/1.1"
    timeout = 1
    # Head and body are two writes: the second would wait for the first one's acknowledgement.
    disable_nagle_algorithm = True

    def answer(self, body=b"", status=200, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_in_chunks(self, body, headers=(), trailers=()):
        """Without a length: HTTP/1.0 has only the connection's end to tell where it stops."""
        chunked = self.protocol_version == "HTTP/1.1" and self.request_version == "HTTP/1.1"
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            if trailers:
                self.send_header("Trailer", ", ".join(name for name, _ in trailers))
        else:
            self.close_connection = True
        self.end_headers()
        for start in range(0, len(body), 10000):
            part = body[start:start + 10000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        if chunked:
            end = "".join("%s: %s\r\n" % trailer for trailer in trailers)
            self.wfile.write(b"0\r\n" + end.encode() + b"\r\n")

    def read_body(self):
        """The request's body and trailers."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), []
        parts = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                break
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        trailers = []
        while (line := self.rfile.readline().strip()):
            name, value = line.decode().split(":", 1)
            trailers.append("%s:%s" % (name.lower(), value.strip()))
        return b"".join(parts), trailers

    def handle_expect_100(self):
        if self.path == "/refuse":
            self.answer(status=413, headers=[("Connection", "close")])
            return False
        return super().handle_expect_100()

    def serve(self):
        body, trailers = self.read_body()
        word, _, argument = self.path[1:].partition("/")
        if word == "hello":
            self.answer(b"hello from python\n")
        elif word == "echo":
            seen = [("X-Request-Trailers", ",".join(trailers))]
            if "Content-Length" in self.headers or self.request_version != "HTTP/1.1":
                self.answer(body, headers=seen)
            else:
                self.answer_in_chunks(body, headers=seen)
        elif word == "headers":
            lines = ["%s %s %s" % (self.command, self.path, self.request_version)]
            lines += ["%s: %s" % (name.lower(), value) for name, value in self.headers.items()]
            self.answer("\n".join(lines).encode())
        elif word == "status":
            self.answer(status=int(argument))
        elif word == "bytes":
            self.answer(pattern(int(argument)))
        elif word == "chunks":
            self.answer_in_chunks(pattern(int(argument)))
        elif word == "trailers":
            body = pattern(int(argument))
            checksum = hashlib.sha256(body).hexdigest()
            self.answer_in_chunks(body, trailers=[("X-Checksum", checksum)])
        elif word == "hop":
            self.answer(b"hop\n", headers=[("Connection", "x-hop"), ("X-Hop", "1"),
                                           ("Keep-Alive", "timeout=1"), ("X-End", "2")])
        elif word == "close":
            self.answer(b"closing\n", headers=[("Connection", "close")])
        elif word == "interim":
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
            self.answer(b"hinted\n")
        else:
            self.answer(status=404)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def main():
    Handler.timeout = float(sys.argv[2])
    if len(sys.argv) > 3:
        Handler.protocol_version = sys.argv[3]
    Server(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
