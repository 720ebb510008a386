//! One connection through the proxy.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};

use super::link::{Way, Weather};
use crate::stamp::{nanos, now};

/// The most that is read at once.
const CHUNK_BYTES: usize = 16 * 1024;
/// How many chunks wait on one way at most; then whoever speaks has to wait.
const CHUNKS: usize = 1024;

type Switches = watch::Receiver<Weather>;

/// Bytes, and when they were read in nanoseconds of the host's clock; none at the end of the stream.
struct Chunk {
    at: u64,
    bytes: Vec<u8>,
}

/// Forwards between `client` and `server` until both have said all, or the connection is reset.
pub(super) async fn serve(mut client: TcpStream, server: SocketAddr, mut switches: Switches) {
    let Weather { refuses, resets, .. } = *switches.borrow_and_update();
    let mut connected = None;
    if !refuses {
        let reset = was_reset(switches.clone(), resets);
        tokio::pin!(reset);
        let swallowed = tokio::select! {
            met = meet(&mut client, server, switches.clone()) => met.map(|met| connected = met),
            () = &mut reset => Ok(()),
        };
        if let (Ok(()), Some(server)) = (swallowed, &mut connected) {
            let ended = tokio::select! {
                ended = forward(&mut client, server, &switches) => ended,
                () = &mut reset => Err(io::ErrorKind::ConnectionReset.into()),
            };
            if ended.is_ok() {
                return;
            }
        }
    }
    // Closing with nothing left to say would be the end of the stream, and no reset.
    for stream in connected.iter().chain([&client]) {
        let _ = stream.set_zero_linger();
    }
}

async fn was_reset(mut switches: Switches, resets: u64) {
    // The switches outlive the connections; without them there is nothing left to connect.
    let _ = switches.wait_for(|weather| weather.resets > resets).await;
}

/// Connects to the server, as soon as requests pass. Never ends if the client has been swallowed.
async fn meet(
    client: &mut TcpStream,
    server: SocketAddr,
    mut switches: Switches,
) -> io::Result<Option<TcpStream>> {
    let weather = switches.wait_for(|weather| weather.swallows || !weather.is_cut(Way::Requests));
    let diverted = weather.await.map(|weather| (!weather.swallows).then_some(weather.diverted));
    let Ok(Some(diverted)) = diverted else {
        return swallow(client).await.map(|()| None);
    };
    TcpStream::connect(diverted.unwrap_or(server)).await.map(Some)
}

/// Reads and forgets until the client closes.
async fn swallow(client: &mut TcpStream) -> io::Result<()> {
    let mut bytes = vec![0; CHUNK_BYTES];
    while client.read(&mut bytes).await? > 0 {}
    Ok(())
}

async fn forward(
    client: &mut TcpStream,
    server: &mut TcpStream,
    switches: &Switches,
) -> io::Result<()> {
    for stream in [&*client, &*server] {
        stream.set_nodelay(true)?;
    }
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let dead = AtomicBool::new(false);
    tokio::try_join!(
        pass(from_client, to_server, Way::Requests, switches, &dead),
        pass(from_server, to_client, Way::Replies, switches, &dead),
    )?;
    Ok(())
}

/// Passes what is said on one way, while the connection is not dead.
async fn pass(
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    way: Way,
    switches: &Switches,
    dead: &AtomicBool,
) -> io::Result<()> {
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let taking = take(from, sender, switches.clone(), dead);
    tokio::try_join!(taking, give(to, chunks, way, switches.clone()))?;
    Ok(())
}

/// Reads until the stream ends; never ends once something was swallowed.
async fn take(
    mut from: ReadHalf<'_>,
    chunks: mpsc::Sender<Chunk>,
    switches: Switches,
    dead: &AtomicBool,
) -> io::Result<()> {
    loop {
        let mut bytes = vec![0; CHUNK_BYTES];
        let read = from.read(&mut bytes).await?;
        bytes.truncate(read);
        if switches.borrow().swallows {
            dead.store(true, Ordering::Relaxed);
        }
        match (dead.load(Ordering::Relaxed), read) {
            (true, 0) => std::future::pending::<()>().await,
            (true, _) => {}
            (false, _) => {
                if chunks.send(Chunk { at: now(), bytes }).await.is_err() || read == 0 {
                    return Ok(());
                }
            }
        }
    }
}

/// Writes what was read, when the switches let it pass.
async fn give(
    mut to: WriteHalf<'_>,
    mut chunks: mpsc::Receiver<Chunk>,
    way: Way,
    mut switches: Switches,
) -> io::Result<()> {
    while let Some(chunk) = chunks.recv().await {
        passes(&mut switches, chunk.at, way).await;
        if chunk.bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&chunk.bytes).await?;
    }
    Ok(())
}

/// Waits until what was read `at` may pass, by the switches as they stand then.
async fn passes(switches: &mut Switches, at: u64, way: Way) {
    loop {
        let weather = *switches.borrow_and_update();
        let due = at.saturating_add(nanos(weather.delay(way)));
        let left = Duration::from_nanos(due.saturating_sub(now()));
        if !weather.is_cut(way) && left.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(left), if !weather.is_cut(way) => {}
            changed = switches.changed() => if changed.is_err() { return },
        }
    }
}
