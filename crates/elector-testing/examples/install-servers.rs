//! Builds the servers that tests start, ahead of time, and prints where they are.
//!
//! ```sh
//! cargo run -p elector-testing --features servers --example install-servers
//! ```
#![allow(clippy::print_stdout)]

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use elector_testing::servers::install;

    println!("{}", install::kube_apiserver()?.display());
    println!("{}", install::etcd()?.display());
    Ok(())
}

#[cfg(not(unix))]
fn main() {}
