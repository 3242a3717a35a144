//! autometrics: its attribute and its exporter for Prometheus, in the configuration that its
//! documentation begins with. It has no labels and no counters of one's own.

use std::sync::OnceLock;

use autometrics::{autometrics, prometheus_exporter};

use crate::candidate::{Burst, Candidate, Load};
use crate::export::count::Counts;
use crate::export::counters::on_page;
use crate::operation::{Operation, body, timed};

/// autometrics 3.
#[derive(Debug)]
pub struct Autometrics;

static INSTALLED: OnceLock<()> = OnceLock::new();

#[inline(never)]
#[autometrics]
fn metered(id: u64, size: u64, tier: &str) -> u64 {
    body(id, size, tier)
}

impl Candidate for Autometrics {
    fn name(&self) -> &'static str {
        "autometrics"
    }

    fn install(&self, _load: Load) {
        prometheus_exporter::init();
        assert!(INSTALLED.set(()).is_ok(), "autometrics is installed twice");
    }

    fn burst(&self, operation: Operation, calls: u32) -> Option<Burst> {
        (operation == Operation::Metered).then(|| Burst::counted(timed(calls, metered)))
    }

    fn received(&self) -> Counts {
        // A page that is asked for before would install it.
        if INSTALLED.get().is_none() {
            return Counts::default();
        }
        let page = prometheus_exporter::encode_to_string();
        let page = page.unwrap_or_else(|error| panic!("autometrics has no page: {error}"));
        Counts { counted: on_page(&page), ..Counts::default() }
    }
}
