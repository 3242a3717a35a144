//! When a shop has come to rest: decided from what is seen of it every now and then.

use std::time::{Duration, Instant};

/// Orders are digested every two seconds: it has to be quiet for longer than that.
const QUIET: Duration = Duration::from_millis(2_500);
/// With work left and nothing that moves, it is stuck. Jobs wait for less than that before they are tried again,
/// and exporters before they give up.
const STUCK: Duration = Duration::from_secs(30);
/// However much it moves.
const MOST: Duration = Duration::from_secs(300);

/// What is seen of it at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Jobs that are neither done nor dead.
    pub(super) jobs: u64,
    /// Of both services.
    pub(super) started: u64,
    /// Spans that are open or on their way, of both services.
    pub(super) unsettled: u64,
}

/// What follows from a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again.
    Wait,
    Rests,
    /// There is work left, and nothing has moved for long.
    IsStuck,
    /// It goes on and on.
    NeverEnds,
}

/// All looks so far.
pub(super) struct Watch {
    begin: Instant,
    last: Look,
    /// Since when all looks have been the same.
    since: Instant,
}

impl Watch {
    pub(super) fn new(first: Look, at: Instant) -> Self {
        Self { begin: at, last: first, since: at }
    }

    /// How long nothing has been left to do, or what is left has not moved.
    pub(super) fn look(&mut self, seen: Look, at: Instant) -> Verdict {
        if seen != self.last {
            (self.last, self.since) = (seen, at);
        }
        let still = at - self.since;
        match seen.jobs == 0 && seen.unsettled == 0 {
            true if still > QUIET => Verdict::Rests,
            false if still > STUCK => Verdict::IsStuck,
            _ if at - self.begin > MOST => Verdict::NeverEnds,
            _ => Verdict::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Look = Look { jobs: 0, started: 10, unsettled: 0 };

    /// The verdict of each look, which come one by one at these seconds.
    fn verdicts(looks: impl IntoIterator<Item = (f64, Look)>) -> Vec<Verdict> {
        let begin = Instant::now();
        let mut looks = looks.into_iter();
        let (_, first) = looks.next().unwrap();
        let mut watch = Watch::new(first, begin);
        looks
            .map(|(after, look)| watch.look(look, begin + Duration::from_secs_f64(after)))
            .collect()
    }

    #[test]
    fn rest_is_when_nothing_is_left_and_nothing_begins() {
        use Verdict::{Rests, Wait};
        assert_eq!(verdicts([(0.0, IDLE), (2.0, IDLE), (2.6, IDLE)]), [Wait, Rests]);
        let digest = Look { started: 11, ..IDLE };
        let seen = [(0.0, IDLE), (2.0, digest), (4.0, digest), (4.6, digest)];
        assert_eq!(verdicts(seen), [Wait, Wait, Rests]);
    }

    #[test]
    fn a_backlog_is_waited_for_as_long_as_it_shrinks() {
        let shrinks = (0_u32..=200).map(|second| {
            let left = u64::from(200 - second);
            (f64::from(second), Look { jobs: left, started: 1_000 - left, unsettled: left.min(3) })
        });
        let mut seen =
            verdicts(shrinks.chain([(203.0, Look { jobs: 0, started: 1_000, unsettled: 0 })]));
        assert_eq!(seen.pop(), Some(Verdict::Rests));
        assert!(seen.iter().all(|verdict| *verdict == Verdict::Wait));
    }

    #[test]
    fn what_does_not_move_is_stuck() {
        let left = Look { jobs: 1, ..IDLE };
        assert_eq!(
            verdicts([(0.0, left), (29.0, left), (31.0, left)]),
            [Verdict::Wait, Verdict::IsStuck]
        );
        let left = Look { unsettled: 1, ..IDLE };
        assert_eq!(verdicts([(0.0, left), (31.0, left)]), [Verdict::IsStuck]);
    }

    #[test]
    fn all_patience_ends() {
        let restless =
            (0..=310).map(|second| (f64::from(second), Look { started: second as u64, ..IDLE }));
        let mut seen = verdicts(restless);
        assert_eq!(seen.pop(), Some(Verdict::NeverEnds));
        assert_eq!(seen[..299], [Verdict::Wait; 299]);
    }
}
