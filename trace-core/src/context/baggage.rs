//! Baggage: entries that a program passes to its callees, and they to theirs
//! ([Baggage](https://opentelemetry.io/docs/specs/otel/baggage/api/)).
//!
//! Encoding in headers, and keeping baggage current, are handled elsewhere.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
#[cfg(feature = "enabled")]
use std::sync::atomic::{AtomicU64, Ordering};

/// Names and values that travel with the context, to other tasks, threads and services.
///
/// Baggage holds properties of a request that are useful to all code that works on it: a tenant, a
/// plan, an experiment. Every callee receives it, so it must contain nothing secret. It is recorded
/// on spans only if the program enables that (`TelemetryBuilder::with_baggage_attributes`).
///
/// A value of this type never changes what is current: [`attach`](Self::attach) does, until its
/// guard is dropped, and [`Context::with_baggage`](crate::Context::with_baggage) passes it to a
/// future. Cloning is cheap. At most 64 entries and 8,192 bytes fit, the [limits of W3C
/// Baggage](https://www.w3.org/TR/baggage/#limits).
///
/// ```
/// use trace_runtime::Baggage;
///
/// let _baggage = Baggage::current().with_entry("tenant", "acme").attach();
/// # #[cfg(feature = "enabled")]
/// assert_eq!(Baggage::current().get("tenant"), Some("acme"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Baggage {
    /// `None`: empty, so that empty baggage costs nothing.
    entries: Option<Arc<Entries>>,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Entries {
    list: Vec<BaggageEntry>,
    #[cfg(feature = "enabled")]
    noted: Noted,
}

/// A number that other code has derived from the entries and caches beside them; 0: none. Changed
/// baggage has none, and comparisons ignore it.
#[cfg(feature = "enabled")]
#[derive(Default)]
struct Noted(AtomicU64);

#[cfg(feature = "enabled")]
impl Clone for Noted {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(feature = "enabled")]
impl PartialEq for Noted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(feature = "enabled")]
impl Eq for Noted {}

#[derive(Clone, PartialEq, Eq)]
struct BaggageEntry {
    key: Box<str>,
    value: Box<str>,
    metadata: Box<str>,
    /// Whether it came from another service.
    #[cfg(feature = "enabled")]
    origin: Origin,
}

/// Where an entry came from, which is no part of what it is.
#[cfg(feature = "enabled")]
#[derive(Clone, Copy, Default)]
struct Origin {
    is_remote: bool,
}

#[cfg(feature = "enabled")]
impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(feature = "enabled")]
impl Eq for Origin {}

impl BaggageEntry {
    fn len(&self) -> usize {
        self.key.len() + self.value.len() + self.metadata.len()
    }
}

impl Baggage {
    /// The maximum number of entries.
    pub const MAX_ENTRIES: usize = 64;
    /// The maximum number of bytes of keys, values and metadata.
    pub const MAX_BYTES: usize = 8_192;

    /// Creates empty baggage.
    pub const fn new() -> Self {
        Self { entries: None }
    }

    fn entries(&self) -> &[BaggageEntry] {
        self.entries.as_ref().map_or(&[], |entries| entries.list.as_slice())
    }

    /// Returns the entries for modification.
    fn entries_mut(&mut self) -> &mut Vec<BaggageEntry> {
        let entries = Arc::make_mut(self.entries.get_or_insert_default());
        #[cfg(feature = "enabled")]
        {
            entries.noted = Noted::default();
        }
        &mut entries.list
    }

