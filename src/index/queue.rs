//! The way of documents into the index. tantivy's own queue takes ten thousand of them, whatever they weigh; here a feeder that is ahead waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use tantivy::schema::{Document, TantivyDocument};

/// Text that may wait to be indexed: enough for two workers to be busy, in bytes. A document takes three times its text.
const MOST_BYTES: usize = 2 << 20;
/// A worker that has not taken anything for so long has failed, and the queue itself says so.
const PATIENCE: Duration = Duration::from_secs(10);

/// What waits.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    n_bytes: Mutex<usize>,
    has_room: Condvar,
}

/// A document that waits.
pub(super) struct Queued {
    document: TantivyDocument,
    _place: Place,
}

struct Place {
    queue: Queue,
    n_bytes: usize,
}

impl Queue {
    /// Waits for room for a document of so many bytes; when none waits, there is.
    pub(super) fn take(&self, document: TantivyDocument, n_bytes: usize) -> Queued {
        let is_full = |waiting: &mut usize| *waiting > 0 && *waiting + n_bytes > MOST_BYTES;
        let waited = self.0.has_room.wait_timeout_while(self.n_bytes(), PATIENCE, is_full);
        *waited.expect("nobody panics with the lock").0 += n_bytes;
        Queued { document, _place: Place { queue: self.clone(), n_bytes } }
    }

    fn n_bytes(&self) -> MutexGuard<'_, usize> {
        self.0.n_bytes.lock().expect("nobody panics with the lock")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.queue.n_bytes() -= self.n_bytes;
        self.queue.0.has_room.notify_one();
    }
}

impl Document for Queued {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    /// A worker takes it, and its place is free.
    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ahead_waits_until_something_is_taken() {
        let queue = Queue::default();
        let large = queue.take(TantivyDocument::new(), 2 * MOST_BYTES);
        let (sender, taken) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let next = scope.spawn(|| {
                let second = queue.take(TantivyDocument::new(), 1);
                sender.send(()).unwrap();
                second
            });
            assert!(taken.try_recv().is_err());
            drop(large.into_tantivy_document());
            taken.recv_timeout(PATIENCE).unwrap();
            assert_eq!(*queue.n_bytes(), 1);
            drop(next.join().unwrap());
        });
        assert_eq!(*queue.n_bytes(), 0);
    }
}
