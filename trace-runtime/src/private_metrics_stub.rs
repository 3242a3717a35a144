//! The part of the private module that metrics need, with bodies that do nothing.
#![allow(missing_docs, clippy::missing_const_for_fn)]

use crate::context::future::{Check, Ignore, Instrumented};
use crate::recorder::finish::Finish;
use crate::recorder::guard::{Call, Guard};
use crate::recorder::task::TaskSpan;
use crate::site::Site;
use futures_core::Stream;
use std::future::Future;
use std::time::Duration;

pub struct Objective(());

impl Objective {
    pub const fn new(_name: &'static str) -> Self {
        Self(())
    }

    pub const fn success_rate(self, _percent: f64) -> Self {
        self
    }

    pub const fn latency(self, _threshold: Duration, _percent: f64) -> Self {
        self
    }
}

pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub struct Meter(());

impl Meter {
    pub const fn new(_site: &'static Site, _text: &'static str) -> Self {
        Self(())
    }

    pub const fn in_flight(self) -> Self {
        self
    }

    pub const fn objective(self, _objective: &'static Objective) -> Self {
        self
    }

    pub const fn buckets(self, boundaries: &'static [f64]) -> Self {
        check_buckets(boundaries);
        self
    }
}

pub struct Instrument(());

impl Instrument {
    pub const fn counter(_site: &'static Site, _text: &'static str) -> Self {
        Self(())
    }

    pub const fn updown(_site: &'static Site, _text: &'static str) -> Self {
        Self(())
    }

    pub const fn gauge(_site: &'static Site, _text: &'static str) -> Self {
        Self(())
    }

    pub const fn histogram(_site: &'static Site, _text: &'static str) -> Self {
        Self(())
    }

    pub const fn buckets(self, boundaries: &'static [f64]) -> Self {
        check_buckets(boundaries);
        self
    }
}

const fn check_buckets(boundaries: &[f64]) {
    let mut at = 0;
    while at < boundaries.len() {
        assert!(
            boundaries[at].is_finite() && (at == 0 || boundaries[at - 1] < boundaries[at]),
            "bucket boundaries must be finite and ascending"
        );
        at += 1;
    }
}

pub fn metering() -> bool {
    true
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` has no bounded set of values to label a metric with",
    label = "not a `bool` and no enum under `#[derive(Label)]`",
    note = "cap the number of its values: `key(cap = 100) = value`; beyond it they go to `other`",
    note = "or derive `trace_runtime::Label` for an enum"
)]
pub trait Label {
    #[doc(hidden)]
    fn __label(&self) -> LabelId;
}

impl Label for bool {
    fn __label(&self) -> LabelId {
        LabelId(())
    }
}

impl<T: Label + ?Sized> Label for &T {
    fn __label(&self) -> LabelId {
        (**self).__label()
    }
}

impl<T: Label> Label for Option<T> {
    fn __label(&self) -> LabelId {
        self.as_ref().map_or(LabelId::NONE, T::__label)
    }
}

pub fn label<T: Label + ?Sized>(value: &T) -> LabelId {
    value.__label()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelId(());

impl LabelId {
    pub const NONE: Self = Self(());
    pub const OTHER: Self = Self(());
}

pub struct LabelValues(());

impl LabelValues {
    pub const fn new(_values: &'static str) -> Self {
        Self(())
    }

    pub fn id(&self, _index: usize) -> LabelId {
        LabelId(())
    }
}

pub struct Capped(());

impl Capped {
    pub const fn new(_cap: usize) -> Self {
        Self(())
    }

    pub fn id<T: AsRef<str> + ?Sized>(&self, text: &T) -> LabelId {
        let _ = text.as_ref();
        LabelId(())
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Labels(());

impl Labels {
    pub const NONE: Self = Self(());

    pub fn new<const N: usize>(_ids: [LabelId; N]) -> Self {
        Self(())
    }

    pub fn set(&mut self, _index: usize, _id: LabelId) {}
}

pub struct MeteredCall(Call);

impl MeteredCall {
    pub fn off() -> Self {
        Self(Call::off())
    }

    pub fn finish(&mut self) -> &mut Finish {
        self.0.finish()
    }

    pub fn leave(self) {
        self.0.leave();
    }
}

pub fn metered(_meter: &'static Meter, _labels: Labels) -> MeteredCall {
    MeteredCall::off()
}

pub fn metered_call(call: Call, _meter: &'static Meter, _labels: Labels) -> MeteredCall {
    MeteredCall(call)
}

#[must_use]
pub struct MeteredGuard(Guard);

impl Drop for MeteredGuard {
    fn drop(&mut self) {
        let _ = &self.0;
    }
}

pub fn metered_guard(guard: Guard, _meter: &'static Meter, _labels: Labels) -> MeteredGuard {
    MeteredGuard(guard)
}

impl Finish {
    pub fn judging(&self) -> bool {
        true
    }

    pub fn set_label(&mut self, _index: usize, _id: LabelId) {}

    pub fn held(&mut self, _instrument: &'static Instrument) -> Option<(Labels, Amount)> {
        None
    }
}

pub fn metered_future<F, P>(
    future: Instrumented<F, P>,
    _meter: &'static Meter,
) -> Instrumented<F, P> {
    future
}

pub fn metered_future_with<F, P>(
    future: Instrumented<F, P>,
    _meter: &'static Meter,
    _labels: Labels,
) -> Instrumented<F, P> {
    future
}

pub fn holding_future<F, P>(future: Instrumented<F, P>) -> Instrumented<F, P> {
    future
}

pub fn meter_labels(_meter: &'static Meter, _labels: Labels) {}

pub fn uninstrumented<F: Future>(future: F) -> Instrumented<F> {
    Instrumented::new(TaskSpan::passive(), future, Ignore)
}

pub fn uninstrumented_checked<F, P>(future: F, check: P) -> Instrumented<F, Check<P>>
where
    F: Future,
    P: Fn(&F::Output, &mut Finish),
{
    Instrumented::new(TaskSpan::passive(), future, Check(check))
}

pub fn uninstrumented_stream<S: Stream>(stream: S) -> Instrumented<S> {
    Instrumented::new(TaskSpan::passive(), stream, Ignore)
}

#[derive(Clone, Copy, Debug)]
pub struct Amount(());

impl Amount {
    pub const NONE: Self = Self(());
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that a metric can record",
    label = "not an integer, float, bool or `Duration`, nor an `Option` of one"
)]
pub trait ToAmount {
    fn to_amount(&self) -> Amount;
}

macro_rules! amounts {
    ($($ty:ty)*) => {$(
        impl ToAmount for $ty {
            fn to_amount(&self) -> Amount {
                Amount(())
            }
        }
    )*};
}

amounts! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 bool Duration }

impl<T: ToAmount> ToAmount for Option<T> {
    fn to_amount(&self) -> Amount {
        self.as_ref().map_or(Amount::NONE, T::to_amount)
    }
}

impl<T: ToAmount + ?Sized> ToAmount for &T {
    fn to_amount(&self) -> Amount {
        (**self).to_amount()
    }
}

pub fn amount<T: ToAmount + ?Sized>(value: &T) -> Amount {
    value.to_amount()
}

pub fn measure(_instrument: &'static Instrument, _labels: Labels, _amount: Amount) {}

pub fn hold(_instrument: &'static Instrument, _labels: Labels, _amount: Amount) {}
