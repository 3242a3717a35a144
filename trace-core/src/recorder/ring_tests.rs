//! Tests of the ring: plain tests, and the same protocol under the model checker (`RUSTFLAGS="--cfg
//! loom" cargo test -p trace-runtime --lib ring --release`).

use super::*;
#[cfg(all(loom, test))]
use crate::recorder::sync::Arc;

/// Writes one record of `body`; returns `false` if there was no room.
pub(in crate::recorder) fn push(producer: &mut Producer, body: &[u64]) -> bool {
    push_at_pace(producer, body, false)
}

fn push_at_pace(producer: &mut Producer, body: &[u64], is_slow: bool) -> bool {
    let mut at = producer.pos();
    let len = body.len() as u64 + 1;
    if !producer.has_room(at, len) && producer.make_room(&mut at, len, false, is_slow) == Room::No {
        return false;
    }
    // SAFETY: room was made for the whole record.
    unsafe {
        producer.write(at, header(1, 0, 0, len));
        for (offset, &word) in body.iter().enumerate() {
            producer.write(at + 1 + offset as u64, word);
        }
        producer.publish(at + len);
    }
    true
}

#[cfg(not(all(loom, test)))]
mod plain {
    use super::*;

    fn drained(ring: &Ring) -> Vec<Vec<u64>> {
        let mut records = Vec::new();
        // SAFETY: the only consumer in the test.
        unsafe { ring.drain(header_len, |_, body| records.push(body.to_vec())) };
        records
    }

    #[test]
    fn records_of_every_size_come_out_whole_over_many_laps() {
        let ring = Ring::new(256);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        let mut expected = Vec::new();
        let mut seen = Vec::new();
        for round in 0..10_000_u64 {
            let body: Vec<u64> = (0..round % 37).map(|i| round * 100 + i).collect();
            if push(&mut producer, &body) {
                expected.push(body);
            }
            if round % 3 == 0 {
                seen.extend(drained(&ring));
            }
        }
        seen.extend(drained(&ring));
        assert!(expected.len() > 9_000, "{} of 10000 fitted", expected.len());
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_fails_to_be_read_is_not_read_again() {
        let ring = Ring::new(256);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        (0..4).for_each(|word| assert!(push(&mut producer, &[word])));
        let mut seen = Vec::new();
        let read = std::panic::AssertUnwindSafe(|| {
            let each = |_, body: &[u64]| {
                seen.push(body[0]);
                if body[0] == 1 {
                    std::panic::resume_unwind(Box::new(()));
                }
            };
            // SAFETY: the only consumer in the test.
            unsafe { ring.drain(header_len, each) };
        });
        assert!(std::panic::catch_unwind(read).is_err());
        assert_eq!((seen, drained(&ring)), (vec![0, 1], vec![vec![2], vec![3]]));
    }

    #[test]
    fn a_full_ring_refuses_starts_but_has_room_for_ends() {
        let ring = Ring::new(256);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        let mut fitted = 0;
        while push(&mut producer, &[0; 4]) {
            fitted += 1;
        }
        assert!(fitted >= 40, "{fitted}");
        let mut ends = 0;
        loop {
            let mut at = producer.pos();
            if !producer.has_room(at, 3) && producer.make_room(&mut at, 3, true, false) == Room::No
            {
                break;
            }
            // SAFETY: room was made.
            unsafe {
                producer.write(at, header(1, 0, 0, 3));
                producer.write(at + 1, 7);
                producer.write(at + 2, 7);
                producer.publish(at + 3);
            }
            ends += 1;
        }
        assert!(ends >= 10, "{ends}");
        assert_eq!(drained(&ring).len(), fitted + ends);
        assert!(push(&mut producer, &[1]));
    }

    #[test]
    fn a_burst_after_a_pause_has_half_a_ring_at_least() {
        let ring = Ring::new(1 << 17);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        for pause in 1..40 {
            for _ in 0..pause % 20 * 500 {
                assert!(push(&mut producer, &[1, 2, 3, 4]));
            }
            drained(&ring);
            let burst = (0..).take_while(|_| push(&mut producer, &[1, 2, 3, 4])).count() as u64;
            assert!(burst * 5 >= ring.capacity() * 2 / 5, "{burst} after {pause}");
            drained(&ring);
        }
    }

    #[test]
    fn a_quiet_thread_keeps_to_the_first_pages() {
        let ring = Ring::new(1 << 17);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        let mut highest = 0;
        for _ in 0..100_000 {
            assert!(push(&mut producer, &[1, 2, 3, 4]));
            highest = highest.max(producer.pos() & producer.mask);
            drained(&ring);
        }
        assert!(highest <= ring.capacity() / 2 + STRIDE, "{highest}");
    }

    /// Checks a ring in which something is always unread when the thread looks up.
    #[test]
    fn a_busy_thread_keeps_to_the_first_pages_if_it_has_time() {
        let highest = |is_slow| {
            let ring = Ring::new(1 << 19);
            // SAFETY: the only producer, and the ring outlives it.
            let mut producer = unsafe { Producer::attach(&ring) };
            let (mut highest, mut pushed, mut read) = (0, 0, 0);
            for round in 0..1_000_000 {
                assert!(push_at_pace(&mut producer, &[round, 2, 3, 4], is_slow));
                pushed += 1;
                highest = highest.max(producer.pos() & producer.mask);
                if round % 1_000 == 0 {
                    read += drained(&ring).len();
                }
            }
            read += drained(&ring).len();
            assert_eq!(read, pushed);
            (highest, ring.capacity())
        };
        let (slow, _) = highest(true);
        assert!(slow <= BURST + 2 * STRIDE, "{slow}");
        let (fast, capacity) = highest(false);
        assert!(fast > capacity - STRIDE, "{fast}");
    }

    #[test]
    fn an_oversized_record_is_refused() {
        let ring = Ring::new(64);
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&ring) };
        assert!(!push(&mut producer, &[0; 100]));
        assert!(push(&mut producer, &[0; 10]));
        assert_eq!(drained(&ring).len(), 1);
    }
}

#[cfg(all(loom, test))]
mod model {
    use super::*;

    #[test]
    fn ring_hands_words_over_without_a_race() {
        loom::model(|| {
            let ring = Arc::new(Ring::new(8));
            let writer = ring.clone();
            let thread = loom::thread::spawn(move || {
                // SAFETY: the only producer, and the ring outlives it.
                let mut producer = unsafe { Producer::attach(&writer) };
                let mut fitted = 0;
                for value in 1..=4_u64 {
                    fitted += u64::from(push(&mut producer, &[value, value]));
                }
                fitted
            });
            let mut seen = Vec::new();
            // SAFETY: the only consumer.
            let mut collect = || unsafe {
                ring.drain(header_len, |_, body| {
                    assert_eq!(body[0], body[1]);
                    seen.push(body[0]);
                })
            };
            collect();
            let fitted = thread.join().unwrap();
            collect();
            assert_eq!(seen.len() as u64, fitted);
            assert!(seen.is_sorted());
        });
    }
}
