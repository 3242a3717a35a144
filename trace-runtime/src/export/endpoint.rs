//! Parses an endpoint: the URL of a receiver, or an address such as `localhost:4318`.
//!
//! Written here and not taken from a crate, because errors must show no secret, and because
//! addresses without a scheme, ports beyond 65535 and encoded credentials need special handling.

#![cfg_attr(
    not(all(feature = "otlp-http", feature = "otlp-grpc")),
    allow(dead_code, reason = "the environment is read in every build, and clients need more")
)]

use super::secrets::strictly_without_credentials;
use std::net::{IpAddr, Ipv6Addr};

/// The text that errors list as allowed.
pub(crate) const ALLOWED: &str = "a URL such as http://localhost:4318 or https://example.com:4318";

/// A receiver, or a proxy: its address and its protocol.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) is_https: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Begins with `/`; empty if the text has none.
    pub(crate) path: String,
    /// After the `?`; empty if the text has none.
    pub(crate) query: String,
    /// User and password, decoded.
    pub(crate) user: Option<(String, String)>,
    /// Whether the text contains a scheme.
    pub(crate) has_scheme: bool,
}

/// The reason why a text is not an endpoint; contains nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    NotAUrl,
    Scheme,
    Unix,
    Host,
    Port,
    Credentials,
}

impl Flaw {
    /// Returns the flaw in words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotAUrl => "is not a URL",
            Self::Scheme => "has a scheme other than http and https",
            Self::Unix => "is a Unix socket, which is not supported",
            Self::Host => "names no host",
            Self::Port => "has a port that is not a number from 1 to 65535",
            Self::Credentials => "has credentials that are not percent-encoded UTF-8",
        }
    }

    /// Returns the allowed form.
    pub(crate) fn allowed(self) -> String {
        match self {
            Self::Unix => format!("{ALLOWED}; Unix sockets are not supported"),
            Self::Port => format!("{ALLOWED}; a port is a number from 1 to 65535"),
            Self::Credentials => format!("{ALLOWED}; credentials are percent-encoded UTF-8"),
            _ => ALLOWED.to_owned(),
        }
    }
}

impl Endpoint {
    /// Parses `text`. An address without a scheme must name its port; `https` applies to it.
    pub(crate) fn parse(text: &str, https: bool) -> Result<Self, Flaw> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Flaw::NotAUrl);
        }
        if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("unix:")) {
            return Err(Flaw::Unix);
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '@']) => (Some(scheme), rest),
            _ => (None, text),
        };
        let is_https = match scheme {
            None => https,
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => true,
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => false,
            Some(_) => return Err(Flaw::Scheme),
        };
        // A fragment is never sent.
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(credentials(user)?), address),
            None => (None, authority),
        };
        let (host, port) = host_and_port(address)?;
        if scheme.is_none() && port.is_none() {
            return Err(Flaw::NotAUrl);
        }
        Ok(Self {
            is_https,
            host,
            port: port.unwrap_or(if is_https { 443 } else { 80 }),
            path: ascii(path),
            query: ascii(query),
            user,
            has_scheme: scheme.is_some(),
        })
    }

    /// Parses an address; the error is the one that an exporter reports.
    pub(crate) fn parse_or_explain(text: &str, https: bool) -> Result<Self, String> {
        Self::parse(text, https).map_err(|flaw| {
            let shown = strictly_without_credentials(text);
            format!("the endpoint `{shown}` {}; allowed: {}", flaw.as_str(), flaw.allowed())
        })
    }

    /// Returns host and port, as they appear in a URL and in the header `Host`.
    pub(crate) fn authority(&self) -> String {
        let default = if self.is_https { 443 } else { 80 };
        match self.port {
            port if port == default => self.bracketed_host(),
            _ => self.host_and_port(),
        }
    }

    /// Returns host and port, always with the port.
    pub(crate) fn host_and_port(&self) -> String {
        format!("{}:{}", self.bracketed_host(), self.port)
    }

    fn bracketed_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }

    /// Returns the URL without credentials and without a query, which messages may show.
    pub(crate) fn shown(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    /// Returns scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    /// Returns path and query, as in a request.
    pub(crate) fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) }
    }

    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Returns whether it is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.ip() {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => is_localhost(&self.host),
        }
    }

    /// Returns the value of `Authorization` (or `Proxy-Authorization`) for the credentials.
    pub(crate) fn basic_authorization(&self) -> Option<String> {
        let (user, password) = self.user.as_ref()?;
        Some(format!("Basic {}", base64(format!("{user}:{password}").as_bytes())))
    }
}

