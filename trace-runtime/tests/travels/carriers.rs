//! The carriers: each takes the context of its caller to where it runs a function. And the roots of requests.

use futures_util::{StreamExt as _, stream};
use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::thread;
use trace_runtime::interop::{Tracer, TracerProvider};
use trace_runtime::propagation::{Context, SpanId, TraceFlags, TraceId, Traced};
use trace_runtime::span::SpanBuilder;
use trace_runtime::{
    Baggage, Instrument as _, Span, SpanContext, in_current_span, in_span, span, trace,
};

/// What a carrier runs.
pub(crate) type Run<'a> = &'a (dyn Fn() + Send + Sync);

/// Runs something in a context that it makes, or carries.
pub(crate) type Carry = fn(Run<'_>);

/// Runs a function where it takes the context of its caller.
pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    pub(crate) carry: fn(Run<'_>),
    /// Whether it takes baggage along.
    pub(crate) has_baggage: bool,
    /// Whether it adds no span: what is added to the current span is added to that of the caller.
    pub(crate) is_bare: bool,
}

const fn carrier(name: &'static str, carry: fn(Run<'_>)) -> Carrier {
    Carrier { name, carry, has_baggage: true, is_bare: false }
}

impl Carrier {
    const fn without_baggage(mut self) -> Self {
        self.has_baggage = false;
        self
    }

    const fn bare(mut self) -> Self {
        self.is_bare = true;
        self
    }
}

pub(crate) static CARRIERS: &[Carrier] = &[
    carrier("call", called),
    carrier("block", |run| {
        let _block = span!("block");
        run();
    }),
    carrier("built span", |run| in_span("built", |_| run())),
    carrier("detached span on another thread", |run| {
        let mut span = Span::builder("detached").start();
        elsewhere(|| span.in_scope(|_| run()));
    }),
    carrier("silent span of the API", |run| {
        TracerProvider::default().tracer("suite::travels::carriers::off").in_span(
            "off",
            |context| {
                elsewhere(|| {
                    let _attached = context.attach();
                    run();
                });
            },
        );
    })
    .without_baggage(),
    carrier("silent span on another thread", |run| {
        let mut span =
            Span::builder("off").with_scope("suite::travels::carriers::off", "1").start();
        elsewhere(|| span.in_scope(|_| run()));
    }),
    carrier("silent call", off::call),
    carrier("silent future that moves", |run| {
        let mut future = Box::pin(off::waits(run));
        assert!(poll(future.as_mut()).is_none());
        elsewhere(|| block_on(future));
    }),
    carrier("future that waits", |run| block_on(waits(run))),
    carrier("future that moves", |run| {
        let mut future = Box::pin(waits(run));
        assert!(poll(future.as_mut()).is_none());
        elsewhere(|| block_on(future));
    }),
    carrier("future polled under another", |run| {
        let mut future = Box::pin(waits(run));
        assert!(poll(future.as_mut()).is_none());
        elsewhere(|| {
            let _other = Context::from(other()).attach();
            block_on(future);
        });
    }),
    carrier("joined futures", |run| {
        block_on(async { tokio::join!(waits(run), waits(&|| ())) });
    }),
    carrier("dropped future", |run| {
        struct Dropped<'a>(Run<'a>);
        impl Drop for Dropped<'_> {
            fn drop(&mut self) {
                (self.0)();
            }
        }
        #[trace]
        async fn dropped(run: Run<'_>) {
            let _dropped = Dropped(run);
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
        let mut future = Box::pin(dropped(run));
        assert!(poll(future.as_mut()).is_none());
        elsewhere(|| drop(future));
    }),
    carrier("instrumented future", |run| {
        let future = async move {
            tokio::task::yield_now().await;
            run();
        };
        let future = future.instrument(Span::builder("job").start());
        elsewhere(|| block_on(future));
    }),
    carrier("future in the current span", |run| {
        let future = async move {
            tokio::task::yield_now().await;
            run();
        };
        let future = future.in_current_span();
        elsewhere(|| block_on(future));
    })
    .bare(),
    carrier("stream in the current span", |run| {
        let stream = stream::iter([run]).map(|run| run()).in_current_span();
        elsewhere(|| block_on(stream.collect()));
    })
    .bare(),
    carrier("closure in the current span", |run| elsewhere(in_current_span(run))).bare(),
    carrier("closure of the macro", |run| {
        let run = in_current_span!(move |_: u8| run());
        elsewhere(|| run(1));
    })
    .bare(),
    carrier("context", |run| {
        let context = Context::current();
        elsewhere(|| context.in_scope(run));
    })
    .bare(),
    carrier("context of a future", |run| {
        let future = async move {
            tokio::task::yield_now().await;
            run();
        };
        let future = trace_runtime::Instrument::with_context(future, Context::current());
        elsewhere(|| block_on(future));
    })
    .bare(),
    carrier("message", |run| {
        let message = Traced::new(run);
        elsewhere(|| {
            let (run, context) = message.into_parts();
            context.in_scope(run);
        });
    })
    .bare(),
    carrier("handle", |run| {
        let span = Span::current();
        elsewhere(|| {
            let _attached = span.attach();
            run();
        });
    })
    .without_baggage()
    .bare(),
    carrier("parent of a call", |run| {
        let parent = Span::current().context();
        elsewhere(|| called_under(parent, run));
    })
    .without_baggage(),
    carrier("parent of a future", |run| {
        let parent = Span::current().context();
        elsewhere(|| block_on(waits_under(parent, run)));
    })
    .without_baggage(),
    carrier("parent of a built span", |run| {
        let parent = Span::current();
        elsewhere(|| Span::builder("child").with_parent(parent).in_scope(|_| run()));
    })
    .without_baggage(),
    carrier("guards in another order", |run| {
        let context = Context::current();
        elsewhere(|| {
            let first = Context::from(other()).attach();
            let second = Baggage::new().with_entry("customer", "nobody").attach();
            let third = context.attach();
            drop(second);
            drop(first);
            run();
            drop(third);
        });
    })
    .bare(),
    carrier("unwinding", |run| {
        struct Unwound<'a>(Run<'a>);
        impl Drop for Unwound<'_> {
            fn drop(&mut self) {
                (self.0)();
            }
        }
        #[trace]
        fn panics(run: Run<'_>) {
            let _unwound = Unwound(run);
            resume_unwind(Box::new(()));
        }
        assert!(catch_unwind(AssertUnwindSafe(|| panics(run))).is_err());
    }),
    carrier("attached function", attached),
    carrier("context of an attached function", attached_elsewhere).without_baggage(),
    carrier("span of the API", |run| {
        tracer().in_span("of the API", |_| run());
    }),
    carrier("context of the API on another thread", |run| {
        tracer().in_span("of the API", |context| {
            elsewhere(|| {
                let _attached = context.attach();
                run();
            });
        });
    })
    .without_baggage(),
    carrier("context of the API around a future", |run| {
        tracer().in_span("of the API", |context| {
            let future = async move {
                tokio::task::yield_now().await;
                run();
            };
            let future = opentelemetry::context::FutureExt::with_context(future, context);
            elsewhere(|| block_on(future));
        });
    })
    .without_baggage(),
    carrier("context of the API given to a future", |run| {
        tracer().in_span("of the API", |context| {
            let future = async move {
                tokio::task::yield_now().await;
                run();
            };
            let future = trace_runtime::Instrument::with_context(future, context);
            elsewhere(|| block_on(future));
        });
    })
    .without_baggage(),
    carrier("context of the API as a parent", |run| {
        tracer().in_span("of the API", |context| {
            elsewhere(|| Span::builder("child").with_parent(context).in_scope(|_| run()));
        });
    })
    .without_baggage(),
    carrier("context of the API given to the API", |run| {
        tracer().in_span("of the API", |context| {
            elsewhere(|| {
                let span = tracer().start_with_context("child", &context);
                let _attached = OtelContext::current_with_span(span).attach();
                run();
            });
        });
    })
    .without_baggage(),
];

