//! Labels: attributes of metrics with few values, so that a program cannot flood its backend.
//!
//! Every value that a label can have is numbered once in the process, a set at a time, so that a
//! record holds two bytes for it and a call neither hashes nor compares text.

use crate::fork;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

/// A type whose values can be labels: there are few of them, and each has a name.
///
/// Derive it for enums and for integers of a small range; it is implemented for `bool`, for
/// references, and for `Option`, where `None` omits the label. Text needs `cap = n` where it is
/// used: `labels(region(cap = 20) = region)`. Texts are distinguished by their first 256 bytes, and
/// all label texts of a process take 4 MiB at most: texts beyond that limit become `other`, like
/// those beyond the cap.
///
/// ```
/// use trace_runtime::Label;
///
/// #[derive(Label)]
/// enum Tier {
///     Free,
///     Pro,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no bounded set of values to label a metric with",
    label = "neither a `bool` nor an enum under `#[derive(Label)]`",
    note = "cap the number of its values: `key(cap = 100) = value`; all others count as `other`",
    note = "or derive `trace_runtime::Label` for an enum"
)]
pub trait Label {
    /// Returns the number of the value.
    #[doc(hidden)]
    fn __label(&self) -> LabelId;
}

/// The number of a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelId(pub(crate) u16);

impl LabelId {
    /// No value: the label is omitted.
    pub const NONE: Self = Self(0);
    /// A value beyond those that are distinguished.
    pub const OTHER: Self = Self(1);
    const FIRST: u32 = 2;
}

/// Returns the number of a value.
#[inline(always)]
pub fn label<T: Label + ?Sized>(value: &T) -> LabelId {
    value.__label()
}

/// The names of all numbers.
struct Names {
    all: Vec<&'static str>,
    /// The number of bytes kept for the life of the program.
    text: usize,
}

static NAMES: RwLock<Names> = RwLock::new(Names { all: Vec::new(), text: 0 });

impl Names {
    /// Returns the first of `count` consecutive numbers; `None` if too few are left.
    fn next(&self, count: usize) -> Option<u32> {
        let first = self.all.len() + LabelId::FIRST as usize;
        (first + count <= 1 << 16).then_some(first as u32)
    }
}

/// Holds this lock across forks.
pub(super) fn keep_over_forks() {
    fork::keep(&NAMES, fork::unchanged);
}

/// Numbers `names` consecutively; returns the first number, or `None` if too few are left.
fn number(names: &[&'static str]) -> Option<u32> {
    let mut all = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let first = all.next(names.len())?;
    all.all.extend_from_slice(names);
    Some(first)
}

/// Returns the name of a value; `None` if the label is to be omitted.
pub fn name_of(id: LabelId) -> Option<&'static str> {
    match id {
        LabelId::NONE => None,
        LabelId::OTHER => Some("other"),
        LabelId(id) => {
            let names = NAMES.read().unwrap_or_else(PoisonError::into_inner);
            names.all.get((u32::from(id) - LabelId::FIRST) as usize).copied()
        }
    }
}

/// All values of a type that is a label.
pub struct LabelValues {
    /// The number of the first; less than [`LabelId::FIRST`]: not assigned yet.
    first: AtomicU32,
    text: &'static str,
}

/// No numbers were left.
const EXHAUSTED: u32 = u32::MAX;

impl LabelValues {
    /// Creates the values from their names, separated by NULs.
    pub const fn new(text: &'static str) -> Self {
        Self { first: AtomicU32::new(0), text }
    }

    /// Returns the number of the value at `index`.
    // HOT: one load, one compare.
    #[inline(always)]
    pub fn id(&self, index: usize) -> LabelId {
        let first = self.first.load(Ordering::Relaxed);
        if first.wrapping_sub(LabelId::FIRST) < 1 << 16 {
            LabelId((first + index as u32) as u16)
        } else {
            self.first_id(index)
        }
    }

    #[cold]
    #[inline(never)]
    fn first_id(&self, index: usize) -> LabelId {
        let names: Vec<_> = self.text.split('\0').collect();
        // Two threads may number the same set, which then has two numbers for each name.
        let first = match self.first.load(Ordering::Relaxed) {
            EXHAUSTED => None,
            _ => number(&names),
        };
        self.first.store(first.unwrap_or(EXHAUSTED), Ordering::Relaxed);
        first.map_or(LabelId::OTHER, |first| LabelId((first + index as u32) as u16))
    }
}

/// The texts that a label may have: the first `cap` distinct ones; all others count as one.
pub struct Capped {
    cap: usize,
    known: OnceLock<RwLock<HashMap<&'static str, LabelId>>>,
}

impl Capped {
    /// Creates a set of at most `cap` distinct texts.
    pub const fn new(cap: usize) -> Self {
        Self { cap, known: OnceLock::new() }
    }

    #[cold]
    fn begin(&'static self) -> &'static RwLock<HashMap<&'static str, LabelId>> {
        let known = self.known.get_or_init(RwLock::default);
        fork::keep(known, fork::unchanged);
        known
    }

    /// Returns the number of a text.
    pub fn id<T: AsRef<str> + ?Sized>(&'static self, text: &T) -> LabelId {
        self.of(text.as_ref())
    }

