//! A page of metrics, read as it is served.

use crate::Outcome;
use std::time::Duration;

/// The samples of a page in the classic text.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn get(url: &str) -> Outcome<Self> {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
        let agent: ureq::Agent = config.build().into();
        let request = agent.get(url).header("accept", "text/plain");
        Ok(Self(request.call()?.body_mut().read_to_string()?))
    }

    /// The sum of the series of a metric whose labels contain all of `with` and none of `without`, as they are
    /// written: `error_type=`.
    pub(crate) fn sum(&self, metric: &str, with: &[&str], without: &[&str]) -> f64 {
        let samples = self.0.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let has = |label: &&str| labels.contains(*label);
            let is_meant = name == metric && with.iter().all(has) && !without.iter().any(has);
            is_meant.then(|| value.parse::<f64>().ok())?
        });
        samples.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_added_up_by_their_labels() {
        let page = Page(
            "# TYPE spans_total counter\n\
             spans_total{name=\"otlp\"} 5\n\
             spans_total{name=\"otlp\",error_type=\"queue_full\"} 2\n\
             spans_total_more 7\n\
             plain 1.5\n"
                .to_owned(),
        );
        assert_eq!(page.sum("spans_total", &[], &[]), 7.0);
        assert_eq!(page.sum("spans_total", &["error_type="], &[]), 2.0);
        assert_eq!(page.sum("spans_total", &[], &["error_type="]), 5.0);
        assert_eq!(page.sum("plain", &[], &[]), 1.5);
        assert_eq!(page.sum("absent", &[], &[]), 0.0);
    }
}
