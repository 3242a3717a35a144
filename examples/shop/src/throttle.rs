//! Limits wrong passwords per account and per address, whether the account exists or not.
//!
//! Each has a budget that attempts spend and that refills with time. A successful login refunds earlier
//! mistakes, so that only guesses cost anything.

use crate::error::Error;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The size of each table. Beyond it, the entries that have spent least are dropped.
const MOST: usize = 10_000;
const ACCOUNT: Budget = Budget { most: 20.0, each: Duration::from_secs(30) };
/// Higher, because many users may share an address.
const ADDRESS: Budget = Budget { most: 200.0, each: Duration::from_secs(3) };

/// The budgets of this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle(Arc<Mutex<Tables>>);

#[derive(Debug, Default)]
struct Tables {
    accounts: HashMap<String, Spent>,
    addresses: HashMap<IpAddr, Spent>,
}

/// An attempt that was charged to the budgets.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    throttle: Throttle,
    account: String,
    address: IpAddr,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    most: f64,
    /// The time in which one attempt is refunded.
    each: Duration,
}

/// The amount that is spent of a budget.
#[derive(Clone, Copy, Debug)]
struct Spent {
    attempts: f64,
    at: Instant,
}

impl Throttle {
    /// Charges an attempt to both budgets.
    ///
    /// # Errors
    /// If one of them is exhausted: then every login is refused, whatever the password.
    pub(crate) fn attempt(&self, name: &str, address: IpAddr) -> Result<Attempt, Error> {
        self.attempt_at(name, address, Instant::now())
    }

    fn attempt_at(&self, name: &str, address: IpAddr, now: Instant) -> Result<Attempt, Error> {
        let (account, address) = (name.to_lowercase(), network(address));
        let mut tables = self.tables();
        let waits = [
            ACCOUNT.wait(tables.accounts.get(&account), now),
            ADDRESS.wait(tables.addresses.get(&address), now),
        ];
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(Error::TooManyLogins { seconds: wait.as_secs() + 1 });
        }
        ACCOUNT.take(&mut tables.accounts, account.clone(), now);
        ADDRESS.take(&mut tables.addresses, address, now);
        drop(tables);
        Ok(Attempt { throttle: self.clone(), account, address })
    }

    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Refunds the account's attempts after the right password, to the address too.
    pub(crate) fn succeeded(self) {
        let mut tables = self.throttle.tables();
        let Some(spent) = tables.accounts.remove(&self.account) else { return };
        if let Some(address) = tables.addresses.get_mut(&self.address) {
            address.attempts = (address.attempts - spent.attempts).max(0.0);
        }
    }
}

impl Budget {
    /// Returns the amount that is spent now.
    fn left_over(self, spent: &Spent, now: Instant) -> f64 {
        let back = now.saturating_duration_since(spent.at).div_duration_f64(self.each);
        (spent.attempts - back).max(0.0)
    }

    /// Returns how long no attempt is left; `None` if there is one.
    fn wait(self, spent: Option<&Spent>, now: Instant) -> Option<Duration> {
        let missing = self.left_over(spent?, now) + 1.0 - self.most;
        (missing > 0.0).then(|| self.each.mul_f64(missing))
    }

    fn take<K: Eq + Hash + Clone>(self, table: &mut HashMap<K, Spent>, key: K, now: Instant) {
        if table.len() >= MOST && !table.contains_key(&key) {
            table.retain(|_, spent| self.left_over(spent, now) > 0.0);
            let by_cost = |spent: &Spent| self.left_over(spent, now);
            let least =
                table.iter().min_by(|(_, one), (_, other)| by_cost(one).total_cmp(&by_cost(other)));
            if let Some(least) = least.map(|(key, _)| key.clone()).filter(|_| table.len() >= MOST) {
                table.remove(&least);
            }
        }
        let spent = table.entry(key).or_insert(Spent { attempts: 0.0, at: now });
        *spent = Spent { attempts: self.left_over(spent, now) + 1.0, at: now };
    }
}

/// Returns the network of an IPv6 address, because clients have a whole network of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn an_account_is_guessed_only_so_often_from_wherever() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for guess in 0..20 {
            let _ = throttle.attempt_at("admin", address(guess), now).unwrap();
        }
        let refused = throttle.attempt_at("ADMIN", address(99), now).unwrap_err();
        assert!(matches!(refused, Error::TooManyLogins { seconds: 31 }), "{refused}");
        // Others are not the worse for it, and time heals.
        let _ = throttle.attempt_at("customer-1", address(1), now).unwrap();
        let later = now + Duration::from_secs(31);
        let _ = throttle.attempt_at("admin", address(1), later).unwrap();
        throttle.attempt_at("admin", address(1), later).unwrap_err();
    }

    #[test]
    fn an_address_tries_only_so_many_accounts() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let network = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        for guess in 0..200 {
            let _ = throttle.attempt_at(&format!("name-{guess}"), network(guess), now).unwrap();
        }
        throttle.attempt_at("another", network(1_000), now).unwrap_err();
        let _ = throttle.attempt_at("another", address(1), now).unwrap();
    }

    #[test]
    fn who_gets_in_has_only_mistyped() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for user in 0..100 {
            let name = format!("customer-{user}");
            for _ in 0..5 {
                let _ = throttle.attempt_at(&name, address(1), now).unwrap();
            }
            throttle.attempt_at(&name, address(1), now).unwrap().succeeded();
        }
        assert!(throttle.tables().accounts.is_empty());
        assert_eq!(throttle.tables().addresses[&address(1)].attempts, 0.0);
    }

    #[test]
    fn no_flood_of_names_takes_memory_or_makes_it_forget() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..20 {
            let _ = throttle.attempt_at("admin", address(1), now).unwrap();
        }
        for name in 0..(MOST + 50) {
            let address = IpAddr::from((name as u32).to_be_bytes());
            let _ = throttle.attempt_at(&format!("name-{name}"), address, now).unwrap();
        }
        let tables = throttle.tables();
        assert!(tables.accounts.len() <= MOST && tables.addresses.len() <= MOST);
        drop(tables);
        throttle.attempt_at("admin", address(1), now).unwrap_err();
    }
}