    fn find(&self, key: &str) -> Option<&BaggageEntry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// Returns the value of a key.
    ///
    /// ```
    /// use trace_runtime::Baggage;
    ///
    /// let baggage = Baggage::new().with_entry("tenant", "acme");
    /// assert_eq!(baggage.get("tenant"), Some("acme"));
    /// assert_eq!(baggage.get("plan"), None);
    /// ```
    pub fn get(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| &*entry.value)
    }

    /// Returns the properties that follow the value of a key, as in the header: `a=1;b`.
    ///
    /// ```
    /// use trace_runtime::Baggage;
    ///
    /// let mut baggage = Baggage::new();
    /// baggage.try_insert_with_metadata("tenant", "acme", "ttl=60;internal")?;
    /// assert_eq!(baggage.metadata("tenant"), Some("ttl=60;internal"));
    /// # Ok::<(), trace_runtime::propagation::BaggageError>(())
    /// ```
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| &*entry.metadata)
    }

    /// Adds an entry, or replaces the value of a key. Invalid entries are left out;
    /// [`try_insert`](Self::try_insert) returns the reason.
    ///
    /// ```
    /// use trace_runtime::Baggage;
    ///
    /// let baggage = Baggage::new().with_entry("tenant", 7).with_entry("no key", 1);
    /// assert_eq!(baggage.get("tenant"), Some("7"));
    /// assert_eq!(baggage.len(), 1);
    /// ```
    #[must_use]
    pub fn with_entry(mut self, key: impl AsRef<str>, value: impl fmt::Display) -> Self {
        let _ = self.try_insert(key, value);
        self
    }

    /// Sets the value of a key.
    ///
    /// ```
    /// use trace_runtime::{propagation::BaggageError, Baggage};
    ///
    /// let mut baggage = Baggage::new();
    /// baggage.try_insert("tenant", "acme")?;
    /// assert_eq!(baggage.try_insert("a key", 1), Err(BaggageError::Key));
    /// # Ok::<(), BaggageError>(())
    /// ```
    ///
    /// # Errors
    /// If the key is invalid, or if there is no room left; then nothing changes.
    pub fn try_insert(
        &mut self,
        key: impl AsRef<str>,
        value: impl fmt::Display,
    ) -> Result<(), BaggageError> {
        self.insert(key.as_ref(), value.to_string(), Cow::Borrowed(""))
    }

    /// Sets the value of a key, and properties that follow it: `a=1;b`.
    ///
    /// # Errors
    /// If the key or the properties are not valid in the header, or if there is no room left; then
    /// nothing changes.
    pub fn try_insert_with_metadata(
        &mut self,
        key: impl AsRef<str>,
        value: impl fmt::Display,
        metadata: impl AsRef<str>,
    ) -> Result<(), BaggageError> {
        self.insert(key.as_ref(), value.to_string(), Cow::Borrowed(metadata.as_ref()))
    }

    fn insert(
        &mut self,
        key: &str,
        value: String,
        metadata: Cow<'_, str>,
    ) -> Result<(), BaggageError> {
        if !is_token(key) {
            return Err(BaggageError::Key);
        }
        if !metadata.split(';').all(|it| metadata.is_empty() || is_property(it)) {
            return Err(BaggageError::Metadata);
        }
        let entry = BaggageEntry {
            key: key.into(),
            value: value.into_boxed_str(),
            metadata: metadata.into_owned().into_boxed_str(),
            #[cfg(feature = "enabled")]
            origin: Origin::default(),
        };
        let at = self.entries().iter().position(|known| known.key == entry.key);
        let replaced = at.map_or(0, |at| self.entries()[at].len());
        if at.is_none() && self.len() == Self::MAX_ENTRIES {
            return Err(BaggageError::Entries);
        }
        if self.bytes() - replaced + entry.len() > Self::MAX_BYTES {
            return Err(BaggageError::Bytes);
        }
        let entries = self.entries_mut();
        match at {
            Some(at) => entries[at] = entry,
            None => entries.push(entry),
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.entries().iter().map(BaggageEntry::len).sum()
    }

    /// Removes a key; returns whether it was there.
    ///
    /// ```
    /// use trace_runtime::Baggage;
    ///
    /// let mut baggage = Baggage::new().with_entry("tenant", "acme");
    /// assert!(baggage.remove("tenant"));
    /// assert!(baggage.is_empty());
    /// ```
    pub fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.entries().iter().position(|entry| &*entry.key == key) else {
            return false;
        };
        if self.len() == 1 {
            self.entries = None;
        } else {
            self.entries_mut().remove(at);
        }
        true
    }

    /// Iterates over keys and values, in the order in which the keys were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.entries().iter().map(|entry| (&*entry.key, &*entry.value))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Returns whether both share the same entries, by address, which is cheaper than comparing.
    #[cfg(feature = "enabled")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.entries, &other.entries) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Returns the number cached last; 0: none.
    #[cfg(feature = "enabled")]
    pub(crate) fn noted(&self) -> u64 {
        self.entries.as_ref().map_or(0, |entries| entries.noted.0.load(Ordering::Relaxed))
    }

    /// Caches a number for all that share these entries.
    #[cfg(feature = "enabled")]
    pub(crate) fn note(&self, number: u64) {
        if let Some(entries) = &self.entries {
            entries.noted.0.store(number, Ordering::Relaxed);
        }
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_none()
    }
}

#[cfg(feature = "enabled")]
impl Baggage {
    /// Returns whether an entry came from another service.
    pub(crate) fn is_remote(&self, key: &str) -> bool {
        self.find(key).is_some_and(|entry| entry.origin.is_remote)
    }

    /// Returns whether any entry came from another service.
    pub(crate) fn has_remote(&self) -> bool {
        self.entries().iter().any(|entry| entry.origin.is_remote)
    }

