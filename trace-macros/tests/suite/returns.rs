//! Every kind of return value, and every way to return.

use super::{block_on, trace};
use std::error::Error;
use std::fmt;
use std::task::Poll;

struct Opaque;

#[derive(Debug)]
struct Displayed;

impl fmt::Display for Displayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("displayed")
    }
}

#[derive(Debug)]
struct Proper(Displayed);

impl fmt::Display for Proper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proper")
    }
}

impl Error for Proper {}

#[trace]
fn opaque(fail: bool) -> Result<Opaque, Opaque> {
    if fail { Err(Opaque) } else { Ok(Opaque) }
}

#[trace]
fn displayed() -> Result<Opaque, Displayed> {
    Err(Displayed)
}

#[trace]
fn proper() -> Result<(), Proper> {
    Err(Proper(Displayed))
}

#[trace]
fn boxed() -> Result<(), Box<dyn Error>> {
    proper()?;
    Ok(())
}

#[trace]
fn boxed_sendable() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(Proper(Displayed))?
}

#[trace]
fn any<E: fmt::Debug>(error: E) -> Result<(), E> {
    Err(error)
}

#[trace]
fn optional() -> Option<Result<u32, Opaque>> {
    Some(Err(Opaque))
}

#[trace]
fn polled() -> Poll<Result<u32, Opaque>> {
    Poll::Ready(Err(Opaque))
}

#[trace]
fn polled_option() -> Poll<Option<Result<u32, Opaque>>> {
    Poll::Pending
}

#[trace]
fn io() -> std::io::Result<u32> {
    Err(std::io::Error::other("io"))
}

#[trace]
fn borrowed(error: &Proper) -> Result<(), &Proper> {
    Err(error)
}

#[derive(Debug)]
struct Quoting<'a>(&'a str);

impl fmt::Display for Quoting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Quoting<'_> {}

#[trace]
fn boxed_borrowing<'a>(text: &'a str) -> Result<(), Box<dyn Error + 'a>> {
    Err(Box::new(Quoting(text)))
}

#[trace]
fn boxed_borrowing_sendable(text: &str) -> Result<(), Box<dyn Error + Send + Sync + '_>> {
    Err(Box::new(Quoting(text)))
}

#[trace]
async fn boxed_borrowing_later(text: &str) -> Result<(), Box<dyn Error + '_>> {
    Err(Box::new(Quoting(text)))
}

#[trace(err(type = "quoting"))]
fn borrowing(text: &str) -> Result<(), Quoting<'_>> {
    Err(Quoting(text))
}

/// An error for some parameters only, which the compiler checks after it has selected an implementation.
#[derive(Debug)]
struct Returned<T>(T);

impl<T> fmt::Display for Returned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("returned")
    }
}

impl<T: fmt::Debug + 'static> Error for Returned<T> {}

#[trace(err(ignore))]
fn returned_to_all<T: fmt::Debug>(value: T) -> Result<(), Returned<T>> {
    Err(Returned(value))
}

#[trace]
fn returned_to_some<T: fmt::Debug + 'static>(value: T) -> Result<(), Returned<T>> {
    Err(Returned(value))
}

#[trace]
async fn boxed_later() -> Result<(), Box<dyn Error>> {
    proper()?;
    Ok(())
}

#[trace]
async fn opaque_later() -> Result<Opaque, Opaque> {
    Err(Opaque)
}

#[test]
fn errors() {
    assert!(opaque(true).is_err() && opaque(false).is_ok());
    assert!(displayed().is_err() && proper().is_err());
    assert!(boxed().is_err() && boxed_sendable().is_err());
    assert!(any(3).is_err() && io().is_err());
    assert!(optional().is_some() && polled().is_ready() && polled_option().is_pending());
    assert!(borrowed(&Proper(Displayed)).is_err());
    let text = "text".to_owned();
    assert_eq!(returned_to_all(&text).unwrap_err().0, &text);
    assert_eq!(returned_to_some(1).unwrap_err().0, 1);
    assert!(boxed_borrowing(&text).is_err() && boxed_borrowing_sendable(&text).is_err());
    assert!(block_on(boxed_borrowing_later(&text)).is_err() && borrowing(&text).is_err());
    assert!(block_on(boxed_later()).is_err() && block_on(opaque_later()).is_err());
}

