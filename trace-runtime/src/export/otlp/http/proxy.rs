//! Chooses the proxy for a request, from the environment.
//!
//! | variable | meaning |
//! |---|---|
//! | `HTTPS_PROXY`, `HTTP_PROXY` | the proxy for `https://` and for `http://` endpoints |
//! | `ALL_PROXY` | the proxy for both |
//! | `NO_PROXY` | hosts without one: names and their subdomains, addresses, networks such as `10.0.0.0/8`, each with or without a port, or `*` |
//!
//! Names in lower case take precedence. This machine is never reached through a proxy.

use crate::export::endpoint::Endpoint;
use crate::export::secrets::without_credentials;
use std::net::IpAddr;

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Returns the proxy for an endpoint; `None` for a direct connection. The error is a variable with
/// an invalid value.
pub(super) fn of(endpoint: &Endpoint, lookup: Lookup<'_>) -> Result<Option<Endpoint>, String> {
    if endpoint.is_loopback() || is_exempt(endpoint, lookup) {
        return Ok(None);
    }
    // In a CGI program, HTTP_PROXY contains the client's header `Proxy`.
    let is_cgi = lookup("REQUEST_METHOD").is_some();
    let names: &[&str] = match endpoint.is_https {
        true => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        false if is_cgi => &["http_proxy", "all_proxy", "ALL_PROXY"],
        false => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let Some((name, value)) = first(names, lookup) else { return Ok(None) };
    let refused = |why: &str| {
        let shown = without_credentials(&value);
        format!("{name} is `{shown}`, which {why}; allowed: a proxy such as http://proxy:3128")
    };
    // Without a scheme, it may have no port either.
    let url = if value.contains("://") { value.clone() } else { format!("http://{value}") };
    let proxy = Endpoint::parse(&url, false).map_err(|flaw| refused(flaw.as_str()))?;
    if proxy.is_https {
        return Err(refused("is spoken to over TLS, which is not supported"));
    }
    Ok(Some(proxy))
}

fn first(names: &[&'static str], lookup: Lookup<'_>) -> Option<(&'static str, String)> {
    names.iter().find_map(|&name| {
        let value = lookup(name)?.trim().to_owned();
        (!value.is_empty()).then_some((name, value))
    })
}

fn is_exempt(endpoint: &Endpoint, lookup: Lookup<'_>) -> bool {
    let Some((_, list)) = first(&["no_proxy", "NO_PROXY"], lookup) else { return false };
    list.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| matches(entry, endpoint))
}

fn matches(entry: &str, endpoint: &Endpoint) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some(ip) = endpoint.ip() {
        let ip = ip.to_canonical();
        if let Some((network, bits)) = entry.split_once('/') {
            let network: Option<IpAddr> = unbracketed(network).parse().ok();
            return network
                .zip(bits.parse().ok())
                .is_some_and(|(network, bits)| is_within(ip, network.to_canonical(), bits));
        }
        if let Ok(other) = unbracketed(entry).parse::<IpAddr>() {
            return other.to_canonical() == ip;
        }
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => {
            (name, Some(port))
        }
        _ => (entry, None),
    };
    if port.is_some_and(|port| port.parse() != Ok(endpoint.port)) {
        return false;
    }
    if let (Some(ip), Ok(other)) = (endpoint.ip(), unbracketed(name).parse::<IpAddr>()) {
        return other.to_canonical() == ip.to_canonical();
    }
    let normal = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let (host, name) = (normal(&endpoint.host), normal(name));
    // `*.example.com` and `.example.com` mean the same.
    let name = name.trim_start_matches('*').trim_start_matches('.');
    let subdomain = host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    !name.is_empty() && (host == name || subdomain)
}

fn unbracketed(address: &str) -> &str {
    address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address)
}

