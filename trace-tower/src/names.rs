//! Interns the names of spans: a method and a route, of which programs have few.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Further names are built for each request, so that clients cannot fill the memory.
const MOST: usize = 1024;

/// The operation of a request, with few values.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The name of its span.
    pub(crate) name: Cow<'static, str>,
    /// The route, the template or the method of an RPC; empty if there is none.
    pub(crate) target: Cow<'static, str>,
}

#[derive(Clone, Copy)]
struct Known {
    name: &'static str,
    target: &'static str,
}

type ByTarget = HashMap<&'static str, Known>;

static KNOWN: RwLock<Option<HashMap<&'static str, ByTarget>>> = RwLock::new(None);

impl Operation {
    /// Creates an operation without a target.
    pub(crate) const fn plain(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), target: Cow::Borrowed("") }
    }

    /// Creates an operation whose target the program defines.
    pub(crate) fn new(method: &'static str, target: &str) -> Self {
        find(method, target).unwrap_or_else(|| remember(method, target))
    }

    /// Creates an operation whose target the client may have made up.
    pub(crate) fn unconfirmed(target: &str) -> Self {
        let owned = || Self { name: target.to_owned().into(), target: target.to_owned().into() };
        find("", target).unwrap_or_else(owned)
    }

    /// Confirms that the program defines the target.
    pub(crate) fn confirm(&mut self) {
        if let (Cow::Owned(_), Cow::Owned(target)) = (&self.name, &self.target) {
            *self = remember("", target);
        }
    }

    /// Returns the target as a label of metrics, with a bounded number of values.
    pub(crate) fn label(&self) -> Option<&'static str> {
        match self.target {
            Cow::Borrowed(target) if !target.is_empty() => Some(target),
            _ => None,
        }
    }
}

// HOT: every request looks this up.
fn find(method: &'static str, target: &str) -> Option<Operation> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let Known { name, target } = *known.as_ref()?.get(method)?.get(target)?;
    Some(Operation { name: name.into(), target: target.into() })
}

#[cold]
fn remember(method: &'static str, target: &str) -> Operation {
    let name = if method.is_empty() { target.to_owned() } else { format!("{method} {target}") };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if known.values().map(HashMap::len).sum::<usize>() >= MOST {
        return Operation { name: name.into(), target: target.to_owned().into() };
    }
    let name: &'static str = name.leak();
    let target = &name[name.len() - target.len()..];
    known.entry(method).or_default().insert(target, Known { name, target });
    Operation { name: name.into(), target: target.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_once_and_not_without_end() {
        let one = Operation::new("GET", "/users/{id}");
        assert_eq!((&*one.name, &*one.target), ("GET /users/{id}", "/users/{id}"));
        let two = Operation::new("GET", "/users/{id}");
        assert_eq!(one.name.as_ptr(), two.name.as_ptr());

        let mut call = Operation::unconfirmed("a.B/C");
        assert_eq!(call.label(), None);
        call.confirm();
        assert_eq!(call.label(), Some("a.B/C"));
        assert!(matches!(Operation::unconfirmed("a.B/C").name, Cow::Borrowed("a.B/C")));

        for number in 0..MOST {
            Operation::new("POST", &number.to_string());
        }
        let more = Operation::new("POST", "more");
        assert_eq!((&*more.name, more.label()), ("POST more", None));
    }
}
