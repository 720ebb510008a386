//! Work that runs while this process leads. Start it twice, in two terminals, and end one of them.
//!
//! ```sh
//! cargo run -p elector-local --example hello
//! ```

use std::time::Duration;

use elector::{Elector, Store as _, Term};
use elector_local::Local;

#[tokio::main(flavor = "current_thread")]
async fn main() -> elector::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let name = format!("process {}", std::process::id());
    let folder = std::env::temp_dir().join("elector-hello");
    let elector = Elector::new(Local::new(folder).election("hello")?, name);
    elector.run(greet).await?;
    Ok(())
}

#[allow(clippy::print_stdout)]
async fn greet(term: Term) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = term.ended() => return,
            _ = second.tick() => println!("I lead; my token is {}", term.token()),
        }
    }
}