fn is_within(ip: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) if bits <= 32 => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) if bits <= 128 => {
            (ip.to_bits() ^ network.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        };
        let endpoint = Endpoint::parse(url, false).unwrap();
        Ok(of(&endpoint, &lookup)?.map(|proxy| proxy.host_and_port()))
    }

    fn proxied(url: &str, variables: &[(&str, &str)]) -> String {
        proxy(url, variables).unwrap().unwrap_or_else(|| "direct".to_owned())
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        const HTTPS: (&str, &str) = ("HTTPS_PROXY", "http://s:1");
        const HTTP: (&str, &str) = ("HTTP_PROXY", "http://p:2");
        const ALL: (&str, &str) = ("ALL_PROXY", "a:3");
        assert_eq!(proxied("http://c", &[HTTPS]), "direct");
        assert_eq!(proxied("https://c", &[HTTP]), "direct");
        assert_eq!(proxied("https://c", &[HTTP, HTTPS, ALL]), "s:1");
        assert_eq!(proxied("http://c", &[HTTP, HTTPS, ALL]), "p:2");
        assert_eq!(proxied("http://c", &[HTTPS, ALL]), "a:3");
        assert_eq!(proxied("http://c", &[("http_proxy", "q"), HTTP]), "q:80");
        assert_eq!(proxied("https://c", &[("https_proxy", "q:4"), HTTPS]), "q:4");
        assert_eq!(proxied("http://c", &[("http_proxy", " "), HTTP]), "p:2");
        assert_eq!(proxied("http://c", &[HTTP, ("REQUEST_METHOD", "GET")]), "direct");
    }

    #[test]
    fn some_hosts_are_reached_directly() {
        let is_direct = |url: &str, no: &str| {
            let all = ("ALL_PROXY", "http://p:1");
            let upper = proxied(url, &[all, ("NO_PROXY", no)]) == "direct";
            assert_eq!(upper, proxied(url, &[all, ("no_proxy", no)]) == "direct");
            upper
        };
        for local in
            ["http://localhost:4318", "http://127.0.0.2", "http://[::1]", "https://x.localhost"]
        {
            assert!(is_direct(local, ""), "{local}");
        }
        for (url, no) in [
            ("http://c.example.com", "other, *"),
            ("http://c.example.com", "example.com"),
            ("http://C.Example.COM.", ".example.com"),
            ("http://c.example.com", "x,*.example.com"),
            ("http://example.com", "example.com:80"),
            ("http://10.1.2.3", "10.0.0.0/8"),
            ("http://10.1.2.3", "192.168.0.0/16 0.0.0.0/0"),
            ("http://10.1.2.3:4318", "10.1.2.3"),
            ("http://10.1.2.3:4318", "10.1.2.3:4318"),
            ("http://[fd00::1]", "fd00::/8"),
            ("http://[fd00::1]:4318", "[fd00::1]:4318"),
            ("http://[fd00::1]", "fd00::1"),
            ("http://[::ffff:10.1.2.3]", "10.0.0.0/8"),
        ] {
            assert!(is_direct(url, no), "{url} {no}");
        }
        for (url, no) in [
            ("http://c", ""),
            ("http://badexample.com", "example.com,.example.com"),
            ("http://example.com.evil", "example.com"),
            ("http://example.com:81", "example.com:80"),
            ("http://11.1.2.3", "10.0.0.0/8"),
            ("http://10.1.2.3", "10.0.0.0/33,10.0.0.0/x"),
            ("http://10.1.2.3:4318", "10.1.2.3:4317"),
            ("http://c", ".,,"),
        ] {
            assert!(!is_direct(url, no), "{url} {no}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_named_without_its_password() {
        for value in ["socks5://u:s3cret@p:1080", "https://u:s3cret@p", "http://u:s3cret@p:x"] {
            let error = proxy("http://c", &[("http_proxy", value)]).unwrap_err();
            assert!(error.starts_with("http_proxy is `") && !error.contains("s3cret"), "{error}");
        }
    }
}