    /// Leaves out the entries that came from another service, unless their key is trusted.
    pub(crate) fn without_remote(mut self, is_trusted: impl Fn(&str) -> bool) -> Self {
        self.entries_mut().retain(|entry| !entry.origin.is_remote || is_trusted(&entry.key));
        if self.entries().is_empty() { Self::new() } else { self }
    }
}

/// Returns baggage whose entries all came from another service, or may have.
#[cfg(feature = "enabled")]
pub fn as_remote(mut baggage: Baggage) -> Baggage {
    if !baggage.is_empty() {
        baggage.entries_mut().iter_mut().for_each(|entry| entry.origin.is_remote = true);
    }
    baggage
}

/// Sets the value of a key that came from another service, without copying the value.
///
/// # Errors
/// As for [`Baggage::try_insert_with_metadata`].
pub fn insert(
    baggage: &mut Baggage,
    key: &str,
    value: String,
    metadata: Cow<'_, str>,
) -> Result<(), BaggageError> {
    baggage.insert(key, value, metadata)?;
    #[cfg(feature = "enabled")]
    if let Some(entry) = baggage.entries_mut().iter_mut().find(|entry| &*entry.key == key) {
        entry.origin.is_remote = true;
    }
    Ok(())
}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The reason why an entry of baggage was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaggageError {
    /// The key is not an HTTP token: letters, digits and ``!#$%&'*+-.^_`|~``.
    Key,
    /// The metadata are not a list of properties.
    Metadata,
    /// There are already [`Baggage::MAX_ENTRIES`].
    Entries,
    /// The total would exceed [`Baggage::MAX_BYTES`].
    Bytes,
}

impl fmt::Display for BaggageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => {
                f.write_str("a key of baggage is made of letters, digits and !#$%&'*+-.^_`|~")
            }
            Self::Metadata => {
                f.write_str("metadata of baggage is `key` or `key=value`, several separated by `;`")
            }
            Self::Entries => {
                write!(f, "baggage has at most {} entries", Baggage::MAX_ENTRIES)
            }
            Self::Bytes => write!(f, "baggage has at most {} bytes", Baggage::MAX_BYTES),
        }
    }
}

impl std::error::Error for BaggageError {}

/// Returns whether the text is an HTTP token.
pub fn is_token(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_letter)
}

/// Returns whether the text is `key` or `key=value`, as allowed in the header.
fn is_property(property: &str) -> bool {
    let is_octet = |byte: u8| matches!(byte, b'!'..=b'~') && !b"\",;\\".contains(&byte);
    let (key, value) = property.split_once('=').unwrap_or((property, ""));
    is_token(key.trim_matches([' ', '\t'])) && value.trim_matches([' ', '\t']).bytes().all(is_octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_set_replaced_and_removed_without_harm_to_copies() {
        let one = Baggage::new().with_entry("a", 1);
        let mut two = one.clone().with_entry("b", 2).with_entry("a", "x");
        assert_eq!(two.iter().collect::<Vec<_>>(), [("a", "x"), ("b", "2")]);
        assert_eq!(one.iter().collect::<Vec<_>>(), [("a", "1")]);
        assert!(two.remove("a") && !two.remove("a") && two.remove("b"));
        assert_eq!(two, Baggage::new());
        assert_eq!(format!("{one:?}"), r#"{"a": "1"}"#);
    }

    #[test]
    fn what_cannot_be_an_entry_is_refused() {
        let mut baggage = Baggage::new();
        for key in ["", "a b", "ä", "a=b", "a,b", "a;b", "a\"b", "a\nb", "a(b"] {
            assert_eq!(baggage.try_insert(key, 1), Err(BaggageError::Key), "{key}");
        }
        for metadata in ["a b", ";", "a=ä", "a;;b", "=1", "a=\n"] {
            let refused = baggage.try_insert_with_metadata("k", 1, metadata);
            assert_eq!(refused, Err(BaggageError::Metadata), "{metadata}");
        }
        assert!(baggage.is_empty());
        for count in 0..Baggage::MAX_ENTRIES {
            baggage.try_insert(count.to_string(), 1).unwrap();
        }
        assert_eq!(baggage.try_insert("more", 1), Err(BaggageError::Entries));
        baggage.try_insert("0", 2).unwrap();
        let mut baggage = Baggage::new();
        baggage.try_insert("k", "v".repeat(Baggage::MAX_BYTES - 1)).unwrap();
        assert_eq!(baggage.try_insert("l", ""), Err(BaggageError::Bytes));
        baggage.try_insert("k", "short").unwrap();
        baggage.try_insert("l", "").unwrap();
    }
}
