//! Functions whose bodies depend on their signatures: for the arguments of a closure, for a type to
//! collect into, for a coercion.

use super::{block_on, trace};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::convert::{Infallible, TryFrom};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

struct Entry {
    hash: Cell<u64>,
}

#[trace]
fn by_key<T, K: Ord>(mut key: impl FnMut(&T) -> K) -> impl FnMut(&T, &T) -> Ordering {
    move |a, b| key(a).cmp(&key(b))
}

#[trace]
fn hash_at<'a>(entries: &'a [Entry]) -> impl Fn(&usize) -> u64 + 'a {
    move |&i| entries[i].hash.get()
}

#[trace]
fn hash_at_early<'a>(entries: &'a [Entry], or: Option<u64>) -> Option<impl Fn(&usize) -> u64 + 'a> {
    let or = or?;
    Some(move |&i: &usize| entries.get(i).map_or(or, |entry| entry.hash.get()))
}

#[trace]
fn either_closure(negated: bool) -> impl Fn(&str) -> bool {
    if negated {
        return is_empty;
    }
    fn is_empty(text: &str) -> bool {
        text.is_empty()
    }
    is_empty
}

#[trace]
async fn hash_at_later(entries: Arc<Vec<u64>>) -> impl Fn(&usize) -> u64 {
    move |&i| entries[i]
}

#[trace]
async fn hash_at_later_or(entries: Option<Arc<Vec<u64>>>) -> impl Fn(&usize) -> u64 {
    std::future::ready(()).await;
    let entries = entries.unwrap_or_default();
    move |&i| entries[i]
}

#[trace]
fn in_a_tuple(step: usize) -> (impl Fn(&str) -> usize, impl Fn(&str) -> Option<&str>) {
    (move |text| text.len() + step, |text| text.get(1..))
}

#[trace]
fn in_an_array() -> [impl Fn(&usize) -> u32; 1] {
    [|i: &usize| i.count_ones()]
}

#[trace]
fn borrowed_closure<'a>() -> &'a impl Fn(&usize) -> u32 {
    &|&i| i.count_ones()
}

struct Matcher<F> {
    matches: F,
}

#[trace]
fn in_a_struct(prefix: &str) -> Matcher<impl Fn(&str) -> bool + '_> {
    Matcher { matches: move |text: &str| text.starts_with(prefix) }
}

type Measure = Box<dyn Fn(&str) -> usize>;

#[trace]
fn closure_of_closures(step: usize) -> impl Fn(&str) -> Measure {
    move |text| {
        let all = text.len() + step;
        Box::new(move |more| more.len() + all)
    }
}

#[trace]
fn boxed_closure(step: usize) -> Box<dyn for<'t> Fn(&'t str) -> &'t str> {
    Box::new(move |text| &text[step..])
}

type Cutter = Box<dyn for<'t> Fn(&'t str) -> &'t str>;

#[trace]
fn boxed_closure_or_not(step: usize) -> Result<Cutter, String> {
    if step == 0 {
        return Ok(Box::new(|text| text));
    }
    Ok(Box::new(move |text| &text[step..]))
}

#[trace]
fn once_only<T: Default>(name: &'static str) -> impl FnOnce(&mut HashMap<&'static str, T>) {
    move |map| {
        map.insert(name, Default::default());
    }
}

#[trace]
fn iterator_of_closures(n: usize) -> impl Iterator<Item = Box<dyn Fn(&usize) -> usize>> {
    (0..n).map(|i| Box::new(move |j: &usize| i + j) as Box<dyn Fn(&usize) -> usize>)
}

struct Table {
    rows: Vec<u64>,
}

#[trace]
impl Table {
    fn by_row(&self) -> impl Fn(&usize) -> u64 + '_ {
        move |&i| self.rows[i]
    }

    fn by_row_checked(&self, most: usize) -> impl Fn(&usize) -> Option<u64> + '_ {
        if most > self.rows.len() {
            panic!("too many");
        }
        move |&i| self.rows[..most].get(i).copied()
    }

    fn sorted_by<K: Ord>(&self, key: impl Fn(&u64) -> K) -> impl FnMut(&u64, &u64) -> Ordering {
        move |a, b| key(a).cmp(&key(b))
    }
}

trait Keyed {
    fn key(&self) -> impl Fn(&usize) -> u64;

