//! A network that fails on command: a TCP proxy in this process.

mod connection;
mod link;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

pub use link::{Link, Way};

use connection::serve;
use link::Weather;

/// How long nobody is accepted after that failed.
const RETRY: Duration = Duration::from_millis(10);

/// A TCP proxy on the loopback interface, in front of one server.
///
/// Whoever shall suffer connects to [`address`](Self::address) instead of the server, and its [`link`](Self::link)
/// says what it suffers. A proxy for each candidate cuts one off without the others. Dropping it ends its
/// connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let address = server.local_addr()?;
/// use elector_trial::proxy::{Proxy, Way};
///
/// let proxy = Proxy::start(address).await?;
/// let link = proxy.link();
/// link.cut(Way::Replies); // the server hears the candidate, the candidate does not hear the server
/// link.heal();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    link: Link,
    listening: AbortHandle,
}

impl Proxy {
    /// Listens on a free port, and forwards every connection to `server`, on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with its I/O and its timer enabled.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let weather = watch::Sender::new(Weather::default());
        let listening = tokio::spawn(listen(listener, server, weather.subscribe())).abort_handle();
        Ok(Self { address, link: Link::new(weather), listening })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The handle that breaks and heals it.
    pub fn link(&self) -> Link {
        self.link.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, server: SocketAddr, weather: watch::Receiver<Weather>) {
    // Ends its connections when it is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    connections.spawn(serve(client, server, weather.clone()));
                }
                // Out of descriptors, or a client that is gone already. The next one may do better.
                Err(_) => tokio::time::sleep(RETRY).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