    fn of(&'static self, text: &str) -> LabelId {
        let text = &text[..text.floor_char_boundary(LONGEST)];
        let known = self.known.get().unwrap_or_else(|| self.begin());
        {
            let known = known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(id) = known.get(text) {
                return *id;
            }
            if known.len() >= self.cap {
                return LabelId::OTHER;
            }
        }
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = known.get(text) {
            return *id;
        }
        if known.len() >= self.cap {
            return LabelId::OTHER;
        }
        let Some((text, id)) = keep(text) else { return LabelId::OTHER };
        known.insert(text, id);
        id
    }
}

/// The number of bytes by which texts are distinguished; longer texts are cut.
const LONGEST: usize = 256;
/// The maximum number of bytes of all texts in the process. A text beyond it becomes `other`, like
/// one beyond its cap.
const ALL_TEXT: usize = 4 << 20;

/// Numbers a text, which is kept for the life of the program, like the number; `None`: there is no
/// room for it.
fn keep(text: &str) -> Option<(&'static str, LabelId)> {
    let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
    let has_room = names.text <= ALL_TEXT - text.len();
    let id = has_room.then(|| names.next(1)).flatten()?;
    names.text += text.len();
    let text: &'static str = Box::leak(text.into());
    names.all.push(text);
    Some((text, LabelId(id as u16)))
}

/// Returns the number of an error type.
pub(crate) fn error_label(kind: &str) -> LabelId {
    /// The number of types distinguished in a program.
    static KINDS: Capped = Capped::new(1_000);
    KINDS.of(kind)
}

/// The labels of one measurement, in the order of their keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels {
    /// The first four.
    pub(crate) low: u64,
    /// The others.
    pub(crate) high: u32,
}

impl Labels {
    /// No label has a value.
    pub const NONE: Self = Self { low: 0, high: 0 };
    /// The maximum number of labels of a metric.
    pub const MOST: usize = 6;

    /// Creates the labels from these numbers.
    #[inline(always)]
    pub fn new<const N: usize>(ids: [LabelId; N]) -> Self {
        const { assert!(N <= Self::MOST) };
        let mut labels = Self::NONE;
        for (index, id) in ids.into_iter().enumerate() {
            labels.set(index, id);
        }
        labels
    }

    /// Sets the label at `index`.
    #[inline(always)]
    pub fn set(&mut self, index: usize, LabelId(id): LabelId) {
        if index < 4 {
            let shift = 16 * index;
            self.low = self.low & !(0xffff << shift) | u64::from(id) << shift;
        } else {
            let shift = 16 * (index - 4);
            self.high = self.high & !(0xffff << shift) | u32::from(id) << shift;
        }
    }

    /// Returns the label at `index`.
    pub fn get(self, index: usize) -> LabelId {
        LabelId(if index < 4 {
            (self.low >> (16 * index)) as u16
        } else {
            (self.high >> (16 * (index - 4))) as u16
        })
    }
}

impl Label for bool {
    #[inline(always)]
    fn __label(&self) -> LabelId {
        static VALUES: LabelValues = LabelValues::new("false\0true");
        VALUES.id(usize::from(*self))
    }
}

impl<L: Label> Label for Option<L> {
    #[inline(always)]
    fn __label(&self) -> LabelId {
        self.as_ref().map_or(LabelId::NONE, L::__label)
    }
}

macro_rules! as_what_it_refers_to {
    ($($ty:ty),*) => {$(
        impl<L: Label + ?Sized> Label for $ty {
            #[inline(always)]
            fn __label(&self) -> LabelId {
                L::__label(self)
            }
        }
    )*};
}
as_what_it_refers_to!(&L, &mut L, Box<L>, std::rc::Rc<L>, std::sync::Arc<L>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_numbered_once() {
        static TIERS: LabelValues = LabelValues::new("free\0pro");
        let (free, pro) = (TIERS.id(0), TIERS.id(1));
        assert_eq!((name_of(free), name_of(pro)), (Some("free"), Some("pro")));
        assert_eq!((TIERS.id(0), TIERS.id(1)), (free, pro));
        assert_eq!(label(&Some(&true)), label(&true));
        assert_eq!(name_of(label(&true)), Some("true"));
        assert_eq!(name_of(label(&None::<bool>)), None);
    }

    #[test]
    fn texts_beyond_the_cap_are_one() {
        static REGIONS: Capped = Capped::new(2);
        let ids = ["eu", "us", "asia", "eu", "africa"].map(|region| REGIONS.id(region));
        let names = ids.map(|id| name_of(id).unwrap());
        assert_eq!(names, ["eu", "us", "other", "eu", "other"]);
        assert_eq!(REGIONS.id(&String::from("us")), ids[1]);
    }

    #[test]
    fn long_texts_are_cut_and_kept_as_that() {
        static NOTES: Capped = Capped::new(10);
        let long = format!("{}é and more", "x".repeat(LONGEST - 1));
        let before = NAMES.read().unwrap().text;
        let id = NOTES.id(&long);
        assert_eq!(name_of(id), Some(&*"x".repeat(LONGEST - 1)));
        assert_eq!(NOTES.id(&format!("{long}, again")), id);
        assert!(NAMES.read().unwrap().text >= before + LONGEST - 1);
    }

    #[test]
    fn labels_keep_their_places() {
        let ids = [5, 6, 7, 8, 9, u16::MAX].map(LabelId);
        let mut labels = Labels::new(ids);
        assert_eq!(std::array::from_fn(|index| labels.get(index)), ids);
        labels.set(1, LabelId::NONE);
        labels.set(4, LabelId(3));
        assert_eq!(std::array::from_fn(|index| labels.get(index).0), [5, 0, 7, 8, 3, u16::MAX]);
    }
}