    #[trace]
    fn default_key(&self) -> impl Fn(&usize) -> u64 {
        |&i| i as u64
    }
}

impl Keyed for Table {
    #[trace]
    fn key(&self) -> impl Fn(&usize) -> u64 {
        |&i| 2 * i as u64
    }
}

#[test]
fn closures() {
    assert_eq!(by_key(|x: &i32| -x)(&1, &2), Ordering::Greater);
    let entries = [Entry { hash: Cell::new(7) }];
    assert_eq!((hash_at(&entries)(&0), hash_at_early(&entries, Some(1)).unwrap()(&1)), (7, 1));
    assert!(hash_at_early(&entries, None).is_none());
    assert!(either_closure(true)("") && either_closure(false)(""));
    assert_eq!(block_on(hash_at_later(Arc::new(vec![3])))(&0), 3);
    assert_eq!(block_on(hash_at_later_or(Some(Arc::new(vec![3]))))(&0), 3);
    let (length, rest) = in_a_tuple(1);
    assert_eq!((length("ab"), rest("ab")), (3, Some("b")));
    assert_eq!((in_an_array()[0](&3), borrowed_closure()(&3)), (2, 2));
    assert!((in_a_struct("a").matches)("ab"));
    assert_eq!(closure_of_closures(1)("ab")("c"), 4);
    assert_eq!((boxed_closure(1)("ab"), boxed_closure_or_not(1).unwrap()("ab")), ("b", "b"));
    assert_eq!(boxed_closure_or_not(0).unwrap()("ab"), "ab");
    let mut map = HashMap::<_, u8>::new();
    once_only("a")(&mut map);
    assert_eq!(map["a"], 0);
    assert_eq!(iterator_of_closures(3).map(|f| f(&1)).sum::<usize>(), 6);
    let table = Table { rows: vec![5] };
    assert_eq!((table.by_row()(&0), table.by_row_checked(1)(&0)), (5, Some(5)));
    assert_eq!(table.sorted_by(|x| 10 - x)(&1, &2), Ordering::Greater);
    assert_eq!((table.key()(&2), table.default_key()(&2)), (4, 2));
}

#[trace]
fn default_value() -> Vec<u8> {
    Default::default()
}

#[trace]
fn default_or_not(empty: bool) -> Result<HashMap<String, u8>, String> {
    if empty {
        return Ok(Default::default());
    }
    Ok(vec![("a".into(), 1)].into_iter().collect())
}

#[trace]
fn parsed(text: &str) -> Result<i16, <i16 as FromStr>::Err> {
    text.trim().parse()
}

#[trace]
async fn parsed_later(text: &str) -> Result<i16, std::num::ParseIntError> {
    text.trim().parse()
}

#[trace]
fn parsed_as<T>(text: &str) -> Result<T, T::Err>
where
    T: FromStr,
{
    text.parse()
}

#[trace]
fn summed(numbers: &[u8]) -> u64 {
    numbers.iter().map(|&n| u64::from(n)).sum()
}

#[trace]
fn collected(numbers: &[u8]) -> Result<Box<[u64]>, std::num::TryFromIntError> {
    numbers.iter().map(|&n| u64::try_from(i64::from(n) - 1)).collect()
}

#[trace]
fn small() -> u8 {
    200 + 55
}

#[trace]
fn floats(fine: bool) -> Option<f32> {
    if fine { Some(1.5) } else { None }
}

#[trace]
fn converted(text: &str) -> Arc<str> {
    text.into()
}

#[trace]
fn widened(n: u8) -> Result<u64, Infallible> {
    Ok(n.into())
}

#[trace]
fn shown(which: bool) -> Box<dyn Display> {
    if which { Box::new(1) } else { Box::new("one") }
}

#[trace]
fn shown_or_not(which: u8) -> Result<Rc<dyn Debug>, Box<dyn Error>> {
    match which {
        0 => Ok(Rc::new(0)),
        1 => Ok(Rc::new("one")),
        _ => Err("neither".into()),
    }
}

#[trace]
fn shown_borrowed<'a, T: Display>(value: &'a T, other: &'a str) -> &'a dyn Display {
    if other.is_empty() { value } else { Box::leak(Box::new(other)) }
}

