"""Reads what receiver.py has written, with OpenTelemetry's own Python classes, and writes it as JSON lines.

spans.jsonl, logs.jsonl and points.jsonl are one record a line, in the words of the protocol; bad.json tells how many
requests could not be decoded and how many bytes were left at the ends of files.
"""

import json
import os
import struct
import sys

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind is None:
        return None
    inner = getattr(any_value, kind)
    if kind == "array_value":
        return [value(item) for item in inner.values]
    if kind == "kvlist_value":
        return attributes(inner.values)
    if kind == "bytes_value":
        return inner.hex()
    return inner


def attributes(pairs):
    return {pair.key: value(pair.value) for pair in pairs}


def spans(request):
    for of_resource in request.resource_spans:
        resource = attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield {
                    "service": resource.get("service.name"),
                    "resource": resource,
                    "scope": of_scope.scope.name,
                    "trace_id": span.trace_id.hex(),
                    "span_id": span.span_id.hex(),
                    "parent_id": span.parent_span_id.hex(),
                    "is_remote": bool(span.flags & 0x200),
                    "name": span.name,
                    "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "failed": span.status.code == 2,
                    "attributes": attributes(span.attributes),
                    "events": [event.name for event in span.events],
                    "links": [[link.trace_id.hex(), link.span_id.hex()] for link in span.links],
                }


def logs(request):
    for of_resource in request.resource_logs:
        resource = attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_logs:
            for record in of_scope.log_records:
                yield {
                    "service": resource.get("service.name"),
                    "trace_id": record.trace_id.hex(),
                    "span_id": record.span_id.hex(),
                    "severity": record.severity_text,
                    "body": value(record.body),
                    "attributes": attributes(record.attributes),
                }


def points(request):
    for of_resource in request.resource_metrics:
        service = attributes(of_resource.resource.attributes).get("service.name")
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points:
                    is_histogram = "histogram" in kind
                    number = point.count if is_histogram else getattr(point, point.WhichOneof("value"))
                    yield {
                        "service": service,
                        "name": metric.name,
                        "kind": kind,
                        "time": point.time_unix_nano,
                        "attributes": attributes(point.attributes),
                        "value": number,
                    }


def requests(folder, signal, bad):
    for name in sorted(os.listdir(folder)):
        if not name.startswith(f"{signal}."):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        at = 0
        while at + 16 <= len(content):
            length, _arrived = struct.unpack_from("<QQ", content, at)
            if at + 16 + length > len(content):
                break
            yield content[at + 16 : at + 16 + length]
            at += 16 + length
        bad["torn_bytes"] += len(content) - at


def main():
    stored, out = sys.argv[1:3]
    bad = {"requests": 0, "torn_bytes": 0}
    signals = [
        ("traces", ExportTraceServiceRequest, spans, "spans"),
        ("logs", ExportLogsServiceRequest, logs, "logs"),
        ("metrics", ExportMetricsServiceRequest, points, "points"),
    ]
    for signal, message, records, name in signals:
        with open(os.path.join(out, f"{name}.jsonl"), "w") as file:
            for request in requests(stored, signal, bad):
                try:
                    decoded = message.FromString(request)
                except Exception as error:  # The runtimes of protobuf have no type in common for it.
                    print(f"{signal}: {error}", file=sys.stderr)
                    bad["requests"] += 1
                    continue
                for record in records(decoded):
                    file.write(json.dumps(record) + "\n")
    with open(os.path.join(out, "bad.json"), "w") as file:
        json.dump(bad, file)


main()
