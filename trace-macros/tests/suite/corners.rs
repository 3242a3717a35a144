//! Corners of the type system: higher ranks, generic associated types, inference at the edge.

use super::{block_on, trace};
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Outcome<T, E = String> = Result<T, E>;

#[trace]
fn higher_ranked<F>(f: F) -> Outcome<usize>
where
    F: for<'a> Fn(&'a str) -> Outcome<&'a str>,
{
    Ok(f("abc")?.len())
}

type Borrowing<'a> = Pin<Box<dyn Future<Output = Outcome<&'a str>> + Send + 'a>>;

#[trace]
async fn higher_ranked_later<F: for<'a> Fn(&'a str) -> Borrowing<'a>>(f: F) -> Outcome<usize> {
    Ok(f("abc").await?.len())
}

#[trace]
fn once(f: impl FnOnce() -> Outcome<String>) -> Outcome<String> {
    f()
}

type Cutter = Box<dyn for<'a> Fn(&'a str) -> Outcome<&'a str> + Send>;

#[trace]
fn makes_higher_ranked(from: usize) -> Outcome<Cutter> {
    Ok(Box::new(move |text| text.get(from..).ok_or_else(String::new)))
}

#[test]
fn higher_ranks() {
    assert_eq!(higher_ranked(|text| Ok(text)), Ok(3));
    assert_eq!(block_on(higher_ranked_later(|text| Box::pin(async move { Ok(text) }))), Ok(3));
    assert_eq!(once(|| Ok("once".to_owned())), Ok("once".to_owned()));
    assert_eq!(makes_higher_ranked(1).unwrap()("abc"), Ok("bc"));
}

trait Lending {
    type Item<'a>
    where
        Self: 'a;

    fn lend(&mut self) -> Option<Self::Item<'_>>;

    #[trace]
    fn try_lend(&mut self) -> Outcome<Self::Item<'_>> {
        self.lend().ok_or_else(|| "end".into())
    }

    #[trace]
    #[allow(async_fn_in_trait)]
    async fn lend_later(&mut self) -> Outcome<Self::Item<'_>> {
        self.lend().ok_or_else(|| "end".into())
    }

    #[trace]
    fn is_a_method_of_sized(&self) -> Outcome<String>
    where
        Self: Sized + Debug,
    {
        Ok(format!("{:?}", self))
    }
}

#[derive(Debug)]
struct Pairs(Vec<u8>);

#[trace]
impl Lending for Pairs {
    type Item<'a> = &'a mut [u8];

    fn lend(&mut self) -> Option<Self::Item<'_>> {
        self.0.get_mut(..2)
    }
}

struct Grid<T = u8, const WIDTH: usize = 2, const HEIGHT: usize = { 1 + 1 }>([[T; WIDTH]; HEIGHT]);

#[trace]
impl<T: Copy, const WIDTH: usize, const HEIGHT: usize> Grid<T, WIDTH, HEIGHT> {
    fn cell(&mut self, x: usize, y: usize) -> Outcome<&mut T> {
        self.0.get_mut(y).and_then(|row| row.get_mut(x)).ok_or_else(|| format!("{} {}", x, HEIGHT))
    }

    fn rows(&self) -> Outcome<impl ExactSizeIterator<Item = &[T; WIDTH]> + '_> {
        Ok(self.0.iter())
    }

    async fn repeat<const N: usize>(&self, _: [u8; N]) -> Outcome<[T; N]> {
        Ok([self.0[0][0]; N])
    }
}

#[trace]
impl Grid<u8, { 1 + 1 }, 2> {
    fn first(&self) -> Outcome<u8> {
        Ok(self.0[0][0])
    }
}

trait Named: Display {}

impl Named for &str {}

#[trace]
impl<'a> dyn Named + Send + 'a {
    fn shout(&self) -> Outcome<String> {
        Ok(self.to_string().to_uppercase())
    }

    fn again(&self) -> Outcome<&(dyn Named + Send + 'a)> {
        Ok(self)
    }
}

