//! Recognizes gRPC requests, and interprets their status codes.

use super::{Side, text};
use http::{HeaderMap, StatusCode, header};

/// The codes by number, as in `rpc.response.status_code`.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

const UNKNOWN: &str = "UNKNOWN";
/// The code of methods that the server does not have.
pub(crate) const UNIMPLEMENTED: &str = "UNIMPLEMENTED";

/// Whether it is a gRPC request; gRPC-Web, whose status is in the body, counts as HTTP.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let rest = content_type.strip_prefix("application/grpc");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// Returns `package.Service/Method`; `None` if the path is not that of a method.
pub(crate) fn method(path: &str) -> Option<&str> {
    let method = path.strip_prefix('/')?;
    let (service, name) = method.split_once('/')?;
    (!service.is_empty() && !name.is_empty() && !name.contains('/')).then_some(method)
}

/// Returns the number of a code.
pub(crate) fn number(code: &str) -> u32 {
    let known = CODES.iter().position(|known| *known == code);
    known.map_or(2, |number| number as u32)
}

/// Returns the code in headers or trailers.
pub(crate) fn code(headers: &HeaderMap) -> Option<&'static str> {
    let number: Option<usize> = text(headers, "grpc-status")?.parse().ok();
    // An invalid code counts as unknown, as in gRPC.
    Some(number.and_then(|number| CODES.get(number).copied()).unwrap_or(UNKNOWN))
}

/// Returns the message of a code, as sent: percent-encoded.
pub(crate) fn message(headers: &HeaderMap) -> Option<&str> {
    text(headers, "grpc-message").filter(|message| !message.is_empty())
}

/// Returns the code of a response that contains none.
pub(crate) fn code_of_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "INTERNAL",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => UNIMPLEMENTED,
        429 | 502..=504 => "UNAVAILABLE",
        _ => UNKNOWN,
    }
}

/// Whether a method answered with this code, rather than a layer before all methods, known or not.
pub(crate) fn is_of_handler(code: &str) -> bool {
    let of_others = [
        UNIMPLEMENTED,
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "UNAVAILABLE",
    ];
    !of_others.contains(&code)
}

/// Whether a code is an error: for clients all except `OK`, for servers those that are their fault.
pub(crate) fn is_error(code: &str, side: Side) -> bool {
    match side {
        Side::Client => code != "OK",
        Side::Server => matches!(
            code,
            "UNKNOWN"
                | "DEADLINE_EXCEEDED"
                | "UNIMPLEMENTED"
                | "INTERNAL"
                | "UNAVAILABLE"
                | "DATA_LOSS"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn requests_are_recognized_by_content_type() {
        for (content_type, expected) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;charset=x", true),
            ("application/grpc-web", false),
            ("application/json", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            assert_eq!(is_grpc(&headers), expected, "{content_type}");
        }
        assert!(!is_grpc(&HeaderMap::new()));
    }

    #[test]
    fn paths_are_methods_or_not() {
        assert_eq!(method("/a.B/C"), Some("a.B/C"));
        for path in ["", "/", "/a", "/a/", "//c", "/a/b/c", "a/b", "*"] {
            assert_eq!(method(path), None, "{path}");
        }
    }

    #[test]
    fn codes_have_names_and_are_errors_by_side() {
        let of = |number| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status", HeaderValue::from_static(number));
            code(&headers)
        };
        assert_eq!(
            (of("0"), of("5"), of("16")),
            (Some("OK"), Some("NOT_FOUND"), Some("UNAUTHENTICATED"))
        );
        assert_eq!((of("17"), of("-1"), of("x")), (Some(UNKNOWN), Some(UNKNOWN), Some(UNKNOWN)));
        assert_eq!(code(&HeaderMap::new()), None);
        let errors = |side| CODES.iter().filter(|code| is_error(code, side)).count();
        assert_eq!((errors(Side::Server), errors(Side::Client)), (6, 16));
    }
}
