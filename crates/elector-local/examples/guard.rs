//! Leadership as a guard, for work that has a life of its own: lead, look, give it back.
//!
//! ```sh
//! cargo run -p elector-local --example guard
//! ```

use std::time::Duration;

use elector::{Elector, Store as _};
use elector_local::Local;

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout)]
async fn main() -> elector::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let folder = std::env::temp_dir().join("elector-guard");
    let elector = Elector::builder(Local::new(folder).election("guard")?, "node-1")
        .lease_duration(Duration::from_secs(5))
        .metadata("http://127.0.0.1:8080")
        .build()?;
    println!("{}", elector.budget());

    let leadership = elector.lead().await?;
    println!("leading with token {} for {:?}", leadership.token(), leadership.remaining());
    tokio::select! {
        why = leadership.lost() => println!("told to stop: {}", why.as_str()),
        () = tokio::time::sleep(Duration::from_secs(1)) => println!("done"),
    }
    leadership.resign().await?;
    Ok(())
}
