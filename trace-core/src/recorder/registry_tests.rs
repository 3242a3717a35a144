//! Tests of the registry: plain tests, and its protocol under the model checker.

use super::*;
use crate::recorder::ring::Producer;
use crate::recorder::ring::tests::push;

#[cfg(not(all(loom, test)))]
mod plain {
    use super::*;
    use crate::recorder::ring::header_len;

    fn drained(ring: &Ring) -> Vec<Vec<u64>> {
        let mut records = Vec::new();
        // SAFETY: the only consumer in the test.
        unsafe { ring.drain(header_len, |_, body| records.push(body.to_vec())) };
        records
    }

    /// Releases a ring for which no producer was made.
    fn release(registry: &Registry, ring: Arc<Ring>) {
        // SAFETY: there is no producer.
        unsafe { registry.release(ring) };
    }

    #[test]
    fn rings_pass_from_thread_to_thread() {
        let registry = Registry::new();
        let first = registry.lease(64, u64::MAX).unwrap();
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&first) };
        assert!(push(&mut producer, &[1]));
        release(&registry, first.clone());
        let second = registry.lease(64, u64::MAX).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        // SAFETY: the first is no longer used.
        let mut producer = unsafe { Producer::attach(&second) };
        assert!(push(&mut producer, &[2]));
        assert_eq!(drained(&second), [[1], [2]]);
        assert_eq!(registry.take_fresh().len(), 1);
        assert!(registry.take_fresh().is_empty());
        // Another size does not match.
        release(&registry, second.clone());
        assert!(!Arc::ptr_eq(&second, &registry.lease(128, u64::MAX).unwrap()));
    }

    #[test]
    fn surplus_rings_go_when_they_were_read() {
        let registry = Registry::new();
        let rings: Vec<_> =
            (0..IDLE_RINGS + 2).map(|_| registry.lease(64, u64::MAX).unwrap()).collect();
        // SAFETY: the only producer, and the ring outlives it.
        let mut producer = unsafe { Producer::attach(&rings[0]) };
        assert!(push(&mut producer, &[1]));
        rings.iter().for_each(|ring| release(&registry, ring.clone()));
        assert!(registry.trim().is_empty(), "their reader has not seen them");
        for (place, ring) in registry.take_fresh().iter().enumerate() {
            ring.set_place(place);
        }
        let gone = registry.trim();
        assert!(gone.iter().all(|ring| !Arc::ptr_eq(ring, &rings[0])), "it was not read");
        assert_eq!((gone.len(), registry.trim().len()), (2, 0));
    }

    #[test]
    fn where_there_is_no_memory_a_smaller_ring_does_or_an_idle_one() {
        let registry = Registry::new();
        let small = registry.lease(64, u64::MAX).unwrap();
        // More than there are addresses; divided by 256, it fits.
        let words = 1 << 59;
        assert!(registry.lease(words / 2, u64::MAX).is_none());
        release(&registry, small.clone());
        assert!(Arc::ptr_eq(&small, &registry.lease(words, u64::MAX).unwrap()));
    }
}

#[cfg(all(loom, test))]
mod model {
    use super::*;
    use crate::recorder::ring::header_len;

    #[test]
    fn registry_passes_rings_on_and_shows_them_all() {
        loom::model(|| {
            let registry = Arc::new(Registry::new());
            let threads: Vec<_> = (1..=2)
                .map(|value| {
                    let registry = registry.clone();
                    loom::thread::spawn(move || {
                        let ring = registry.lease(8, u64::MAX).unwrap();
                        // SAFETY: a leased ring has no other producer.
                        let mut producer = unsafe { Producer::attach(&ring) };
                        assert!(push(&mut producer, &[value]));
                        // SAFETY: the producer is no longer used.
                        unsafe { registry.release(ring) };
                    })
                })
                .collect();
            let (mut seen, mut rings) = (0, Vec::new());
            let mut sweep = || {
                rings.extend(registry.take_fresh());
                for ring in &rings {
                    // SAFETY: the only consumer.
                    unsafe { ring.drain(header_len, |_, body| seen += body[0]) };
                }
            };
            sweep();
            for thread in threads {
                thread.join().unwrap();
            }
            sweep();
            assert_eq!(seen, 3);
        });
    }
}
