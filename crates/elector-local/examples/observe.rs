//! Knows who leads, without standing for election. Start it beside `hello`.
//!
//! ```sh
//! cargo run -p elector-local --example observe
//! ```

use elector::{Observer, Store as _};
use elector_local::Local;

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout)]
async fn main() -> elector::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let folder = std::env::temp_dir().join("elector-hello");
    let observer = Observer::new(Local::new(folder).election("hello")?)?;
    let mut leader = observer.leader();
    loop {
        match &*leader.borrow_and_update() {
            Some(leader) => println!("{} leads", leader.name),
            None => println!("nobody leads"),
        }
        if leader.changed().await.is_err() {
            return Ok(());
        }
    }
}
