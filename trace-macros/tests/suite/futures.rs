//! Futures: as sendable and as small as before, in every form of function.

use super::{MOST_GROWTH, block_on, pause, trace};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

fn sendable<T: Send>(value: T) -> T {
    value
}

#[trace]
async fn sendable_later(items: Vec<u32>) -> Result<usize, String> {
    pause_sendable().await;
    Ok(items.len())
}

async fn pause_sendable() {}

#[trace]
async fn local(items: Rc<u32>) -> Result<u32, String> {
    pause_sendable().await;
    Ok(*items)
}

#[trace]
fn implied(text: &str) -> impl Future<Output = Result<usize, String>> + Send + '_ {
    async move { Ok(text.len()) }
}

#[trace(attrs(text))]
fn implied_built(text: &str) -> impl Future<Output = Result<usize, String>> + Send + '_ {
    let length = text.len();
    std::future::ready(Ok(length))
}

#[trace(attrs(length = text.len()), ret(returned = *ret), err(type = err.len()))]
fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + '_>> {
    Box::pin(async move {
        if text.is_empty() {
            return Err("empty".to_owned());
        }
        Ok(text.len())
    })
}

#[trace(attrs(length = text.len()), ret(returned = *ret))]
fn boxed_built<'a>(
    text: &'a str,
) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> {
    if text.is_empty() {
        return Box::pin(std::future::ready(Err("empty".to_owned())));
    }
    Box::pin(async move { Ok(text.len()) })
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[trace]
fn boxed_alias(depth: u32) -> BoxFuture<'static, u32> {
    Box::pin(async move { if depth == 0 { 0 } else { boxed_alias(depth - 1).await + 1 } })
}

#[trace]
async fn future_later(value: u32) -> impl Future<Output = u32> {
    async move {
        pause().await;
        value
    }
}

#[trace]
async fn boxed_future_later(value: u32) -> BoxFuture<'static, u32> {
    Box::pin(async move { value })
}

#[trace]
async fn future_of_type_later<F: MakeFuture>(make: F) -> F::Future {
    make.make_future()
}

trait MakeFuture {
    type Future: Future<Output = u32>;
    fn make_future(self) -> Self::Future;
}

impl MakeFuture for u32 {
    type Future = std::future::Ready<u32>;

    #[trace]
    fn make_future(self) -> Self::Future {
        std::future::ready(self)
    }
}

#[test]
fn futures_of_futures() {
    assert_eq!(block_on(block_on(future_later(1))), 1);
    assert_eq!(block_on(block_on(boxed_future_later(1))), 1);
    assert_eq!(block_on(block_on(future_of_type_later(1))), 1);
}

#[trace]
fn decorated(text: &str) -> impl Future<Output = usize> + std::fmt::Debug + Unpin + '_ {
    std::future::ready(text.len())
}

#[allow(clippy::implied_bounds_in_impls)]
#[trace]
fn fused() -> impl Future<Output = u32> + futures_core::future::FusedFuture<Output = u32> {
    Fused(false)
}

struct Fused(bool);

impl Future for Fused {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<u32> {
        self.0 = true;
        std::task::Poll::Ready(1)
    }
}

impl futures_core::future::FusedFuture for Fused {
    fn is_terminated(&self) -> bool {
        self.0
    }
}

#[test]
fn further_traits() {
    use futures_core::future::FusedFuture;
    assert!(format!("{:?}", decorated("ab")).starts_with("Ready"));
    let mut future = Box::pin(fused());
    assert!(!future.is_terminated());
    assert_eq!(block_on(&mut future), 1);
    assert!(future.is_terminated());
}

mod aliases {
    use super::{super::trace, Future, Pin};

    pub(super) type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
    pub(super) type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

    #[trace]
    pub(super) fn with_error(value: u32) -> BoxFuture<u32, String> {
        Box::pin(async move { if value > 1 { Err("large")? } else { Ok(value) } })
    }

    #[trace(attrs(value), ret(returned = *ret))]
    pub(super) fn with_error_built(value: u32) -> BoxFuture<u32, String> {
        Box::pin(std::future::ready(Ok(value)))
    }

    #[trace(err(type = err.as_str()))]
    pub(super) fn with_hidden_error(value: &u32) -> LocalBoxFuture<'_, &u32> {
        Box::pin(async move { if *value > 1 { Err("large")? } else { Ok(value) } })
    }
}

#[test]
fn aliases_of_futures() {
    assert_eq!(block_on(aliases::with_error(1)), Ok(1));
    assert!(block_on(aliases::with_error(2)).is_err());
    assert_eq!(block_on(aliases::with_error_built(1)), Ok(1));
    assert_eq!(block_on(aliases::with_hidden_error(&1)), Ok(&1));
}

#[trace]
fn local_future(value: Rc<u32>) -> impl Future<Output = u32> {
    async move { *value }
}

#[test]
fn sendable_exactly_when_the_body_is() {
    assert_eq!(block_on(sendable(sendable_later(vec![1]))), Ok(1));
    assert_eq!(block_on(sendable(implied("ab"))), Ok(2));
    assert_eq!(block_on(sendable(implied_built("ab"))), Ok(2));
    assert_eq!(block_on(sendable(boxed("ab"))), Ok(2));
    assert_eq!(block_on(sendable(boxed_built("ab"))), Ok(2));
    assert!(block_on(boxed_built("")).is_err() && block_on(boxed("")).is_err());
    assert_eq!(block_on(sendable(boxed_alias(3))), 3);
    assert_eq!(block_on(local(Rc::new(1))), Ok(1));
    assert_eq!(block_on(local_future(Rc::new(1))), 1);
}

