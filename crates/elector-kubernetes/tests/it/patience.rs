//! Waiting for what must happen.

use std::future::Future;
use std::time::Duration;

use elector::clock::{BootClock, Clock as _};

/// How long a test waits: long, because a loaded machine can stall for many seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until there is a value.
pub(crate) async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let clock = BootClock::new();
    let end = clock.now() + PATIENCE;
    loop {
        if let Some(value) = ask().await {
            return value;
        }
        assert!(clock.now() < end, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