/// How a request begins.
pub(crate) static ROOTS: &[(&str, Carry)] = &[
    ("built root", |run| request().in_scope(|_| run())),
    ("asynchronous root", |run| {
        let future = async move {
            tokio::task::yield_now().await;
            run();
        };
        block_on(future.instrument(request().start()));
    }),
    ("root of the API", |run| {
        let caller = opentelemetry::trace::SpanContext::from(caller());
        let caller = OtelContext::new().with_remote_span_context(caller);
        let span = tracer()
            .span_builder("request")
            .with_attributes([opentelemetry::KeyValue::new("tenant", "acme")])
            .start_with_context(&tracer(), &caller);
        let _attached = OtelContext::current_with_span(span).attach();
        run();
    }),
];

fn request() -> SpanBuilder<'static> {
    Span::builder("request").with_parent(caller()).with_attribute("tenant", "acme")
}

fn caller() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::SAMPLED)
        .with_trace_state("vendor=1")
}

pub(crate) fn tracer() -> Tracer {
    TracerProvider::default().tracer("travels")
}

pub(crate) fn elsewhere(run: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(run).join().unwrap());
}

/// Polls until the future is ready. No runtime, because carriers are within each other.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    loop {
        if let Some(output) = poll(future.as_mut()) {
            return output;
        }
    }
}

pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A span of another request.
fn other() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(7), TraceFlags::SAMPLED)
}

#[trace]
fn called(run: Run<'_>) {
    run();
}

#[trace]
async fn waits(run: Run<'_>) {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    run();
}

#[trace(parent = parent)]
fn called_under(parent: SpanContext, run: Run<'_>) {
    run();
}

#[trace(parent = parent)]
async fn waits_under(parent: SpanContext, run: Run<'_>) {
    tokio::task::yield_now().await;
    run();
}

#[trace(attach)]
fn attached(run: Run<'_>) {
    run();
}

#[trace(attach)]
fn attached_elsewhere(run: Run<'_>) {
    let context = OtelContext::current();
    elsewhere(|| {
        let _attached = context.attach();
        run();
    });
}

/// Is switched off.
pub(crate) mod off {
    use super::Run;
    use trace_runtime::trace;

    #[trace]
    pub(crate) fn call(run: Run<'_>) {
        run();
    }

    #[trace]
    pub(crate) async fn waits<R>(run: impl FnOnce() -> R) -> R {
        tokio::task::yield_now().await;
        run()
    }
}
