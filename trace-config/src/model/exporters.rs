//! The exporters of spans and log records.

use super::common::{GrpcTls, HttpTls, NameStringValuePair};
use super::describe::{names, records, unions};
use super::{Extension, Secret};

records! {
    /// OTLP over HTTP.
    OtlpHttpExporter, null {
        /// The URL, with the path of the signal.
        endpoint: String [null] => "http://localhost:4318/v1/{signal}";
        /// Certificates.
        tls: HttpTls => "the default roots";
        /// Headers; they override those of `headers_list`.
        headers: Vec<NameStringValuePair> [items(1)] => "none";
        /// Headers in the format of `OTEL_EXPORTER_OTLP_HEADERS`.
        headers_list: Secret [null] => "none";
        /// The compression of requests: `gzip` or `none`.
        compression: String [null] = "none";
        /// The maximum size of a request before compression, in bytes; 0 for no limit.
        max_request_size: u64 [null, min(0)] = 67108864;
        /// The maximum size of a decompressed response, in bytes.
        max_response_size: u64 [null, min(1)] = 4194304;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        timeout: u64 [null, min(0)] = 10000;
        /// The encoding of messages.
        encoding: OtlpHttpEncoding [null] = "protobuf";
    }

    /// OTLP over gRPC.
    OtlpGrpcExporter, null {
        /// The URL.
        endpoint: String [null] = "http://localhost:4317";
        /// Certificates.
        tls: GrpcTls => "the default roots";
        /// Headers; they override those of `headers_list`.
        headers: Vec<NameStringValuePair> [items(1)] => "none";
        /// Headers in the format of `OTEL_EXPORTER_OTLP_HEADERS`.
        headers_list: Secret [null] => "none";
        /// The compression of requests: `gzip` or `none`.
        compression: String [null] = "none";
        /// The maximum size of a request before compression, in bytes; 0 for no limit.
        max_request_size: u64 [null, min(0)] = 67108864;
        /// The maximum size of a decompressed response, in bytes.
        max_response_size: u64 [null, min(1)] = 4194304;
        /// The maximum duration of an export, in milliseconds; 0 for no limit.
        timeout: u64 [null, min(0)] = 10000;
    }

    /// OTLP as lines of JSON in a file or on stdout.
    OtlpFileExporter as "ExperimentalOtlpFileExporter", null {
        /// `stdout`, or the URL of a file, such as `file:///var/log/spans.jsonl`.
        output_stream: String [null] = "stdout";
    }

    /// Text for people, on the console.
    ConsoleExporter, null {}
}

names! {
    /// The encoding of OTLP messages over HTTP.
    OtlpHttpEncoding {
        /// Protobuf's binary encoding.
        Protobuf = "protobuf";
        /// Protobuf's JSON encoding.
        Json = "json";
    }
}

unions! {
    /// An exporter of spans.
    SpanExporter, Extension {
        /// OTLP over HTTP.
        OtlpHttp(Box<OtlpHttpExporter>) = "otlp_http";
        /// OTLP over gRPC.
        OtlpGrpc(Box<OtlpGrpcExporter>) = "otlp_grpc";
        /// OTLP in a file or on stdout.
        OtlpFile(OtlpFileExporter) = "otlp_file/development";
        /// Text on the console.
        Console(ConsoleExporter) = "console";
    }

    /// An exporter of log records.
    LogRecordExporter, Extension {
        /// OTLP over HTTP.
        OtlpHttp(Box<OtlpHttpExporter>) = "otlp_http";
        /// OTLP over gRPC.
        OtlpGrpc(Box<OtlpGrpcExporter>) = "otlp_grpc";
        /// OTLP in a file or on stdout.
        OtlpFile(OtlpFileExporter) = "otlp_file/development";
        /// Text on the console.
        Console(ConsoleExporter) = "console";
    }
}