#[trace]
fn coerced(which: u32) -> Result<Box<dyn Fn(u32) -> u32>, String> {
    if which == 0 {
        return Ok(Box::new(|x| x));
    }
    Ok(Box::new(move |x| x + which))
}

#[trace]
async fn coerced_later(which: u32) -> Result<Box<dyn Fn(u32) -> u32>, String> {
    if which == 0 {
        return Ok(Box::new(|x| x));
    }
    Ok(Box::new(move |x| x + which))
}

type Boxed = Box<dyn fmt::Display>;

#[trace]
fn coerced_alias(which: u32) -> Boxed {
    if which == 0 {
        return Box::new(1);
    }
    Box::new("one")
}

#[trace]
async fn coerced_alias_later(which: u32) -> Boxed {
    if which == 0 {
        return Box::new(1);
    }
    Box::new("one")
}

#[trace]
async fn pointer_later(which: u32) -> fn(u32) -> u32 {
    fn one(x: u32) -> u32 {
        x
    }
    if which == 0 {
        return one;
    }
    |x| x + 1
}

#[trace]
fn inferred() -> Result<Vec<u64>, std::num::ParseIntError> {
    "1 2 3".split(' ').map(|part| part.parse()).collect()
}

#[trace]
async fn inferred_later() -> Result<Vec<u64>, std::num::ParseIntError> {
    "1 2 3".split(' ').map(|part| part.parse()).collect()
}

#[test]
fn coercions() {
    assert_eq!(coerced(0).unwrap()(1) + coerced(1).unwrap()(1), 3);
    assert_eq!(block_on(coerced_later(0)).unwrap()(1) + block_on(coerced_later(1)).unwrap()(1), 3);
    assert_eq!(coerced_alias(0).to_string() + &coerced_alias(1).to_string(), "1one");
    assert_eq!(block_on(coerced_alias_later(0)).to_string(), "1");
    assert_eq!(block_on(coerced_alias_later(1)).to_string(), "one");
    assert_eq!(block_on(pointer_later(0))(1) + block_on(pointer_later(1))(1), 3);
    assert_eq!(inferred(), Ok(vec![1, 2, 3]));
    assert_eq!(block_on(inferred_later()), Ok(vec![1, 2, 3]));
}

#[trace]
fn ways(which: u32) -> Result<u32, String> {
    let value = 'found: {
        if which == 0 {
            break 'found 1;
        }
        for round in 0.. {
            if round == which {
                break 'found round;
            }
        }
        return Err("never".to_owned());
    };
    let inner = || -> Result<u32, String> { Err("inner".to_owned())? };
    if which == 3 {
        inner()?;
    }
    Ok(value)
}

#[trace]
async fn ways_later(which: u32) -> Result<u32, String> {
    let value = 'found: {
        if which == 0 {
            break 'found 1;
        }
        which
    };
    if which == 3 {
        async { Err::<u32, _>("inner".to_owned()) }.await?;
    }
    Ok(value)
}

#[test]
fn control_flow() {
    assert_eq!((ways(0), ways(2)), (Ok(1), Ok(2)));
    assert!(ways(3).is_err());
    assert_eq!((block_on(ways_later(0)), block_on(ways_later(2))), (Ok(1), Ok(2)));
    assert!(block_on(ways_later(3)).is_err());
}

#[trace]
fn one_line() -> Result<u32, String> {
    Ok(1)
}

// A body that never reaches its end must not cause a warning.
#[trace]
fn unfinished() -> Result<u32, String> {
    unimplemented!()
}

#[trace]
async fn unfinished_later() -> Result<u32, String> {
    unimplemented!()
}

#[trace]
fn nothing() {}

#[trace]
#[allow(clippy::unused_unit)]
fn unit() -> () {}

#[trace]
async fn nothing_later() {}

#[test]
fn short() {
    assert_eq!(one_line(), Ok(1));
    assert!(std::panic::catch_unwind(unfinished).is_err());
    assert!(std::panic::catch_unwind(|| block_on(unfinished_later())).is_err());
    nothing();
    unit();
    block_on(nothing_later());
}
