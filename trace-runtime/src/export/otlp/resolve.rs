//! Resolves the addresses of a receiver, with a deadline that the system's resolver lacks.
//!
//! A lookup runs on a separate thread, at most one for each host and port in the process: while
//! one hangs, no other begins, and the last addresses found are reused. Without a lookup work IP addresses,
//! `localhost`, and addresses that were found a moment ago, unless a connection to them failed.

#[cfg(any(test, feature = "otlp-http"))]
use super::deadline::Deadline;
use super::in_use::InUse;
use crate::export::endpoint::is_localhost;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The wait for a new lookup if earlier addresses are known.
const PATIENCE_WITH_KNOWN: Duration = Duration::from_secs(1);

/// The time for which addresses are used without another lookup.
const FRESH: Duration = Duration::from_secs(5);

/// The resolvers that are in use, by host and port. After a fork, the thread of a lookup does not exist in
/// the child.
static ALL: InUse<(String, u16), Resolver> = InUse::new();

/// Makes forks wait until no other thread uses the list.
pub(super) fn keep_over_forks() {
    ALL.keep_over_forks();
}

type Lookup = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The addresses of one host and port.
pub(super) struct Resolver {
    host: String,
    port: u16,
    lookup: Box<Lookup>,
    /// The addresses of a host that needs no lookup.
    fixed: Vec<SocketAddr>,
    state: Mutex<LookupState>,
    changed: Condvar,
}

#[derive(Default)]
struct LookupState {
    is_looking: bool,
    /// The failure of the last lookup, if it failed.
    failure: Option<String>,
    /// The addresses of the last successful lookup.
    addresses: Vec<SocketAddr>,
    /// The time of that lookup, while its addresses are not known to fail.
    found: Option<Instant>,
    /// The callers that wait without a thread.
    #[cfg(feature = "otlp-grpc")]
    wakers: Vec<std::task::Waker>,
}

impl Resolver {
    /// Returns the resolver that the whole process shares for this host and port.
    pub(super) fn of(host: &str, port: u16) -> Arc<Self> {
        let make = || Self::new(host, port, Box::new(system_lookup));
        ALL.get((host.to_owned(), port), make)
    }

    fn new(host: &str, port: u16, lookup: Box<Lookup>) -> Self {
        Self {
            host: host.to_owned(),
            port,
            lookup,
            fixed: fixed(host, port),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Looks the addresses up, and waits for them; the error is the reason why there are none.
    #[cfg(any(test, feature = "otlp-http"))]
    pub(super) fn addresses(
        self: &Arc<Self>,
        deadline: Deadline,
    ) -> Result<Vec<SocketAddr>, String> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let mut state = self.begin()?;
        let most = self.patience(&state);
        let begin = Instant::now();
        while state.is_looking {
            let left = deadline.left_up_to(most.saturating_sub(begin.elapsed()));
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.outcome(&state)
    }

    /// Looks the addresses up within a runtime.
    #[cfg(feature = "otlp-grpc")]
    pub(super) async fn addresses_async(self: &Arc<Self>) -> Result<Vec<SocketAddr>, String> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let most = {
            let state = self.begin()?;
            self.patience(&state)
        };
        let found = std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.is_looking {
                state.wakers.push(context.waker().clone());
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(())
        });
        // The caller's deadline ends the wait at the latest.
        let _ = tokio::time::timeout(most, found).await;
        self.outcome(&self.lock())
    }

    /// Makes the next connection look the addresses up again: these do not work.
    pub(super) fn expire(&self) {
        self.lock().found = None;
    }

    /// Returns the addresses, if they need no lookup.
    fn known(&self) -> Option<Vec<SocketAddr>> {
        if !self.fixed.is_empty() {
            return Some(self.fixed.clone());
        }
        let state = self.lock();
        let is_fresh = state.found.is_some_and(|at| at.elapsed() < FRESH);
        is_fresh.then(|| state.addresses.clone())
    }

    fn patience(&self, state: &LookupState) -> Duration {
        if state.addresses.is_empty() { Duration::MAX } else { PATIENCE_WITH_KNOWN }
    }

