"""A receiver of OTLP that has nothing of the project's: gRPC by grpcio, HTTP by Python's own server.

Each request is written to a file as it came, before it is answered, and decoded later (decode.py): so what was
answered is there even if this is killed, and receiving costs the machine little.

A record is two little-endian integers, the length and the time of arrival in nanoseconds, and the request. Files are
numbered anew each time this starts, for the last record of one that was killed may be torn.
"""

import argparse
import gzip
import http.server
import json
import os
import struct
import sys
import threading
import time
from concurrent import futures

import grpc

SERVICES = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}


class Store:
    """Where requests of one signal go."""

    def __init__(self, folder, signal):
        number = len([name for name in os.listdir(folder) if name.startswith(signal)])
        path = os.path.join(folder, f"{signal}.{number}")
        self.file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        self.lock = threading.Lock()

    def add(self, request):
        record = struct.pack("<QQ", len(request), time.time_ns()) + request
        with self.lock:
            while record:
                record = record[os.write(self.file, record) :]


class Handler(grpc.GenericRpcHandler):
    """Takes requests as bytes. An empty answer is one that has accepted everything."""

    def __init__(self, stores):
        self.methods = {}
        for signal, method in SERVICES.items():
            self.methods[method] = grpc.unary_unary_rpc_method_handler(self.taking(stores[signal]))

    @staticmethod
    def taking(store):
        def take(request, _context):
            store.add(request)
            return b""

        return take

    def service(self, details):
        return self.methods.get(details.method)


def pages(stores):
    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # The answer's head and body are two writes.
        disable_nagle_algorithm = True

        def do_POST(self):
            request = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                request = gzip.decompress(request)
            store = stores.get(self.path.removeprefix("/v1/"))
            if store:
                store.add(request)
            self.send_response(200 if store else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    return Pages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--grpc", type=int, default=0)
    parser.add_argument("--http", type=int, default=0)
    arguments = parser.parse_args()
    stores = {signal: Store(arguments.folder, signal) for signal in SERVICES}

    options = [("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    server.add_generic_rpc_handlers([Handler(stores)])
    grpc_port = server.add_insecure_port(f"127.0.0.1:{arguments.grpc}")
    server.start()
    # It lets addresses be used again that still have connections of one who was killed.
    web = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.http), pages(stores))
    web.daemon_threads = True
    print(json.dumps({"grpc": grpc_port, "http": web.server_port}), flush=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    # Ends with its input, and so with its parent.
    sys.stdin.read()


main()
