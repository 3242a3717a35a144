//! Everything is dropped at the same time and in the same order as without the attribute.

use super::{block_on, pause, trace};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn log(text: &str) {
    LOG.with(|log| log.borrow_mut().push(text.to_owned()));
}

fn logged(run: impl FnOnce()) -> Vec<String> {
    LOG.with(|log| log.borrow_mut().clear());
    run();
    LOG.with(|log| log.take())
}

struct Noisy(&'static str);

impl Noisy {
    fn length(&self) -> usize {
        log("length");
        self.0.len()
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        log(self.0);
    }
}

struct Pair {
    one: Noisy,
    two: Noisy,
}

type Answer = Result<usize, String>;

/// The same methods twice, in `plain` and in `traced`.
macro_rules! twice {
    ($($item:item)*) => {
        mod plain {
            use super::*;
            pub(super) struct Owner(pub(super) Pair);
            impl Owner {
                pub(super) fn new(one: &'static str, two: &'static str) -> Self {
                    Self(Pair { one: Noisy(one), two: Noisy(two) })
                }
            }
            impl Owner { $($item)* }
        }
        mod traced {
            use super::*;
            pub(super) struct Owner(pub(super) Pair);
            impl Owner {
                pub(super) fn new(one: &'static str, two: &'static str) -> Self {
                    Self(Pair { one: Noisy(one), two: Noisy(two) })
                }
            }
            #[trace]
            impl Owner { $($item)* }
        }
    };
}

twice! {
    pub(super) fn guarded(a: Noisy, mut b: Noisy, _: Noisy, (c, _): (Noisy, Noisy)) {
        let _local = Noisy("local");
        let _ = &mut b;
        let _ = Noisy("at once");
        log(a.0);
        log(c.0);
    }

    pub(super) fn inspected(a: Noisy, mut b: Noisy, _: Noisy, (c, _): (Noisy, Noisy)) -> Answer {
        let _local = Noisy("local");
        let _ = &mut b;
        log(a.0);
        if c.0.is_empty() {
            return Err("empty".to_owned());
        }
        Ok(c.length())
    }

    pub(super) fn unused(_a: Noisy, _b: Noisy, _: Noisy, _: (Noisy, Noisy)) -> Answer {
        Ok(1)
    }

    pub(super) fn tail_temporary(a: Noisy, _b: Noisy) -> Answer {
        let _local = Noisy("local");
        Ok(Noisy("temporary").length() + a.length())
    }

    pub(super) fn tail_temporary_guarded(a: Noisy, _b: Noisy) -> usize {
        let _local = Noisy("local");
        Noisy("temporary").length() + a.length()
    }

    pub(super) fn tail_block(_a: Noisy) -> Answer {
        let _local = Noisy("local");
        if Noisy("condition").length() > 2 {
            Ok(Noisy("then").length())
        } else {
            Err("short".to_owned())
        }
    }

    pub(super) fn by_value(self, _a: Noisy) -> Answer {
        Ok(self.0.two.length())
    }

    pub(super) fn by_value_unused(self, _a: Noisy) -> Answer {
        Ok(1)
    }

    pub(super) fn by_value_moved(mut self, _a: Noisy) -> Answer {
        self.0.one = Noisy("replaced");
        let moved = self.0.two;
        Ok(moved.length())
    }

    pub(super) fn returned(self, a: Noisy) -> Result<Noisy, Pair> {
        if a.length() > 100 { Ok(a) } else { Err(self.0) }
    }

    pub(super) async fn later(self, a: Noisy, mut b: Noisy, _: Noisy, (c, _): (Noisy, Noisy)) -> Answer {
        let _local = Noisy("local");
        pause().await;
        let _ = &mut b;
        log(a.0);
        Ok(c.length() + self.0.two.length())
    }

    pub(super) async fn later_unused(self, _a: Noisy, _b: Noisy, _: Noisy, _: (Noisy, Noisy)) {
        pause().await;
    }

    pub(super) async fn later_moved(mut self, _a: Noisy) -> Answer {
        self.0.one = Noisy("replaced");
        let moved = self.0.two;
        pause().await;
        Ok(moved.length())
    }

    #[must_use = "to be kept as it is"]
    pub(super) async fn kept(self, a: Noisy, _: Noisy, (c, _): (Noisy, Noisy)) -> Answer {
        let _local = Noisy("local");
        pause().await;
        log(a.0);
        Ok(c.length())
    }

    pub(super) fn building(self, a: Noisy, _b: Noisy, _: Noisy) -> impl Future<Output = Answer> {
        log("building");
        let _local = Noisy("local");
        let two = self.0.two;
        std::future::ready(Ok(a.length() + two.length()))
    }
}

const A: Noisy = Noisy("a");
const B: Noisy = Noisy("b");
const C: Noisy = Noisy("c");

fn parts() -> (Noisy, Noisy) {
    (Noisy("part one"), Noisy("part two"))
}

fn poll_once<F: Future>(future: F) {
    let mut future = Box::pin(future);
    let polled = Pin::as_mut(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    log(if polled.is_ready() { "ready" } else { "pending" });
}

/// Runs the same expression in both modules and compares.
macro_rules! same {
    ($($test:ident: |$owner:ident| $run:expr;)*) => {$(
        #[test]
        fn $test() {
            let plain = logged(|| {
                type $owner = plain::Owner;
                drop($run);
            });
            let traced = logged(|| {
                type $owner = traced::Owner;
                drop($run);
            });
            assert!(!plain.is_empty());
            assert_eq!(plain, traced);
        }
    )*};
}

same! {
    guarded: |Owner| { Owner::guarded(A, B, C, parts()); Noisy("end") };
    inspected: |Owner| Owner::inspected(A, B, C, parts());
    inspected_early: |Owner| Owner::inspected(A, B, C, (Noisy(""), Noisy("part two")));
    unused: |Owner| Owner::unused(A, B, C, parts());
    tail_temporary: |Owner| Owner::tail_temporary(A, B);
    tail_temporary_guarded: |Owner| { let _ = Owner::tail_temporary_guarded(A, B); Noisy("end") };
    tail_block: |Owner| Owner::tail_block(A);
    by_value: |Owner| Owner::new("one", "two").by_value(A);
    by_value_unused: |Owner| Owner::new("one", "two").by_value_unused(A);
    by_value_moved: |Owner| Owner::new("one", "two").by_value_moved(A);
    returned: |Owner| Owner::new("one", "two").returned(A);
    later: |Owner| block_on(Owner::new("one", "two").later(A, B, C, parts()));
    later_cancelled: |Owner| { poll_once(Owner::new("one", "two").later(A, B, C, parts())); Noisy("end") };
    later_never: |Owner| Owner::new("one", "two").later(A, B, C, parts());
    later_unused: |Owner| { block_on(Owner::new("one", "two").later_unused(A, B, C, parts())); Noisy("end") };
    later_unused_cancelled: |Owner| { poll_once(Owner::new("one", "two").later_unused(A, B, C, parts())); Noisy("end") };
    later_unused_never: |Owner| Owner::new("one", "two").later_unused(A, B, C, parts());
    later_moved: |Owner| block_on(Owner::new("one", "two").later_moved(A));
    later_moved_never: |Owner| Owner::new("one", "two").later_moved(A);
    kept: |Owner| block_on(Owner::new("one", "two").kept(A, B, parts()));
    kept_cancelled: |Owner| { poll_once(Owner::new("one", "two").kept(A, B, parts())); Noisy("end") };
    kept_never: |Owner| Owner::new("one", "two").kept(A, B, parts());
    building: |Owner| block_on(Owner::new("one", "two").building(A, B, C));
}

#[test]
fn a_panic_drops_the_same() {
    fn plain(a: Noisy, (b, _): (Noisy, Noisy)) -> Answer {
        let _local = Noisy("local");
        assert!(a.length() == b.length() + 100, "on purpose");
        Ok(0)
    }
    #[trace]
    fn traced(a: Noisy, (b, _): (Noisy, Noisy)) -> Answer {
        let _local = Noisy("local");
        assert!(a.length() == b.length() + 100, "on purpose");
        Ok(0)
    }
    let run = |function: fn(Noisy, (Noisy, Noisy)) -> Answer| {
        logged(|| {
            assert!(std::panic::catch_unwind(|| function(A, parts())).is_err());
        })
    };
    assert_eq!(run(plain), run(traced));
}
