//! Every form of signature.

use super::{block_on, trace};
use std::fmt::{Debug, Display};
use std::pin::Pin;
use std::sync::Arc;

type Outcome<T, E = String> = Result<T, E>;

#[trace]
unsafe fn dangerous(pointer: *const u8) -> u8 {
    // SAFETY: tests pass valid pointers.
    unsafe { *pointer }
}

#[trace]
unsafe fn dangerous_result(pointer: *const u8) -> Outcome<u8> {
    // SAFETY: tests pass valid pointers.
    unsafe { Ok(*pointer) }
}

#[trace]
async unsafe fn dangerous_later(pointer: *const u8) -> Outcome<u8> {
    // SAFETY: tests pass valid pointers.
    unsafe { Ok(*pointer) }
}

#[trace]
extern "C" fn foreign(value: i32) -> i32 {
    value + 1
}

#[trace]
unsafe extern "C" fn foreign_dangerous(value: *const i32) -> i32 {
    // SAFETY: tests pass valid pointers.
    unsafe { *value }
}

#[trace]
#[allow(improper_ctypes_definitions)]
extern "system" fn foreign_result(value: i32) -> Outcome<i32> {
    Ok(value)
}

#[test]
fn unsafe_and_extern() {
    let value = 7_u8;
    // SAFETY: the pointers are valid.
    unsafe {
        assert_eq!(dangerous(&value), 7);
        assert_eq!(dangerous_result(&value), Ok(7));
        assert_eq!(block_on(dangerous_later(&value)), Ok(7));
        assert_eq!(foreign_dangerous(&3), 3);
    }
    let pointer: extern "C" fn(i32) -> i32 = foreign;
    assert_eq!(pointer(1), 2);
    assert_eq!(foreign_result(1), Ok(1));
}

#[trace]
fn generic<'a, T: Clone + 'a, U, const N: usize>(items: &'a [T; N], _other: U) -> Outcome<Vec<T>>
where
    U: Into<String>,
{
    Ok(items.to_vec())
}

#[trace]
async fn generic_later<'a, T, const N: usize>(items: &'a [T; N], other: &T) -> Outcome<&'a T>
where
    T: PartialEq + Debug,
{
    items.iter().find(|item| *item == other).ok_or_else(|| format!("{:?}", other))
}

#[trace]
fn elided(text: &str) -> Outcome<&str> {
    text.split(' ').next().ok_or_else(String::new)
}

#[trace]
async fn elided_later(text: &str) -> Outcome<&str> {
    text.split(' ').next().ok_or_else(String::new)
}

struct Borrowed<'a>(&'a str);

impl<'a> Borrowed<'a> {
    #[trace]
    fn inner(&self) -> Outcome<&'a str> {
        Ok(self.0)
    }

    #[trace]
    async fn inner_later(&self, _other: &str) -> Outcome<&'a str> {
        Ok(self.0)
    }

    #[trace]
    fn again(&self) -> Outcome<Borrowed<'_>> {
        Ok(Borrowed(self.0))
    }
}

#[test]
fn generics_and_lifetimes() {
    assert_eq!(generic(&[1, 2], "x"), Ok(vec![1, 2]));
    assert_eq!(block_on(generic_later(&[1, 2], &2)), Ok(&2));
    assert_eq!(elided("a b"), Ok("a"));
    assert_eq!(block_on(elided_later("a b")), Ok("a"));
    let text = String::from("text");
    let borrowed = Borrowed(&text);
    assert_eq!(borrowed.inner(), Ok("text"));
    assert_eq!(block_on(borrowed.inner_later("x")), Ok("text"));
    assert_eq!(borrowed.again().map(|again| again.0), Ok("text"));
}

#[trace]
fn implied(mut items: impl Iterator<Item = u32>) -> impl Display {
    items.next().unwrap_or_default()
}

#[trace]
fn implied_result(items: impl IntoIterator<Item = u32>) -> Outcome<impl Iterator<Item = u32>> {
    Ok(items.into_iter().map(|item| item + 1))
}