#[test]
fn associated_and_constant() {
    let mut pairs = Pairs(vec![1, 2, 3]);
    assert_eq!(pairs.try_lend().map(|pair| pair.len()), Ok(2));
    assert_eq!(block_on(pairs.lend_later()).map(|pair| pair.len()), Ok(2));
    assert_eq!(pairs.is_a_method_of_sized(), Ok("Pairs([1, 2, 3])".to_owned()));
    let mut grid: Grid = Grid([[1, 2], [3, 4]]);
    *grid.cell(0, 0).unwrap() += 4;
    assert_eq!((grid.first(), grid.rows().map(|rows| rows.len())), (Ok(5), Ok(2)));
    assert_eq!(block_on(grid.repeat([0; 3])), Ok([5; 3]));
    let object: &(dyn Named + Send) = &"text";
    assert_eq!(object.shout(), Ok("TEXT".to_owned()));
    assert_eq!(object.again().map(|again| again.to_string()), Ok("text".to_owned()));
}

#[trace]
fn guard(mutex: &Mutex<u8>) -> Result<MutexGuard<'_, u8>, PoisonError<MutexGuard<'_, u8>>> {
    mutex.lock()
}

#[trace]
fn guard_in_tail(cell: &RefCell<Vec<u8>>) -> Outcome<u8> {
    cell.borrow().iter().copied().next().ok_or_else(String::new)
}

#[trace]
async fn guard_in_tail_later(cell: &RefCell<Vec<u8>>) -> Outcome<u8> {
    cell.borrow().iter().copied().next().ok_or_else(String::new)
}

#[trace]
fn reborrowed(items: Option<&mut Vec<u8>>) -> Option<Outcome<&mut u8>> {
    items.map(|items| items.first_mut().ok_or_else(String::new))
}

#[trace]
fn unsized_both<'a>(one: &'a u8, two: &'a str) -> Result<&'a dyn Debug, Box<dyn Display + 'a>> {
    if *one == 0 {
        return Err(Box::new(two));
    }
    Ok(one)
}

#[trace]
async fn unsized_both_later<'a>(
    one: &'a u8,
    two: &'a str,
) -> Result<&'a dyn Debug, Box<dyn Display + 'a>> {
    if *one == 0 {
        return Err(Box::new(two));
    }
    Ok(one)
}

#[trace]
fn numbers() -> Result<u64, u8> {
    let number = 1;
    if number > 2 {
        return Err(7);
    }
    Ok(number)
}

#[trace]
fn collected<C: std::iter::FromIterator<u8>>(count: u8) -> C {
    (0..count).collect()
}

#[trace]
fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, T::Err>
where
    T::Err: Debug,
{
    let value = text.parse::<T>()?;
    Ok(value)
}

#[trace]
async fn parsed_later<T: std::str::FromStr>(
    text: &str,
) -> Result<T, <T as std::str::FromStr>::Err> {
    text.parse()
}

#[trace]
fn impossible(never: Infallible) -> Outcome<u8> {
    match never {}
}

#[trace]
async fn impossible_later(never: Infallible) -> Outcome<u8> {
    match never {}
}

#[trace]
fn formatted(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("formatted")?;
    write!(f, "!")
}

struct Formatted;

impl Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatted(f)
    }
}

#[trace]
fn future_in_option() -> Option<impl Future<Output = Outcome<u8>>> {
    Some(async { Ok(1) })
}

#[test]
fn inference_and_borrows() {
    assert_eq!(guard(&Mutex::new(1)).map(|guard| *guard).ok(), Some(1));
    let cell = RefCell::new(vec![1]);
    assert_eq!((guard_in_tail(&cell), block_on(guard_in_tail_later(&cell))), (Ok(1), Ok(1)));
    assert_eq!(reborrowed(Some(&mut vec![1])), Some(Ok(&mut 1)));
    assert!(unsized_both(&0, "two").is_err() && unsized_both(&1, "two").is_ok());
    assert!(block_on(unsized_both_later(&0, "two")).is_err());
    assert_eq!((numbers(), collected::<Vec<u8>>(2)), (Ok(1), vec![0, 1]));
    assert_eq!((parsed("1"), block_on(parsed_later("2"))), (Ok(1_u8), Ok(2_u8)));
    let _: (fn(Infallible) -> Outcome<u8>, _) = (impossible, impossible_later);
    assert_eq!(Formatted.to_string(), "formatted!");
    assert_eq!(future_in_option().map(block_on), Some(Ok(1)));
}
