//! A proxy in front of a server that echoes. What must happen is waited for; what must not is given a moment.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Link, Proxy, Way};
use crate::stamp::now;

/// Far beyond what anything here takes, so that a slow machine fails no test.
const PATIENCE: Duration = Duration::from_secs(20);
/// In which what must not happen would happen on an idle machine.
const MOMENT: Duration = Duration::from_millis(80);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);

/// An echo server behind a proxy.
struct Setup {
    proxy: Proxy,
    link: Link,
    /// What the server heard.
    heard: mpsc::UnboundedReceiver<Vec<u8>>,
}

impl Setup {
    async fn new() -> Self {
        let (address, heard) = echo().await;
        let proxy = Proxy::start(address).await.unwrap();
        let link = proxy.link();
        Self { proxy, link, heard }
    }

    async fn connect(&self) -> TcpStream {
        soon(TcpStream::connect(self.proxy.address())).await.unwrap()
    }

    async fn hears(&mut self, words: &[u8]) {
        let mut all = Vec::new();
        while all != words {
            all.extend(soon(self.heard.recv()).await.unwrap());
            assert!(words.starts_with(&all), "{all:?}");
        }
    }

    async fn hears_nothing(&mut self) {
        assert!(timeout(MOMENT, self.heard.recv()).await.is_err());
    }
}

