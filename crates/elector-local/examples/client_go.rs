//! Leadership as callbacks, for those who come from client-go: `docs/coming-from-client-go.md` compares the two.
//!
//! It ends by itself; with `RunOrDie` it would be a signal that cancels the context.
//!
//! ```sh
//! cargo run -p elector-local --example client_go
//! ```

use std::time::Duration;

use elector::{Callbacks, Elector, Store as _, Term};
use elector_local::Local;

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout)]
async fn main() -> elector::Result<()> {
    let identity = format!("process {}", std::process::id());
    let folder = std::env::temp_dir().join("elector-client-go");
    let elector = Elector::builder(Local::new(folder).election("client-go")?, identity.as_str())
        .lease_duration(Duration::from_secs(15))
        .shutdown(tokio::time::sleep(Duration::from_secs(2)))
        .build()?;
    Callbacks::new()
        .on_started_leading(reconcile)
        .on_stopped_leading(|| println!("stopped leading"))
        .on_new_leader(|leader| match leader {
            Some(leader) if *leader.name == *identity => println!("new leader: this process"),
            Some(leader) => println!("new leader: {}", leader.name),
            None => println!("no leader"),
        })
        .run(&elector)
        .await
}

#[allow(clippy::print_stdout)]
async fn reconcile(term: Term) {
    println!("started leading with token {}", term.token());
    while term.is_current() {
        println!("reconciling");
        tokio::select! {
            _ = term.ended() => return,
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}