    /// Begins a lookup, unless one is in progress.
    fn begin(self: &Arc<Self>) -> Result<MutexGuard<'_, LookupState>, String> {
        let mut state = self.lock();
        if state.is_looking {
            return Ok(state);
        }
        let this = self.clone();
        let thread = std::thread::Builder::new().name("trace-resolve".to_owned());
        match thread.spawn(move || this.look()) {
            Ok(_) => state.is_looking = true,
            Err(_) if !state.addresses.is_empty() => {}
            Err(error) => return Err(format!("cannot start a thread: {error}")),
        }
        Ok(state)
    }

    fn look(&self) {
        crate::recorder::suppress_this_thread();
        let found = (self.lookup)(&self.host, self.port);
        let mut state = self.lock();
        state.is_looking = false;
        state.failure = match found {
            Ok(found) if found.is_empty() => Some("it has no address".to_owned()),
            Ok(found) => {
                state.addresses = found;
                state.found = Some(Instant::now());
                None
            }
            Err(error) => Some(error.to_string()),
        };
        #[cfg(feature = "otlp-grpc")]
        state.wakers.drain(..).for_each(std::task::Waker::wake);
        drop(state);
        self.changed.notify_all();
    }

    fn outcome(&self, state: &LookupState) -> Result<Vec<SocketAddr>, String> {
        match &state.failure {
            _ if !state.addresses.is_empty() => Ok(state.addresses.clone()),
            _ if state.is_looking => Err(format!("the lookup of `{}` took too long", self.host)),
            failure => {
                let cause = failure.as_deref().unwrap_or("it has no address");
                Err(format!("the lookup of `{}` failed: {cause}", self.host))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, LookupState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the addresses of a host that needs no lookup: an IP address, or a name for this machine.
fn fixed(host: &str, port: u16) -> Vec<SocketAddr> {
    let this_machine = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let ips = match host.parse() {
        Ok(ip) => vec![ip],
        Err(_) if is_localhost(host) => this_machine.to_vec(),
        Err(_) => Vec::new(),
    };
    ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect()
}

fn system_lookup(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    const FOUND: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

    fn soon() -> Deadline {
        Deadline::after(Duration::from_millis(20))
    }

    #[test]
    fn while_a_lookup_hangs_no_other_begins() {
        let begun = Arc::new(AtomicUsize::new(0));
        let (answer, answers) = channel::<io::Result<Vec<SocketAddr>>>();
        let answers = Mutex::new(answers);
        let counted = begun.clone();
        let lookup = move |_: &str, _: u16| {
            counted.fetch_add(1, Ordering::Relaxed);
            answers.lock().unwrap().recv().unwrap_or_else(|_| Ok(Vec::new()))
        };
        let resolver = Arc::new(Resolver::new("collector", 4318, Box::new(lookup)));
        for _ in 0..10 {
            let error = resolver.addresses(soon()).unwrap_err();
            assert_eq!(error, "the lookup of `collector` took too long");
        }
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        answer.send(Ok(vec![FOUND])).unwrap();
        let endless = Deadline::after(Duration::MAX);
        assert_eq!(resolver.addresses(endless).unwrap(), [FOUND]);
        // No other begins for addresses that were just found.
        assert_eq!(resolver.addresses(endless).unwrap(), [FOUND]);
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        resolver.expire();
        // The last addresses are used while the next lookup hangs, and when it fails.
        for _ in 0..3 {
            assert_eq!(resolver.addresses(soon()).unwrap(), [FOUND]);
        }
        answer.send(Err(io::Error::other("no name server"))).unwrap();
        assert_eq!(resolver.addresses(soon()).unwrap(), [FOUND]);
        assert!(begun.load(Ordering::Relaxed) <= 3);
    }

    #[test]
    fn a_lookup_that_fails_says_why() {
        let lookup = |_: &str, _: u16| Err(io::Error::other("no name server"));
        let resolver = Arc::new(Resolver::new("collector", 4318, Box::new(lookup)));
        let error = resolver.addresses(Deadline::after(Duration::MAX)).unwrap_err();
        assert_eq!(error, "the lookup of `collector` failed: no name server");
    }

    #[test]
    fn endpoints_share_a_resolver() {
        let one = Resolver::of("shared.invalid", 1);
        assert!(Arc::ptr_eq(&one, &Resolver::of("shared.invalid", 1)));
        assert!(!Arc::ptr_eq(&one, &Resolver::of("shared.invalid", 2)));
    }

    #[test]
    fn this_machine_needs_no_lookup() {
        let lookup = |_: &str, _: u16| -> io::Result<Vec<SocketAddr>> { panic!("a lookup") };
        let found = |host: &str| {
            Arc::new(Resolver::new(host, 1, Box::new(lookup))).addresses(soon()).unwrap()
        };
        assert_eq!(found("127.0.0.1"), [FOUND]);
        assert_eq!(found("::1"), ["[::1]:1".parse().unwrap()]);
        for host in ["localhost", "Localhost.", "x.localhost"] {
            assert_eq!(found(host), ["[::1]:1".parse().unwrap(), FOUND], "{host}");
        }
    }
}
