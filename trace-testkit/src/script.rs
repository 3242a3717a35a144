//! Plays the steps of an exporter or receiver that misbehaves, in order.

use std::collections::VecDeque;

/// The steps to come.
#[derive(Debug)]
pub(crate) struct Script<T>(VecDeque<Step<T>>);

#[derive(Debug)]
struct Step<T> {
    what: T,
    /// `None`: until the script is cleared.
    left: Option<usize>,
}

impl<T> Default for Script<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> Script<T> {
    /// Appends a step that is repeated `times` times; `None`: until the script is cleared.
    pub(crate) fn push(&mut self, what: T, times: Option<usize>) {
        if times != Some(0) {
            self.0.push_back(Step { what, left: times });
        }
    }

    /// Removes all steps.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns what to do now; `None` when no step is left.
    pub(crate) fn next(&mut self) -> Option<T> {
        let step = self.0.front_mut()?;
        let what = step.what.clone();
        if let Some(left) = &mut step.left {
            *left -= 1;
            if *left == 0 {
                self.0.pop_front();
            }
        }
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_take_turns() {
        let mut script = Script::default();
        script.push("refuse", Some(2));
        script.push("close", Some(0));
        script.push("close", Some(1));
        script.push("hang", None);
        let steps: Vec<_> = (0..5).filter_map(|_| script.next()).collect();
        assert_eq!(steps, ["refuse", "refuse", "close", "hang", "hang"]);
        script.clear();
        assert_eq!(script.next(), None);
    }
}
