//! Assigns expected spans to recorded ones, in any order.

use std::collections::VecDeque;

/// A cost; 0 if everything is as expected.
pub(super) type Cost = u64;

/// A place for one span, and the cost of leaving it empty: 0 if it is optional.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) pattern: usize,
    pub(super) missing: Cost,
}

/// Pairs places and spans, as indices: first a maximum number of fitting pairs, then the cheapest of
/// the rest that cost less than leaving both unpaired.
///
/// Fitting pairs are a maximum matching in which required places come first: when everything can
/// be placed, everything is.
pub(super) fn pair(
    places: &[Place],
    spans: usize,
    cost: &dyn Fn(usize, usize) -> Cost,
    unexpected: &dyn Fn(usize) -> Cost,
) -> Vec<(usize, usize)> {
    let mut matching = Matching { cost, holder: vec![None; spans], held: vec![None; places.len()] };
    let required = |place: &usize| places[*place].missing > 0;
    let (first, then): (Vec<_>, Vec<_>) = (0..places.len()).partition(required);
    for place in first.into_iter().chain(then) {
        matching.seat(place);
    }
    let mut rest = Vec::new();
    for place in (0..places.len()).filter(|&place| matching.held[place].is_none()) {
        for span in (0..spans).filter(|&span| matching.holder[span].is_none()) {
            let (together, apart) = (cost(place, span), places[place].missing + unexpected(span));
            if together < apart {
                rest.push((together, place, span));
            }
        }
    }
    rest.sort_unstable();
    for (_, place, span) in rest {
        if matching.held[place].is_none() && matching.holder[span].is_none() {
            matching.hold(place, span);
        }
    }
    let pairs = matching.held.iter().enumerate();
    pairs.filter_map(|(place, span)| span.map(|span| (place, span))).collect()
}

struct Matching<'a> {
    cost: &'a dyn Fn(usize, usize) -> Cost,
    holder: Vec<Option<usize>>,
    held: Vec<Option<usize>>,
}

impl Matching<'_> {
    fn hold(&mut self, place: usize, span: usize) {
        self.held[place] = Some(span);
        self.holder[span] = Some(place);
    }

    /// Finds a fitting span for `place`, moving as few others as possible to places where they fit as
    /// well.
    fn seat(&mut self, place: usize) {
        // Which place wants each span.
        let mut wanted = vec![None; self.holder.len()];
        let mut places = VecDeque::from([place]);
        while let Some(place) = places.pop_front() {
            let fits = |span: &usize| (self.cost)(place, *span) == 0;
            let fitting: Vec<usize> = (0..self.holder.len()).filter(fits).collect();
            if let Some(&free) = fitting.iter().find(|&&span| self.holder[span].is_none()) {
                wanted[free] = Some(place);
                self.move_up(free, &wanted);
                return;
            }
            for span in fitting {
                if wanted[span].is_none() {
                    wanted[span] = Some(place);
                    places.extend(self.holder[span]);
                }
            }
        }
    }

    /// Gives a free span to the place that wants it, that place's old span to the next, and so on.
    fn move_up(&mut self, free: usize, wanted: &[Option<usize>]) {
        let mut next = Some(free);
        while let Some(span) = next
            && let Some(place) = wanted[span]
        {
            next = self.held[place];
            self.hold(place, span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(costs: &[&[Cost]], missing: &[Cost]) -> Vec<(usize, usize)> {
        let places: Vec<_> = missing
            .iter()
            .enumerate()
            .map(|(pattern, &missing)| Place { pattern, missing })
            .collect();
        let spans = costs.first().map_or(0, |row| row.len());
        pair(&places, spans, &|place, span| costs[place][span], &|_| 10)
    }

    #[test]
    fn who_fits_in_one_place_only_gets_it() {
        assert_eq!(pairs(&[&[0, 0], &[0, 5]], &[10, 10]), [(0, 1), (1, 0)]);
        let chain: &[&[Cost]] = &[&[0, 0, 9], &[9, 0, 0], &[0, 9, 9]];
        assert_eq!(pairs(chain, &[10; 3]), [(0, 1), (1, 2), (2, 0)]);
    }

    #[test]
    fn required_places_come_before_optional_ones() {
        assert_eq!(pairs(&[&[0], &[0]], &[0, 10]), [(1, 0)]);
    }

    #[test]
    fn unmatched_spans_are_paired_by_cost() {
        assert_eq!(pairs(&[&[7, 3], &[4, 2]], &[10, 10]), [(0, 0), (1, 1)]);
        assert_eq!(pairs(&[&[21]], &[10]), []);
    }
}
