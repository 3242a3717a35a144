//! Sends a batch in as many requests as its size requires.
//!
//! Stock receivers refuse requests beyond 4 MiB (gRPC) or 20 MiB (HTTP), so batches are cut well
//! before `max_request_size`; that limit applies to single items only.

use super::deadline::Deadline;
use super::encode::Encode;
use crate::export::ExportError;

/// The maximum length of a request with several items.
const CUT: usize = 4 << 20;

/// Delivers requests of one signal to one receiver.
pub(super) trait Deliver {
    /// Returns the deadline of a batch that begins now.
    fn deadline(&self) -> Deadline;

    /// Returns the maximum length of a request; `usize::MAX` for no limit.
    fn max_request_size(&self) -> usize;

    /// Returns the error of an item that is too large for any request.
    fn too_large(&self, bytes: usize) -> ExportError;

    /// Delivers a request with this number of items.
    fn send(&mut self, items: usize, request: &[u8], deadline: Deadline)
    -> Result<(), ExportError>;
}

/// Delivers a batch; returns the number of its items, and the result.
pub(super) fn deliver<B: ?Sized>(
    encoder: &mut impl Encode<B>,
    sender: &mut impl Deliver,
    batch: &B,
) -> (usize, Result<(), ExportError>) {
    let items = encoder.begin(batch);
    let deadline = sender.deadline();
    let most = sender.max_request_size();
    let (mut from, mut lost) = (0, 0);
    let mut failure: Option<ExportError> = None;
    while from < items {
        let mut limit = CUT.min(most);
        let (mut count, mut request) = encoder.encode_part(batch, from, limit);
        // The data around the items count too.
        while request.len() > most && count > 1 {
            limit = limit.saturating_sub(request.len() - most);
            (count, request) = encoder.encode_part(batch, from, limit);
        }
        if count == 0 {
            break;
        }
        let sent = match request.len() {
            len if len > most => Err(sender.too_large(len)),
            _ => sender.send(count, request, deadline),
        };
        if let Err(error) = sent {
            if from == 0 && (count == items || error.later().is_some()) {
                // All of it may be sent again.
                return (items, Err(error));
            }
            lost += error.lost().unwrap_or(count).min(count);
            let goes_on = error.later().is_none() && !deadline.is_over();
            failure.get_or_insert(error);
            if !goes_on {
                lost += items - from - count;
                break;
            }
        }
        from += count;
    }
    let result = match failure {
        None => Ok(()),
        Some(error) if lost >= items => Err(ExportError::new(error.to_string())),
        Some(error) => Err(ExportError::partial(lost, error.to_string())),
    };
    (items, result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// A batch whose items are lengths; a request has that many bytes, after a head of ten.
    struct Lengths(Vec<u8>);

    impl Encode<[usize]> for Lengths {
        fn begin(&mut self, batch: &[usize]) -> usize {
            batch.len()
        }

        fn encode_part(&mut self, batch: &[usize], from: usize, limit: usize) -> (usize, &[u8]) {
            self.0.clear();
            self.0.resize(10, 0);
            let mut count = 0;
            for len in &batch[from..] {
                if count > 0 && self.0.len() + len > limit {
                    break;
                }
                self.0.resize(self.0.len() + len, 0);
                count += 1;
            }
            (count, &self.0)
        }
    }

    struct Scripted {
        most: usize,
        sent: Vec<(usize, usize)>,
        answer: fn(usize) -> Result<(), ExportError>,
    }

    impl Deliver for Scripted {
        fn deadline(&self) -> Deadline {
            Deadline::after(Duration::MAX)
        }

        fn max_request_size(&self) -> usize {
            self.most
        }

        fn too_large(&self, bytes: usize) -> ExportError {
            ExportError::new(format!("{bytes} bytes are too many"))
        }

        fn send(&mut self, items: usize, request: &[u8], _: Deadline) -> Result<(), ExportError> {
            self.sent.push((items, request.len()));
            (self.answer)(self.sent.len())
        }
    }

    fn delivered(
        most: usize,
        batch: &[usize],
        answer: fn(usize) -> Result<(), ExportError>,
    ) -> (Vec<(usize, usize)>, Result<(), ExportError>) {
        let mut sender = Scripted { most, sent: Vec::new(), answer };
        let (items, result) = deliver(&mut Lengths(Vec::new()), &mut sender, batch);
        assert_eq!(items, batch.len());
        (sender.sent, result)
    }

    #[test]
    fn batches_are_cut_and_single_items_are_not() {
        let big = CUT + 1;
        let (sent, result) = delivered(usize::MAX, &[CUT / 2, CUT / 2, big, 5, 5], |_| Ok(()));
        let expected = [(1, CUT / 2 + 10), (1, CUT / 2 + 10), (1, big + 10), (2, 20)];
        assert_eq!((sent.as_slice(), result), (&expected[..], Ok(())));
    }

    #[test]
    fn an_item_beyond_the_limit_is_dropped_and_counted() {
        let (sent, result) = delivered(100, &[50, 40, 91, 30, 90], |_| Ok(()));
        assert_eq!(sent, [(2, 100), (1, 40), (1, 100)]);
        let error = result.unwrap_err();
        assert_eq!((error.lost(), error.to_string().as_str()), (Some(1), "101 bytes are too many"));
        let (sent, result) = delivered(100, &[91], |_| Ok(()));
        assert_eq!((sent.len(), result.unwrap_err().lost()), (0, None));
    }

    #[test]
    fn what_fails_is_counted_and_the_rest_is_sent() {
        let batch = [90, 90, 90];
        let (sent, result) = delivered(100, &batch, |request| match request {
            2 => Err(ExportError::new("no")),
            _ => Ok(()),
        });
        assert_eq!((sent.len(), result.unwrap_err().lost()), (3, Some(1)));
        let (sent, result) = delivered(100, &batch, |_| Err(ExportError::new("no")));
        assert_eq!((sent.len(), result.unwrap_err().lost()), (3, None));
    }

    #[test]
    fn a_batch_is_given_back_only_whole() {
        fn later() -> ExportError {
            ExportError::new("busy").postponed(Instant::now())
        }
        let (sent, result) = delivered(100, &[90, 90, 90], |_| Err(later()));
        assert!(sent.len() == 1 && result.unwrap_err().later().is_some());
        let (sent, result) = delivered(100, &[90, 90, 90], |request| match request {
            1 => Ok(()),
            _ => Err(later()),
        });
        let error = result.unwrap_err();
        assert_eq!((sent.len(), error.lost(), error.later().is_some()), (2, Some(2), false));
    }
}