/// Returns whether a name stands for this machine
/// ([RFC 6761](https://www.rfc-editor.org/rfc/rfc6761#section-6.3)).
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn credentials(text: &str) -> Result<(String, String), Flaw> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = percent_decode(user).zip(percent_decode(password));
    decoded.ok_or(Flaw::Credentials)
}

fn host_and_port(address: &str) -> Result<(String, Option<u16>), Flaw> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(Flaw::Host)?;
            host.parse::<Ipv6Addr>().map_err(|_| Flaw::Host)?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(Flaw::Host),
            }
        }
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    if host.is_empty() {
        return Err(Flaw::Host);
    }
    // The characters of a name; names in other scripts are written in Punycode.
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '~');
    if !host.chars().all(is_valid) {
        return Err(Flaw::NotAUrl);
    }
    let port = match port {
        None | Some("") => None,
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            Some(digits.parse().ok().filter(|port| *port != 0).ok_or(Flaw::Port)?)
        }
        Some(_) => return Err(Flaw::Port),
    };
    Ok((host.to_owned(), port))
}

/// Decodes percent-encoding; `None` if it is broken or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let [high, low, after @ ..] = rest else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push((digit(*high)? << 4 | digit(*low)?) as u8);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Encodes characters that a request line cannot contain.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Encodes base 64 ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648#section-4)).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 0x3f;
            out.push(if digit <= chunk.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Endpoint {
        Endpoint::parse(text, false).unwrap_or_else(|flaw| panic!("{text}: {flaw:?}"))
    }

    #[test]
    fn a_url_is_taken_apart() {
        let whole = parse("HTTPS://me%40work:p%3Aw%2F@[::1]:1/a/b?key=%20&x=/?#fragment");
        assert!(whole.is_https && whole.has_scheme && whole.is_loopback());
        assert_eq!((&*whole.host, whole.port), ("::1", 1));
        assert_eq!(whole.target(), "/a/b?key=%20&x=/?");
        assert_eq!(whole.user, Some(("me@work".to_owned(), "p:w/".to_owned())));
        assert_eq!(whole.basic_authorization().unwrap(), "Basic bWVAd29yazpwOncv");
        assert_eq!(whole.shown(), "https://[::1]:1/a/b");
        let short = parse("http://host?a=b");
        assert_eq!((short.target(), short.shown()), ("/?a=b".to_owned(), "http://host".to_owned()));
        assert_eq!((parse("https://host").port, parse("http://host:").port), (443, 80));
        assert_eq!(parse("http://host/ü").target(), "/%C3%BC");
    }

    #[test]
    fn an_address_needs_a_port() {
        let address = parse("localhost:4318");
        assert_eq!((&*address.host, address.port, address.has_scheme), ("localhost", 4318, false));
        assert!(Endpoint::parse("host:4317", true).unwrap().is_https);
        assert_eq!(Endpoint::parse("localhost", false).err(), Some(Flaw::NotAUrl));
    }

    #[test]
    fn what_is_not_an_endpoint_is_refused() {
        for (text, flaw) in [
            ("http://h:99999/", Flaw::Port),
            ("http://h:0", Flaw::Port),
            ("http://h:80x", Flaw::Port),
            ("http://h:-1", Flaw::Port),
            ("h:65536", Flaw::Port),
            ("unix:///run/otel.sock", Flaw::Unix),
            ("UNIX:run/otel.sock", Flaw::Unix),
            ("ftp://h", Flaw::Scheme),
            ("http://", Flaw::Host),
            ("http:///v1", Flaw::Host),
            ("http://:80", Flaw::Host),
            ("http://[::1", Flaw::Host),
            ("http://[host]", Flaw::Host),
            ("http://a b", Flaw::NotAUrl),
            ("http://a\r\nb", Flaw::NotAUrl),
            ("http://bücher", Flaw::NotAUrl),
            ("http://u:%zz@h", Flaw::Credentials),
            ("http://u:%ff@h", Flaw::Credentials),
        ] {
            assert_eq!(Endpoint::parse(text, false).err(), Some(flaw), "{text}");
        }
    }

    #[test]
    fn this_machine_is_recognized() {
        for host in ["localhost", "LocalHost.", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(parse(&format!("http://{host}:1")).is_loopback(), "{host}");
        }
        assert!(parse("http://[::ffff:127.0.0.1]").is_loopback());
        for host in ["localhost.example.com", "notlocalhost", "10.0.0.1"] {
            assert!(!parse(&format!("http://{host}")).is_loopback(), "{host}");
        }
    }

    #[test]
    fn base64_is_padded() {
        let encoded = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