#[trace]
fn boxed_borrowed<'a, T: Display>(value: &'a T) -> Result<Box<dyn Display + 'a>, String> {
    Ok(Box::new(value))
}

#[trace]
fn pointer(which: bool) -> fn(&str) -> usize {
    if which { |text| text.len() } else { str::len }
}

#[trace]
fn pointers() -> [fn(f64) -> f64; 2] {
    [f64::sqrt, |x| x + 1.0]
}

#[trace]
fn slice(which: bool) -> &'static [u8] {
    if which { &[1, 2] } else { b"abc" }
}

#[trace]
fn slice_or_not(which: u8) -> Result<&'static [&'static str], String> {
    match which {
        0 => Ok(&[]),
        1 => Ok(&["a", "b"]),
        _ => Err("neither".to_string()),
    }
}

#[trace]
fn reborrowed(text: &mut String) -> &str {
    text.push('.');
    text
}

#[trace]
fn reborrowed_or_not(text: &mut String) -> Result<&mut str, Box<dyn Error + Send + Sync>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    text.push('.');
    Ok(text)
}

#[trace]
fn outliving<'a, 'b: 'a>(text: &'a mut &'b str) -> Result<&'b str, String> {
    let (head, tail) = text.split_once(' ').ok_or("one word")?;
    *text = tail;
    Ok(head)
}

#[trace]
fn got_or_inserted(map: &mut HashMap<u8, String>, key: u8) -> &mut String {
    match map.entry(key) {
        std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::hash_map::Entry::Vacant(entry) => entry.insert(Default::default()),
    }
}

#[trace]
fn unreachable_value(text: &str) -> Infallible {
    panic!("{}", text)
}

#[trace]
fn unreachable_or_error() -> Result<Infallible, String> {
    Err("always".into())
}

#[trace]
fn looping(mut n: u32) -> u32 {
    loop {
        n += 1;
        if n > 3 {
            break n;
        }
    }
}

#[trace]
fn never_ok(mut n: u32) -> Result<u32, String> {
    loop {
        if n > 3 {
            return Err(format!("{} is too many", n));
        }
        if n % 2 == 1 {
            break Ok(n);
        }
        n += 1;
    }
}

#[test]
fn expectations() {
    assert!(default_value().is_empty() && default_or_not(true).unwrap().is_empty());
    assert_eq!(default_or_not(false).unwrap()["a"], 1);
    assert_eq!((parsed(" 3"), block_on(parsed_later("4 "))), (Ok(3), Ok(4)));
    assert_eq!((parsed_as::<u8>("5"), summed(&[1, 2])), (Ok(5), 3));
    assert!(collected(&[1, 2]).is_ok() && collected(&[0]).is_err());
    assert_eq!((small(), floats(true), floats(false)), (255, Some(1.5), None));
    assert_eq!((&*converted("a"), widened(1)), ("a", Ok(1)));
    assert_eq!(shown(true).to_string() + &shown(false).to_string(), "1one");
    assert!(shown_or_not(0).is_ok() && shown_or_not(1).is_ok() && shown_or_not(2).is_err());
    assert_eq!(shown_borrowed(&1, "").to_string() + &shown_borrowed(&1, "a").to_string(), "1a");
    assert_eq!(boxed_borrowed(&1).unwrap().to_string(), "1");
    assert_eq!((pointer(true)("ab"), pointer(false)("ab"), pointers()[1](1.0)), (2, 2, 2.0));
    assert_eq!((slice(true).len(), slice(false).len()), (2, 3));
    assert!(slice_or_not(0).is_ok() && slice_or_not(1).is_ok() && slice_or_not(2).is_err());
    let mut text = String::new();
    assert!(reborrowed_or_not(&mut text).is_err());
    assert_eq!(reborrowed(&mut text), ".");
    assert!(reborrowed_or_not(&mut text).is_ok());
    let mut words = "a b";
    assert_eq!((outliving(&mut words), words), (Ok("a"), "b"));
    let mut map = HashMap::new();
    got_or_inserted(&mut map, 1).push('a');
    assert_eq!(got_or_inserted(&mut map, 1), "a");
    assert!(std::panic::catch_unwind(|| unreachable_value("never")).is_err());
    assert!(unreachable_or_error().is_err());
    assert_eq!((looping(0), never_ok(1).is_ok(), never_ok(4).is_ok()), (4, true, false));
}
