//! Checks the host name in a request against the names of the endpoint.
//!
//! A web page whose name an attacker has pointed to a loopback address (DNS rebinding) sends that
//! name; Prometheus sends the configured one.

use super::settings::PrometheusSettings;
use hyper::header::HOST;
use hyper::{Request, Version};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

/// The allowed names; `None` allows all.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Option<Vec<String>>);

/// The reason why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It names no host, or several.
    Unclear,
    /// It names another host.
    Other,
}

impl Hosts {
    pub(super) fn of(settings: &PrometheusSettings, listener: &TcpListener) -> Self {
        let is_loopback = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
        if !is_loopback && settings.allowed_hosts.is_empty() {
            return Self(None);
        }
        let names = settings.allowed_hosts.iter().chain([&settings.host]);
        Self(Some(names.map(|name| plain(name)).collect()))
    }

    /// Checks the host of a request: its target, if that contains one, and its header in any case.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let Some(allowed) = &self.0 else { return Ok(()) };
        let is_allowed = |host: &str| {
            let host = plain(host);
            is_loopback(&host) || allowed.contains(&host)
        };
        let headers: Vec<_> = request.headers().get_all(HOST).iter().collect();
        match (&headers[..], request.version()) {
            ([], Version::HTTP_10) => {}
            ([one], _) => {
                let host = one.to_str().map_err(|_| Refused::Unclear)?;
                is_allowed(without_port(host)).then_some(()).ok_or(Refused::Other)?;
            }
            _ => return Err(Refused::Unclear),
        }
        match request.uri().host() {
            Some(host) if !is_allowed(host) => Err(Refused::Other),
            _ => Ok(()),
        }
    }
}

/// Returns it in lower case, without the dot of a fully qualified name, and without brackets.
fn plain(host: &str) -> String {
    let host = host.strip_suffix('.').unwrap_or(host);
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).to_ascii_lowercase()
}

fn without_port(host: &str) -> &str {
    let end = match host.strip_prefix('[').and_then(|inner| inner.find(']')) {
        Some(end) => Some(end + 2),
        None => host.find(':'),
    };
    let end = end.filter(|&end| host[end..].is_empty() || host[end..].starts_with(':'));
    end.map_or(host, |end| &host[..end])
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(settings: &PrometheusSettings, request: Request<()>) -> Result<(), Refused> {
        let listener = TcpListener::bind((settings.host.as_str(), 0)).unwrap();
        Hosts::of(settings, &listener).check(&request)
    }

    fn asking(host: &str) -> Request<()> {
        Request::get("/metrics").header(HOST, host).body(()).unwrap()
    }

    #[test]
    fn loopback_is_asked_by_its_own_names() {
        let settings = PrometheusSettings::default().with_allowed_host("Proxy.example.com");
        for host in [
            "localhost",
            "localhost:9464",
            "LOCALHOST.:9464",
            "127.0.0.1:9464",
            "127.9.9.9",
            "[::1]:9464",
            "[::1]",
            "shop.localhost:1",
            "proxy.example.com:80",
        ] {
            assert_eq!(checked(&settings, asking(host)), Ok(()), "{host}");
        }
        for host in [
            "evil.example.com",
            "evil.example.com:9464",
            "localhost.evil.com",
            "127.0.0.1.evil.com",
            "128.0.0.1",
            "[::2]:9464",
            "[::1].evil.com",
            "127.0.0.1:9464@evil",
            "",
        ] {
            let expected = match host {
                "127.0.0.1:9464@evil" => Ok(()), // All behind the first colon is a port.
                _ => Err(Refused::Other),
            };
            assert_eq!(checked(&settings, asking(host)), expected, "{host}");
        }
    }

    #[test]
    fn a_request_says_once_whom_it_asks() {
        let settings = PrometheusSettings::default();
        let bare = |version| Request::get("/metrics").version(version).body(()).unwrap();
        assert_eq!(checked(&settings, bare(Version::HTTP_10)), Ok(()));
        assert_eq!(checked(&settings, bare(Version::HTTP_11)), Err(Refused::Unclear));
        let twice = Request::get("/metrics").header(HOST, "localhost").header(HOST, "localhost");
        assert_eq!(checked(&settings, twice.body(()).unwrap()), Err(Refused::Unclear));
        let absolute = Request::get("http://evil.example.com/metrics").header(HOST, "localhost");
        assert_eq!(checked(&settings, absolute.body(()).unwrap()), Err(Refused::Other));
    }

    #[test]
    fn other_addresses_are_asked_by_any_name() {
        let everywhere = PrometheusSettings::default().with_host("0.0.0.0");
        assert_eq!(checked(&everywhere, asking("shop.example.com")), Ok(()));
        let named = everywhere.with_allowed_host("shop.example.com");
        assert_eq!(checked(&named, asking("shop.example.com")), Ok(()));
        assert_eq!(checked(&named, asking("evil.example.com")), Err(Refused::Other));
    }
}