#[trace]
async fn implied_later(items: impl IntoIterator<Item = u32>) -> Outcome<impl Iterator<Item = u32>> {
    Ok(items.into_iter().map(|item| item + 1))
}

#[trace]
fn callback<F: Fn(u32) -> u32>(f: F) -> impl Fn(u32) -> u32 {
    move |value| f(value) + 1
}

#[test]
fn implied_types() {
    assert_eq!(implied(vec![3, 4].into_iter()).to_string(), "3");
    assert_eq!(implied_result(vec![1]).map(Iterator::sum::<u32>), Ok(2));
    assert_eq!(block_on(implied_later(vec![1])).map(Iterator::sum::<u32>), Ok(2));
    assert_eq!(callback(|x| x * 2)(4), 9);
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Store {
    items: Vec<u32>,
}

impl Store {
    #[trace]
    fn first_mut(&mut self) -> Option<&mut u32> {
        self.items.first_mut()
    }

    #[trace]
    fn get_mut(&mut self, index: usize) -> Outcome<&mut u32> {
        self.items.get_mut(index).ok_or_else(|| "none".to_owned())
    }

    #[trace]
    fn get_or_insert(&mut self, index: usize) -> Outcome<&mut Self> {
        if self.items.len() <= index {
            self.items.resize(index + 1, 0);
        }
        Ok(self)
    }

    #[trace]
    async fn get_mut_later(&mut self, index: usize) -> Outcome<&mut u32> {
        self.items.get_mut(index).ok_or_else(|| "none".to_owned())
    }

    #[trace]
    fn pinned(self: Pin<&mut Self>) -> Outcome<usize> {
        Ok(self.items.len())
    }

    #[trace]
    async fn pinned_later(mut self: Pin<&mut Self>) -> Outcome<usize> {
        self.items.push(1);
        Ok(self.items.len())
    }

    #[trace]
    fn shared(self: Arc<Self>) -> Outcome<Arc<Self>> {
        Ok(self)
    }

    #[trace]
    async fn shared_later(self: Arc<Self>) -> Outcome<Arc<Self>> {
        Ok(self)
    }

    #[trace]
    fn consumed(mut self) -> Outcome<Vec<u32>> {
        self.items.push(9);
        Ok(self.items)
    }

    #[trace]
    async fn consumed_later(mut self) -> Outcome<Vec<u32>> {
        self.items.push(9);
        Ok(self.items)
    }

    #[trace]
    fn chained(mut self, item: u32) -> Self {
        self.items.push(item);
        self
    }
}

#[test]
fn receivers() {
    let mut store = Store { items: vec![1, 2] };
    *store.first_mut().unwrap() = 5;
    *store.get_mut(1).unwrap() = 6;
    assert!(store.get_mut(9).is_err());
    *block_on(store.get_mut_later(1)).unwrap() += 1;
    store.get_or_insert(2).unwrap().items[2] = 8;
    assert_eq!(store.items, [5, 7, 8]);
    assert_eq!(Pin::new(&mut store).pinned(), Ok(3));
    assert_eq!(block_on(Pin::new(&mut store).pinned_later()), Ok(4));
    let shared = Arc::new(store);
    assert_eq!(shared.clone().shared().as_ref(), Ok(&shared));
    assert_eq!(block_on(shared.clone().shared_later()).as_ref(), Ok(&shared));
    assert_eq!(Store::default().consumed(), Ok(vec![9]));
    assert_eq!(block_on(Store::default().consumed_later()), Ok(vec![9]));
    assert_eq!(Store::default().chained(3).items, [3]);
}

struct Point {
    x: u32,
    y: u32,
}

#[trace]
#[allow(clippy::too_many_arguments)]
fn patterns(
    (mut a, b): (u32, u32),
    Point { x, y: ref z }: Point,
    [first, .., last]: [u32; 3],
    &c: &u32,
    _: u32,
    mut d: u32,
    #[allow(unused_variables)] unused: u32,
    e @ 0..=u32::MAX: u32,
) -> Outcome<u32> {
    a += 1;
    d += 1;
    Ok(a + b + x + *z + first + last + c + d + e)
}

#[trace(attrs(a, first, last, b))]
async fn patterns_later(
    (mut a, b): (u32, u32),
    [first, .., last]: [u32; 3],
    #[cfg(any())] missing: u32,
    #[cfg(not(any()))] present: u32,
) -> Outcome<u32> {
    a += 1;
    Ok(a + b + first + last + present)
}

#[trace]
#[deny(clippy::pedantic)]
fn ignored(_a: u32, mut _b: String) -> Outcome<u32> {
    "1".parse().map_err(|_| String::new())
}

#[trace]
#[deny(clippy::pedantic)]
async fn ignored_later(_a: u32, _b: String) -> Outcome<u32> {
    std::future::ready(Ok(1)).await
}

#[trace]
fn patterns_borrowed(
    ref mut a: Vec<u32>,
    (ref mut b, ref c): (u32, String),
    &mut (ref mut d, _): &mut (u32, u32),
) -> Outcome<usize> {
    a.push(1);
    *b += 1;
    *d += *b;
    Ok(a.len() + c.len())
}

#[trace]
async fn patterns_borrowed_later(
    ref mut a: Vec<u32>,
    &mut (ref mut d, _): &mut (u32, u32),
) -> Outcome<usize> {
    a.push(1);
    *d += 1;
    Ok(a.len())
}

#[trace(attrs(a, x))]
fn patterns_recorded((a, _): (u32, u32), Point { x, .. }: Point) -> Outcome<u32> {
    Ok(a + x)
}

#[trace]
fn configured(
    #[cfg(any())]
    #[attr]
    missing: NotAType,
    #[attr]
    #[cfg(not(any()))]
    mut present: u32,
) -> Outcome<u32> {
    present += 1;
    Ok(present)
}

#[trace]
fn raw(r#type: u32, #[attr] r#match: u32) -> Outcome<u32> {
    Ok(r#type + r#match)
}

#[trace("fn {r#type}")]
fn r#fn(r#type: u32) -> u32 {
    r#type
}

#[test]
fn parameters() {
    let point = || Point { x: 1, y: 1 };
    assert_eq!(patterns((1, 1), point(), [1, 1, 1], &1, 1, 1, 1, 1), Ok(11));
    assert_eq!(block_on(patterns_later((1, 1), [1, 1, 1], 1)), Ok(6));
    assert_eq!(patterns_recorded((1, 1), point()), Ok(2));
    assert_eq!(ignored(1, String::new()), block_on(ignored_later(1, String::new())));
    let mut pair = (1, 1);
    assert_eq!(patterns_borrowed(vec![], (1, "ab".to_owned()), &mut pair), Ok(3));
    assert_eq!(block_on(patterns_borrowed_later(vec![], &mut pair)), Ok(1));
    assert_eq!(pair, (4, 1));
    assert_eq!(point().y, 1);
    assert_eq!(configured(1), Ok(2));
    assert_eq!(raw(1, 2), Ok(3));
    assert_eq!(r#fn(1), 1);
}

#[trace]
fn never() -> ! {
    panic!("on purpose")
}

#[trace]
async fn never_later() -> ! {
    std::future::ready(()).await;
    panic!("on purpose")
}

#[test]
fn diverging() {
    assert!(std::panic::catch_unwind(|| never()).is_err());
    assert!(std::panic::catch_unwind(|| block_on(async { never_later().await })).is_err());
}

trait Shape {
    #[trace]
    fn area(&self) -> Outcome<f64>;

    #[trace]
    fn describe(&self) -> Outcome<String> {
        Ok(format!("{:?}", self.area()))
    }

    #[trace]
    fn boxed(self) -> Outcome<Box<dyn Shape>>
    where
        Self: Sized + 'static,
    {
        Ok(Box::new(self))
    }
}

struct Square(f64);

#[trace]
impl Shape for Square {
    fn area(&self) -> Outcome<f64> {
        Ok(self.0 * self.0)
    }
}

#[test]
fn trait_methods() {
    assert_eq!(Square(2.0).area(), Ok(4.0));
    assert_eq!(Square(2.0).describe(), Ok("Ok(4.0)".to_owned()));
    assert_eq!(Square(2.0).boxed().and_then(|shape| shape.area()), Ok(4.0));
}

macro_rules! functions {
    ($($vis:vis fn $name:ident($argument:ident: $ty:ty) -> $returned:ty $body:block)*) => {$(
        #[trace(attrs(argument = $argument), ret(returned = *ret))]
        $vis fn $name($argument: $ty) -> $returned $body
    )*};
    (method $ty:ident $name:ident $this:ident $body:block) => {
        #[trace]
        impl $ty {
            fn $name(&$this) -> Outcome<u32> $body
        }
    };
}

functions! {
    fn made(value: u32) -> Result<u32, String> { let argument = value + 1; Ok(argument) }
    pub(crate) fn made_too(value: u32) -> u32 { value }
}

functions!(method Square made_method self { Ok(self.0 as u32) });

#[test]
fn made_by_a_macro() {
    assert_eq!(made(1), Ok(2));
    assert_eq!(made_too(1), 1);
    assert_eq!(Square(3.0).made_method(), Ok(3));
}

/// Documented.
#[inline]
#[trace]
#[cold]
#[must_use = "on purpose"]
#[cfg_attr(all(), doc = "more")]
#[deprecated(note = "on purpose")]
fn decorated() -> Outcome<u32> {
    #![allow(clippy::needless_return)]
    return Ok(1);
}

#[must_use]
#[trace]
#[inline(always)]
#[allow(clippy::inline_always)]
#[doc(hidden)]
async fn decorated_later() -> u32 {
    1
}

#[test]
#[allow(deprecated)]
fn decorations() {
    assert_eq!(decorated(), Ok(1));
    assert_eq!(block_on(decorated_later()), 1);
}

#[trace]
#[test]
fn a_test() {}

#[test]
#[trace]
fn a_test_that_may_fail() -> Outcome<()> {
    Ok(())
}

#[trace]
#[track_caller]
fn caller() -> &'static std::panic::Location<'static> {
    std::panic::Location::caller()
}

#[trace]
#[track_caller]
fn caller_result<T: Default>(_value: T) -> Outcome<&'static std::panic::Location<'static>> {
    Ok(std::panic::Location::caller())
}

#[trace(ret(line = ret.line()))]
#[track_caller]
fn caller_recorded(
    (_, _): (u32, u32),
    mut _x: u32,
) -> Outcome<&'static std::panic::Location<'static>> {
    Ok(std::panic::Location::caller())
}

impl Square {
    #[trace]
    #[track_caller]
    fn caller(&self) -> Outcome<&'static std::panic::Location<'static>> {
        Ok(std::panic::Location::caller())
    }
}

#[test]
fn callers() {
    assert_eq!(caller().line(), line!());
    assert_eq!(caller_result(1).unwrap().line(), line!());
    assert_eq!(caller_recorded((1, 2), 3).unwrap().line(), line!());
    assert_eq!(Square(1.0).caller().unwrap().line(), line!());
}

#[trace]
fn recursive(depth: u32) -> Outcome<u32> {
    if depth == 0 { Ok(0) } else { Ok(recursive(depth - 1)? + 1) }
}

#[trace]
async fn recursive_later(depth: u32) -> Outcome<u32> {
    if depth == 0 { Ok(0) } else { Ok(Box::pin(recursive_later(depth - 1)).await? + 1) }
}

#[test]
fn recursion() {
    assert_eq!(recursive(5), Ok(5));
    assert_eq!(block_on(recursive_later(5)), Ok(5));
}

#[trace]
fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> Outcome<u8> {
    Ok(a + b + c + d + e + f + g)
}

#[test]
fn arguments() {
    assert_eq!(many(1, 1, 1, 1, 1, 1, 1), Ok(7));
}
