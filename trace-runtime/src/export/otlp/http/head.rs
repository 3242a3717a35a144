//! Builds the head of requests: once, apart from the length of the body.

use crate::export::endpoint::Endpoint;
use crate::export::otlp::check::header;
use crate::export::{OtlpProtocol, OtlpSettings};
use std::fmt::Write as _;
use std::io::Write as _;

pub(super) struct RequestHead {
    head: Vec<u8>,
    /// The length of the part that all requests share.
    fixed: usize,
}

impl RequestHead {
    pub(super) fn new(
        settings: &OtlpSettings,
        endpoint: &Endpoint,
        proxy: Option<&Endpoint>,
    ) -> Result<Self, String> {
        // A proxy for plain `http` needs the whole URL.
        let plain_proxy = proxy.filter(|_| !endpoint.is_https);
        let origin = plain_proxy.map(|_| endpoint.origin()).unwrap_or_default();
        let mut head = format!("POST {origin}{} HTTP/1.1\r\n", endpoint.target());
        let mut add = |name: &str, value: &str| {
            let _ = write!(head, "{name}: {value}\r\n");
        };
        if let Some(authorization) = plain_proxy.and_then(Endpoint::basic_authorization) {
            add("proxy-authorization", &authorization);
        }
        let (host, authorization) = (endpoint.authority(), endpoint.basic_authorization());
        let content_type = match settings.protocol {
            OtlpProtocol::HttpJson => "application/json",
            _ => "application/x-protobuf",
        };
        let own = [
            ("host", Some(host.as_str())),
            ("user-agent", Some(concat!("trace-runtime/", env!("CARGO_PKG_VERSION"), " (Rust)"))),
            ("content-type", Some(content_type)),
            ("content-encoding", settings.gzip.then_some("gzip")),
            ("authorization", authorization.as_deref()),
        ];
        // Those of the settings take precedence over the client's own.
        for (name, value) in own {
            let is_given =
                settings.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
            if let Some(value) = value.filter(|_| !is_given) {
                add(name, value);
            }
        }
        for (name, value) in &settings.headers {
            let (name, value) = header(name, header_name(name), header_value(value))?;
            // Settings cannot change how a request is framed.
            if !["content-length", "transfer-encoding"].contains(&&*name) {
                add(&name, value);
            }
        }
        let head = head.into_bytes();
        Ok(Self { fixed: head.len(), head })
    }

    /// Returns the head of the request with this body.
    pub(super) fn of(&mut self, body: &[u8]) -> &[u8] {
        self.head.truncate(self.fixed);
        // Writing into a vector cannot fail.
        let _ = write!(self.head, "content-length: {}\r\n\r\n", body.len());
        &self.head
    }
}

fn header_name(name: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_token)).then(|| name.to_ascii_lowercase())
}

fn header_value(value: &str) -> Option<&str> {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_of(settings: &OtlpSettings, proxy: Option<&str>) -> String {
        let endpoint = Endpoint::parse(settings.endpoint.as_deref().unwrap(), false).unwrap();
        let proxy = proxy.map(|proxy| Endpoint::parse(proxy, false).unwrap());
        let mut head = RequestHead::new(settings, &endpoint, proxy.as_ref()).unwrap();
        // The length of a body replaces the one before.
        head.of(b"another body");
        let head = String::from_utf8(head.of(b"body").to_vec()).unwrap();
        head.strip_suffix("content-length: 4\r\n\r\n").unwrap().to_owned()
    }

    #[test]
    fn a_request_has_one_head() {
        let url = "http://me:p%40ss@collector/otlp?key=1";
        let settings = OtlpSettings::default().with_endpoint(url).with_header("X-Team", " a ");
        let agent = concat!("user-agent: trace-runtime/", env!("CARGO_PKG_VERSION"), " (Rust)\r\n");
        let rest = format!(
            "{agent}content-type: application/x-protobuf\r\nauthorization: Basic bWU6cEBzcw==\r\n\
             x-team: a\r\n"
        );
        let direct = format!("POST /otlp?key=1 HTTP/1.1\r\nhost: collector\r\n{rest}");
        assert_eq!(head_of(&settings, None), direct);
        let proxied = format!(
            "POST http://collector/otlp?key=1 HTTP/1.1\r\nproxy-authorization: Basic dTpw\r\n\
             host: collector\r\n{rest}"
        );
        assert_eq!(head_of(&settings, Some("http://u:p@proxy:3128")), proxied);
        let json = settings.clone().with_protocol(OtlpProtocol::HttpJson);
        assert!(head_of(&json, None).contains("\r\ncontent-type: application/json\r\n"));
        let secure = settings.clone().with_endpoint("https://collector:4318/otlp");
        let secure = head_of(&secure, Some("http://u:p@proxy:3128"));
        assert!(secure.starts_with("POST /otlp HTTP/1.1\r\n") && !secure.contains("proxy"));
        let own = settings
            .with_header("Authorization", "Bearer t")
            .with_header("HOST", "other")
            .with_header("Content-Length", "7");
        let own = head_of(&own, None);
        assert!(own.contains("\r\nauthorization: Bearer t\r\n") && !own.contains("Basic"), "{own}");
        assert!(own.contains("\r\nhost: other\r\n") && !own.contains("content-length"), "{own}");
    }
}