#[allow(dead_code)]
mod plain {
    pub(super) async fn large(a: [u8; 500], b: [u8; 300]) -> usize {
        super::pause().await;
        a.len() + b.len()
    }
    pub(super) async fn small() -> usize {
        super::pause().await;
        1
    }
}

#[trace]
async fn large(a: [u8; 500], b: [u8; 300]) -> usize {
    pause().await;
    a.len() + b.len()
}

#[trace]
async fn small() -> usize {
    pause().await;
    1
}

#[test]
fn larger_by_a_fixed_amount() {
    let growth = size_of_val(&small()) - size_of_val(&plain::small());
    assert!(growth <= MOST_GROWTH, "grew by {}", growth);
    let large = size_of_val(&large([0; 500], [0; 300]));
    let large_plain = size_of_val(&plain::large([0; 500], [0; 300]));
    assert!(large <= large_plain + growth, "{} is not {} + {}", large, large_plain, growth);
}

#[allow(async_fn_in_trait)]
trait Service {
    async fn call(&self, text: &str) -> Result<usize, String>;

    #[trace]
    async fn call_twice(&self, text: &str) -> Result<usize, String> {
        Ok(self.call(text).await? + self.call(text).await?)
    }

    fn promised(&self) -> impl Future<Output = u32> + Send;
}

struct Local;

impl Service for Local {
    #[trace]
    async fn call(&self, text: &str) -> Result<usize, String> {
        Ok(text.len())
    }

    #[trace]
    async fn promised(&self) -> u32 {
        1
    }
}

#[test]
fn async_functions_in_traits() {
    assert_eq!(block_on(Local.call_twice("ab")), Ok(4));
    assert_eq!(block_on(sendable(Local.promised())), 1);
}

#[async_trait::async_trait]
trait Dynamic: Send + Sync {
    async fn call(&self, #[allow(unused)] text: &str) -> Result<usize, String>;

    #[trace]
    async fn twice(&mut self, text: String, (a, b): (u32, u32)) -> Result<usize, String> {
        Ok(self.call(&text).await? * 2 + a as usize + b as usize)
    }
}

#[async_trait::async_trait]
impl Dynamic for Local {
    #[trace("call {text}", attrs(length = text.len()), ret(returned = *ret))]
    async fn call(&self, text: &str) -> Result<usize, String> {
        Ok(text.len())
    }
}

struct Before;

#[trace]
#[async_trait::async_trait]
impl Dynamic for Before {
    #[trace(attrs(text))]
    async fn call(&self, text: &str) -> Result<usize, String> {
        Ok(text.len())
    }
}

#[test]
fn async_trait_before_and_after() {
    let mut dynamic: Box<dyn Dynamic> = Box::new(Local);
    assert_eq!(block_on(dynamic.twice("ab".to_owned(), (1, 1))), Ok(6));
    let dynamic: Box<dyn Dynamic> = Box::new(Before);
    assert_eq!(block_on(dynamic.call("ab")), Ok(2));
}

#[trace]
async fn closures(value: u32) -> Result<u32, String> {
    let add = |other: u32| async move { value + other };
    Ok(add(1).await)
}

#[tokio::test]
#[trace]
async fn in_a_test() {
    assert_eq!(closures(1).await, Ok(2));
}

#[trace]
#[tokio::test]
async fn around_a_test() -> Result<(), String> {
    tokio::task::yield_now().await;
    closures(1).await.map(drop)
}

#[trace]
#[tokio::main(flavor = "current_thread", crate = "tokio")]
async fn around_main() -> Result<u32, String> {
    closures(1).await
}

#[tokio::main(flavor = "current_thread")]
#[trace]
async fn in_main() -> Result<u32, String> {
    closures(1).await
}

#[test]
fn mains() {
    assert_eq!(around_main(), Ok(2));
    assert_eq!(in_main(), Ok(2));
}

struct Numbers(u32);

impl futures_core::Stream for Numbers {
    type Item = u32;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<u32>> {
        self.0 = self.0.saturating_sub(1);
        std::task::Poll::Ready(Some(self.0).filter(|left| *left > 0))
    }
}

#[trace(attrs(count))]
fn stream(count: u32) -> impl futures_core::Stream<Item = u32> + Send {
    Numbers(count)
}

#[trace(attrs(count))]
fn boxed_stream(count: u32) -> Pin<Box<dyn futures_core::Stream<Item = u32> + Send>> {
    Box::pin(Numbers(count))
}

#[test]
fn streams() {
    async fn collect(stream: impl futures_core::Stream<Item = u32>) -> Vec<u32> {
        let mut stream = Box::pin(stream);
        let mut items = Vec::new();
        while let Some(item) =
            std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
        {
            items.push(item);
        }
        items
    }
    assert_eq!(block_on(collect(sendable(stream(3)))), [2, 1]);
    assert_eq!(block_on(collect(sendable(boxed_stream(3)))), [2, 1]);
}
