//! Types that several sections share.

use super::describe::{names, records};
use super::{AttributeValue, Secret};

records! {
    /// Limits on the attributes of all signals.
    AttributeLimits {
        /// The maximum length of a string value, in characters.
        attribute_value_length_limit: u64 [null, min(0)] => "no limit";
        /// The maximum depth of nested values; deeper ones become empty.
        attribute_value_depth_limit: u64 [null, min(1)] = 64;
        /// The maximum number of attributes.
        attribute_count_limit: u64 [null, min(0)] = 128;
    }

    /// An attribute with its value.
    AttributeNameValue {
        required {
            /// The key of the attribute.
            name: String;
            /// The value; without one, the entry is ignored.
            value: Option<AttributeValue> [null];
        }
        /// The type of the value.
        kind as "type": AttributeType [null] = "string";
    }

    /// Patterns that select names. `*` stands for any characters and `?` for one.
    IncludeExclude {
        /// Names that are selected.
        included: Vec<String> [items(1)] => "all are included";
        /// Names that are not selected, even if they are included.
        excluded: Vec<String> [items(1)] => "none is excluded";
    }

    /// A name and a value, such as a header.
    NameStringValuePair {
        required {
            /// The name.
            name: String;
            /// The value; a header without one is ignored.
            value: Option<Secret> [null];
        }
    }

    /// Certificates for OTLP over HTTP.
    HttpTls, null {
        /// The absolute path of a PEM file with the certificates to trust.
        ca_file: String [null, path] => "the default roots";
        /// The absolute path of a PEM file with the client's key, for mutual TLS.
        key_file: String [null, path] => "no mutual TLS";
        /// The absolute path of a PEM file with the client's certificate, for mutual TLS.
        cert_file: String [null, path] => "no mutual TLS";
    }

    /// Certificates for OTLP over gRPC.
    GrpcTls, null {
        /// The absolute path of a PEM file with the certificates to trust.
        ca_file: String [null, path] => "the default roots";
        /// The absolute path of a PEM file with the client's key, for mutual TLS.
        key_file: String [null, path] => "no mutual TLS";
        /// The absolute path of a PEM file with the client's certificate, for mutual TLS.
        cert_file: String [null, path] => "no mutual TLS";
        /// Whether an endpoint without a scheme is reached without TLS.
        insecure: bool [null] = false;
    }
}

names! {
    /// The type of an attribute's value.
    AttributeType {
        /// A string.
        String = "string";
        /// A boolean.
        Bool = "bool";
        /// A 64-bit integer.
        Int = "int";
        /// A 64-bit floating-point number.
        Double = "double";
        /// A list of strings.
        StringArray = "string_array";
        /// A list of booleans.
        BoolArray = "bool_array";
        /// A list of integers.
        IntArray = "int_array";
        /// A list of floating-point numbers.
        DoubleArray = "double_array";
    }

    /// The severity of a log record.
    SeverityNumber {
        /// Number 1.
        Trace = "trace";
        /// Number 2.
        Trace2 = "trace2";
        /// Number 3.
        Trace3 = "trace3";
        /// Number 4.
        Trace4 = "trace4";
        /// Number 5.
        Debug = "debug";
        /// Number 6.
        Debug2 = "debug2";
        /// Number 7.
        Debug3 = "debug3";
        /// Number 8.
        Debug4 = "debug4";
        /// Number 9.
        Info = "info";
        /// Number 10.
        Info2 = "info2";
        /// Number 11.
        Info3 = "info3";
        /// Number 12.
        Info4 = "info4";
        /// Number 13.
        Warn = "warn";
        /// Number 14.
        Warn2 = "warn2";
        /// Number 15.
        Warn3 = "warn3";
        /// Number 16.
        Warn4 = "warn4";
        /// Number 17.
        Error = "error";
        /// Number 18.
        Error2 = "error2";
        /// Number 19.
        Error3 = "error3";
        /// Number 20.
        Error4 = "error4";
        /// Number 21.
        Fatal = "fatal";
        /// Number 22.
        Fatal2 = "fatal2";
        /// Number 23.
        Fatal3 = "fatal3";
        /// Number 24.
        Fatal4 = "fatal4";
    }
}

impl SeverityNumber {
    /// Returns the number of the severity in OpenTelemetry's data model, 1 to 24.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }
}
