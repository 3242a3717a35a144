//! The log lines that all candidates for logs write: by `tracing` with two fields, and by `log` with both in its
//! message. Each is written inside of a span.

use crate::candidate::Burst;
use crate::operation::{Operation, Timed, body, timed};

#[inline(never)]
fn of_tracing(id: u64, size: u64, tier: &str) -> u64 {
    tracing::info!(order.id = id, order.tier = tier, "order taken");
    body(id, size, tier)
}

#[inline(never)]
fn of_log(id: u64, size: u64, tier: &str) -> u64 {
    log::info!("order {id} of tier {tier} taken");
    body(id, size, tier)
}

/// Makes that the logger of `log`, of which a process has one.
pub fn install(logger: impl log::Log + 'static) {
    if log::set_boxed_logger(Box::new(logger)).is_err() {
        panic!("one process measures one logger");
    }
    log::set_max_level(log::LevelFilter::Info);
}

/// Runs a burst of lines in a span, which the candidate opens; `None` for other operations.
pub fn burst(
    operation: Operation,
    calls: u32,
    in_span: impl FnOnce(&mut dyn FnMut() -> Timed) -> Timed,
) -> Option<Burst> {
    let timed = match operation {
        Operation::LogTracing => in_span(&mut || timed(calls, of_tracing)),
        Operation::LogLog => in_span(&mut || timed(calls, of_log)),
        _ => return None,
    };
    Some(Burst::recorded(timed, 1))
}