async fn echo() -> (SocketAddr, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut bytes = vec![0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    let _ = sender.send(bytes[..read].to_vec());
                    if stream.write_all(&bytes[..read]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, heard)
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("in time")
}

async fn says(stream: &mut TcpStream, words: &[u8]) {
    soon(stream.write_all(words)).await.unwrap();
}

async fn is_told(stream: &mut TcpStream, words: &[u8]) {
    let mut bytes = vec![0; words.len()];
    soon(stream.read_exact(&mut bytes)).await.unwrap();
    assert_eq!(bytes, words);
}

async fn is_told_nothing(stream: &mut TcpStream) {
    assert!(timeout(MOMENT, stream.read_u8()).await.is_err());
}

async fn is_reset(stream: &mut TcpStream) {
    let error = soon(stream.read_u8()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
}

#[tokio::test]
async fn forwards_everything_and_the_end() {
    let setup = Setup::new().await;
    let (mut reader, mut writer) = setup.connect().await.into_split();
    let sent: Vec<u8> = (0..2_000_000_u32).map(|n| n as u8).collect();
    let speaking = {
        let sent = sent.clone();
        tokio::spawn(async move {
            writer.write_all(&sent).await.unwrap();
            writer.shutdown().await.unwrap();
        })
    };
    let mut back = Vec::new();
    soon(reader.read_to_end(&mut back)).await.unwrap();
    soon(speaking).await.unwrap();
    assert!(back == sent);
}

#[tokio::test]
async fn a_partition_holds_both_ways_until_it_heals() {
    let mut setup = Setup::new().await;
    let mut old = setup.connect().await;
    says(&mut old, b"a").await;
    is_told(&mut old, b"a").await;
    setup.hears(b"a").await;
    setup.link.partition();
    says(&mut old, b"b").await;
    let mut new = setup.connect().await;
    says(&mut new, b"c").await;
    setup.hears_nothing().await;
    is_told_nothing(&mut old).await;
    setup.link.heal();
    is_told(&mut old, b"b").await;
    is_told(&mut new, b"c").await;
}

#[tokio::test]
async fn replies_are_cut_while_requests_pass() {
    let mut setup = Setup::new().await;
    setup.link.cut(Way::Replies);
    let mut stream = setup.connect().await;
    says(&mut stream, b"a").await;
    setup.hears(b"a").await;
    is_told_nothing(&mut stream).await;
    setup.link.heal();
    is_told(&mut stream, b"a").await;
}

#[tokio::test]
async fn requests_are_cut_while_replies_pass() {
    let mut setup = Setup::new().await;
    let mut stream = setup.connect().await;
    // A reply that is under way when requests are cut.
    setup.link.cut(Way::Replies);
    says(&mut stream, b"a").await;
    setup.hears(b"a").await;
    setup.link.heal();
    setup.link.cut(Way::Requests);
    is_told(&mut stream, b"a").await;
    says(&mut stream, b"b").await;
    setup.hears_nothing().await;
    // Too late for who sent it, and applied all the same.
    setup.link.heal();
    setup.hears(b"b").await;
}

#[tokio::test]
async fn what_was_held_is_lost_by_a_reset() {
    let mut setup = Setup::new().await;
    let mut stream = setup.connect().await;
    says(&mut stream, b"a").await;
    is_told(&mut stream, b"a").await;
    setup.hears(b"a").await;
    setup.link.cut(Way::Requests);
    says(&mut stream, b"b").await;
    setup.link.reset();
    is_reset(&mut stream).await;
    setup.link.heal();
    setup.hears_nothing().await;
    let mut stream = setup.connect().await;
    says(&mut stream, b"c").await;
    is_told(&mut stream, b"c").await;
}

#[tokio::test]
async fn half_open_connections_look_open_and_stay_dead() {
    let mut setup = Setup::new().await;
    let mut old = setup.connect().await;
    says(&mut old, b"a").await;
    is_told(&mut old, b"a").await;
    setup.hears(b"a").await;
    setup.link.half_open();
    let mut new = setup.connect().await;
    for stream in [&mut old, &mut new] {
        says(stream, b"b").await;
        is_told_nothing(stream).await;
    }
    setup.hears_nothing().await;
    setup.link.heal();
    for stream in [&mut old, &mut new] {
        says(stream, b"c").await;
        is_told_nothing(stream).await;
    }
    setup.hears_nothing().await;
    let mut healed = setup.connect().await;
    says(&mut healed, b"d").await;
    is_told(&mut healed, b"d").await;
}

#[tokio::test]
async fn replies_are_delayed_and_requests_are_not() {
    let mut setup = Setup::new().await;
    let mut stream = setup.connect().await;
    let delay = Duration::from_millis(150);
    setup.link.delay(Way::Replies, delay);
    let sent = now();
    says(&mut stream, b"a").await;
    is_told(&mut stream, b"a").await;
    assert!(now() - sent >= delay.as_nanos() as u64);
    setup.hears(b"a").await;

    setup.link.delay(Way::Replies, LONG);
    says(&mut stream, b"b").await;
    setup.hears(b"b").await;
    is_told_nothing(&mut stream).await;
    setup.link.heal();
    is_told(&mut stream, b"b").await;
}

#[tokio::test]
async fn requests_are_delayed_in_order() {
    let mut setup = Setup::new().await;
    let mut stream = setup.connect().await;
    setup.link.delay(Way::Requests, LONG);
    says(&mut stream, b"a").await;
    setup.hears_nothing().await;
    says(&mut stream, b"b").await;
    let delay = Duration::from_millis(100);
    setup.link.delay(Way::Requests, delay);
    setup.hears(b"ab").await;
    is_told(&mut stream, b"ab").await;
}

#[tokio::test]
async fn a_reset_ends_what_is_there_and_nothing_else() {
    let mut setup = Setup::new().await;
    let mut stream = setup.connect().await;
    says(&mut stream, b"a").await;
    is_told(&mut stream, b"a").await;
    setup.link.reset();
    is_reset(&mut stream).await;
    let mut stream = setup.connect().await;
    says(&mut stream, b"b").await;
    is_told(&mut stream, b"b").await;
    setup.hears(b"ab").await;
}

#[tokio::test]
async fn new_connections_are_refused_and_old_ones_go_on() {
    let setup = Setup::new().await;
    let mut old = setup.connect().await;
    says(&mut old, b"a").await;
    is_told(&mut old, b"a").await;
    setup.link.refuse();
    let mut new = setup.connect().await;
    is_reset(&mut new).await;
    says(&mut old, b"b").await;
    is_told(&mut old, b"b").await;
    setup.link.heal();
    let mut new = setup.connect().await;
    says(&mut new, b"c").await;
    is_told(&mut new, b"c").await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let proxy = Proxy::start(address).await.unwrap();
    let mut stream = soon(TcpStream::connect(proxy.address())).await.unwrap();
    is_reset(&mut stream).await;
}

#[tokio::test]
async fn a_dropped_proxy_is_gone() {
    let setup = Setup::new().await;
    let mut stream = setup.connect().await;
    says(&mut stream, b"a").await;
    is_told(&mut stream, b"a").await;
    let address = setup.proxy.address();
    drop(setup.proxy);
    // The end of the stream, or a reset.
    assert!(!matches!(soon(stream.read(&mut [0])).await, Ok(1..)));
    soon(async { while TcpStream::connect(address).await.is_ok() {} }).await;
}

#[tokio::test]
async fn leads_new_connections_to_another_server_until_it_is_healed() {
    let mut setup = Setup::new().await;
    let (other, mut heard_there) = echo().await;
    let mut old = setup.connect().await;
    says(&mut old, b"before").await;
    setup.hears(b"before").await;
    setup.link.divert(other);
    let mut diverted = setup.connect().await;
    says(&mut diverted, b"elsewhere").await;
    assert_eq!(soon(heard_there.recv()).await.unwrap(), b"elsewhere");
    says(&mut old, b"still").await;
    setup.hears(b"still").await;
    setup.link.heal();
    let mut new = setup.connect().await;
    says(&mut new, b"again").await;
    setup.hears(b"again").await;
}
