//! Parses host and port of the `Host` header, `:authority` and request targets.

/// `server.address` and `server.port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Authority<'a> {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

/// The longest name in DNS; longer ones are not hosts.
const LONGEST: usize = 255;

/// Whether a byte may be part of a host.
const ALLOWED: [bool; 256] = {
    let mut allowed = [false; 256];
    let marks = b"-._~%!$&'()*+,;=:";
    let mut byte = 0;
    while byte < marks.len() {
        allowed[marks[byte] as usize] = true;
        byte += 1;
    }
    let mut byte = 0;
    while byte < allowed.len() {
        allowed[byte] |= (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    allowed
};

impl<'a> Authority<'a> {
    /// Parses `host`, `host:port`, `[ipv6]:port`, ignoring credentials; `None` if it is not a host.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        Self::plain(text).or_else(|| Self::any(text))
    }

    /// Parses a name with a port or without one.
    // HOT: most are that.
    fn plain(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let host = bytes.iter().position(|byte| *byte == b':' || !ALLOWED[usize::from(*byte)]);
        let (host, port) = match host {
            Some(at) if bytes[at] == b':' => (at, Some(text[at + 1..].parse().ok()?)),
            Some(_) => return None,
            None => (bytes.len(), None),
        };
        (1..=LONGEST).contains(&host).then(|| Self { host: &text[..host], port })
    }

    fn any(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let place = text.rsplit_once('@').map_or(text, |(_, place)| place);
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (host, rest.strip_prefix(':'))
            }
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let is_host = (1..=LONGEST).contains(&host.len())
            && host.bytes().all(|byte| ALLOWED[usize::from(byte)]);
        is_host.then(|| Self { host, port: port.and_then(|port| port.parse().ok()) })
    }

    /// Fills in the port of the scheme, if there is none.
    pub(crate) fn with_port_of(self, scheme: &str) -> Self {
        let usual = || match scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        Self { port: self.port.or_else(usual), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_and_nothing_else() {
        let cases = [
            ("example.com", Some(("example.com", None))),
            ("example.com:8080", Some(("example.com", Some(8080)))),
            ("[::1]:80", Some(("::1", Some(80)))),
            ("[2001:db8::1]", Some(("2001:db8::1", None))),
            ("user:secret@example.com:1", Some(("example.com", Some(1)))),
            ("example.com:99999", Some(("example.com", None))),
            ("example.com:", Some(("example.com", None))),
            ("[::1", None),
            ("", None),
            (":80", None),
            ("a b", None),
            ("a/b", None),
            ("\u{e9}", None),
        ];
        for (text, expected) in cases {
            let found = Authority::parse(text).map(|found| (found.host, found.port));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(Authority::parse(&"a".repeat(256)), None);
        let host = Authority::parse("a").unwrap();
        assert_eq!(host.with_port_of("https").port, Some(443));
        assert_eq!(Authority::parse("a:1").unwrap().with_port_of("http").port, Some(1));
    }
}
