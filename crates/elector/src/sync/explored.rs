//! As much of tokio's `watch` as terms use, for loom, which cannot see into tokio.

pub(crate) mod watch {
    use loom::sync::{Arc, Mutex, MutexGuard};
    use loom::thread;

    /// The value, and how often it was sent.
    struct Shared<T>(Mutex<(T, u64)>);

    pub(crate) struct Sender<T>(Arc<Shared<T>>);

    pub(crate) struct Receiver<T> {
        shared: Arc<Shared<T>>,
        seen: u64,
    }

    pub(crate) struct Ref<'a, T>(MutexGuard<'a, (T, u64)>);

    impl<T> Shared<T> {
        fn lock(&self) -> MutexGuard<'_, (T, u64)> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }

    impl<T> std::ops::Deref for Ref<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0.0
        }
    }

    impl<T> Sender<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Arc::new(Shared(Mutex::new((value, 0)))))
        }

        pub(crate) fn borrow(&self) -> Ref<'_, T> {
            Ref(self.0.lock())
        }

        pub(crate) fn send_replace(&self, value: T) {
            self.send_modify(|old| *old = value);
        }

        pub(crate) fn send_modify(&self, change: impl FnOnce(&mut T)) {
            let mut shared = self.0.lock();
            change(&mut shared.0);
            shared.1 += 1;
        }

        pub(crate) fn subscribe(&self) -> Receiver<T> {
            let seen = self.0.lock().1;
            Receiver { shared: Arc::clone(&self.0), seen }
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn borrow_and_update(&mut self) -> Ref<'_, T> {
            let shared = self.shared.lock();
            self.seen = shared.1;
            Ref(shared)
        }

        /// Waits without a waker: loom runs the others meanwhile.
        pub(crate) async fn changed(&mut self) -> Result<(), ()> {
            while self.shared.lock().1 == self.seen {
                thread::yield_now();
            }
            self.seen = self.shared.lock().1;
            Ok(())
        }

        pub(crate) async fn wait_for(&mut self, mut is: impl FnMut(&T) -> bool) -> Result<(), ()> {
            while !is(&self.shared.lock().0) {
                thread::yield_now();
            }
            Ok(())
        }
    }
}
