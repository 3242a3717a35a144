"""Counts what xtask/src/e2e/receiver.py has kept of a run that is too long to be looked at span by span.

Prints a JSON object: how many spans of the shop and of the warehouse there are, how many requests the record of the
load generator has, and how many of those have a trace with the server's span in which no span lacks its parent.
"""

import json
import os
import struct
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def requests(folder):
    for name in sorted(os.listdir(folder)):
        if not name.startswith("traces."):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            while head := file.read(16):
                length, _arrived = struct.unpack("<QQ", head)
                yield ExportTraceServiceRequest.FromString(file.read(length))


def service(resource):
    return next(pair.value.string_value for pair in resource.attributes if pair.key == "service.name")


def main():
    stored, record = sys.argv[1:3]
    # By trace: the ids of spans, and those of parents.
    traces = {}
    spans = {"shop": 0, "warehouse": 0}
    for request in requests(stored):
        for of_resource in request.resource_spans:
            name = service(of_resource.resource)
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    ids, parents = traces.setdefault(span.trace_id, (set(), set()))
                    if span.span_id not in ids:
                        ids.add(span.span_id)
                        spans[name] += 1
                    parents.add(span.parent_span_id)
    sent = complete = 0
    with open(record) as lines:
        for line in lines:
            sent += 1
            request = json.loads(line)
            ids, parents = traces.get(bytes.fromhex(request["trace_id"]), (set(), set()))
            client = bytes.fromhex(request["span_id"])
            # Nobody's parent is missing, but for the client's, which is its own.
            complete += client in parents and parents - ids == {client}
    print(json.dumps({"spans": [spans["shop"], spans["warehouse"]], "requests": sent, "complete": complete}))


main()
