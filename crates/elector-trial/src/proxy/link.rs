//! What a proxied network does to those who use it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// One of the two ways through a [`Proxy`](super::Proxy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Replies,
}

/// The switches of a [`Proxy`](super::Proxy). Cheap to clone; clones are the same switches.
///
/// Each takes effect at once, also on connections that are there already, and for bytes that are under way.
#[derive(Clone, Debug)]
pub struct Link {
    weather: Arc<watch::Sender<Weather>>,
}

/// How the switches stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    cut: PerWay<bool>,
    delay: PerWay<Duration>,
    /// Whether everything that is said is acknowledged and forgotten.
    pub(super) swallows: bool,
    /// Whether new connections are reset.
    pub(super) refuses: bool,
    /// Where new connections go instead of the server.
    pub(super) diverted: Option<SocketAddr>,
    /// How often all connections were reset.
    pub(super) resets: u64,
}

/// One value for each way.
#[derive(Clone, Copy, Debug, Default)]
struct PerWay<T> {
    requests: T,
    replies: T,
}

impl<T> PerWay<T> {
    fn of(&mut self, way: Way) -> &mut T {
        match way {
            Way::Requests => &mut self.requests,
            Way::Replies => &mut self.replies,
        }
    }
}

impl Weather {
    pub(super) fn is_cut(mut self, way: Way) -> bool {
        *self.cut.of(way)
    }

    pub(super) fn delay(mut self, way: Way) -> Duration {
        *self.delay.of(way)
    }
}

impl Link {
    pub(super) fn new(weather: watch::Sender<Weather>) -> Self {
        Self { weather: Arc::new(weather) }
    }

    /// Lets nothing pass on one way. Connections stay open, and what was said meanwhile arrives after
    /// [`heal`](Self::heal), as TCP has it; [`reset`](Self::reset) before that loses it. A new connection is accepted,
    /// but reaches the server only when requests pass.
    pub fn cut(&self, way: Way) {
        self.weather.send_modify(|weather| *weather.cut.of(way) = true);
    }

    /// Cuts both ways: a partition.
    pub fn partition(&self) {
        self.cut(Way::Requests);
        self.cut(Way::Replies);
    }

    /// Swallows what is said on either way, on old connections and new ones: they look open and are dead. A connection
    /// that lost a byte so, or was made meanwhile, stays dead after [`heal`](Self::heal).
    pub fn half_open(&self) {
        self.weather.send_modify(|weather| weather.swallows = true);
    }

    /// Delivers what is said on one way so much later. The order is kept, and a long delay lets as much pass as a
    /// short one.
    pub fn delay(&self, way: Way, by: Duration) {
        self.weather.send_modify(|weather| *weather.delay.of(way) = by);
    }

    /// Resets every connection, on both sides. What was not delivered yet is lost. New connections are accepted.
    pub fn reset(&self) {
        self.weather.send_modify(|weather| weather.resets += 1);
    }

    /// Resets new connections at once, as if nobody listened. Old ones go on.
    pub fn refuse(&self) {
        self.weather.send_modify(|weather| weather.refuses = true);
    }

    /// Leads new connections to another server. Old ones go on; [`reset`](Self::reset) makes them new ones.
    pub fn divert(&self, to: SocketAddr) {
        self.weather.send_modify(|weather| weather.diverted = Some(to));
    }

    /// Lets everything pass at once again, to the server.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| {
            *weather = Weather { resets: weather.resets, ..Weather::default() }
        });
    }
}
