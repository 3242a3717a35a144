//! Finds `client.address`, and formats addresses.

use super::authority::Authority;
use http::request::Parts;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

/// Returns the address of the connection, if the server put it into the extensions of the request.
pub(crate) fn of_connection(parts: &Parts) -> Option<SocketAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(info.0);
    }
    parts.extensions.get::<SocketAddr>().copied()
}

/// Parses the address that a proxy reported.
pub(crate) fn of_proxy(node: &str) -> Option<IpAddr> {
    // An IPv6 address may come without brackets where there is no port.
    node.parse().ok().or_else(|| Authority::parse(node)?.host.parse().ok())
}

/// An address as text, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressText {
    text: [u8; LONGEST],
    len: usize,
}

/// The length of the longest IPv6 address, with an IPv4 address at its end.
const LONGEST: usize = 45;

impl AddressText {
    pub(crate) fn of(address: IpAddr) -> Self {
        let mut text = [0; LONGEST];
        let mut rest = &mut text[..];
        // There is room for any address.
        let _ = match address {
            // HOT: formatting takes several times as long.
            IpAddr::V4(address) => {
                address.octets().iter().enumerate().try_for_each(|(at, octet)| {
                    let dot = if at > 0 { &b"."[..] } else { b"" };
                    let digits =
                        [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
                    let zeros = usize::from(*octet < 100) + usize::from(*octet < 10);
                    rest.write_all(dot).and_then(|()| rest.write_all(&digits[zeros..]))
                })
            }
            IpAddr::V6(address) => write!(rest, "{address}"),
        };
        let len = LONGEST - rest.len();
        Self { text, len }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_they_are_formatted() {
        for address in [
            "0.0.0.0",
            "10.20.255.199",
            "1.100.9.99",
            "::",
            "2001:db8::1",
            "::ffff:255.255.255.255",
            "1111:2222:3333:4444:5555:6666:7777:8888",
        ] {
            assert_eq!(AddressText::of(address.parse().unwrap()).as_str(), address);
        }
    }

    #[test]
    fn addresses_are_read_and_nothing_else() {
        let cases = [
            ("10.0.0.1", Some("10.0.0.1")),
            ("10.0.0.1:80", Some("10.0.0.1")),
            ("::1", Some("::1")),
            ("[::1]:80", Some("::1")),
            ("_hidden", None),
            ("unknown", None),
            ("", None),
        ];
        for (node, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(of_proxy(node), expected, "{node}");
        }
    }
}
