//! A resource that refuses a leader of the past: a file that keeps the token beside its data.
//!
//! The first leader is paused in the middle of its work, loses the election, and writes when it wakes. No lease can prevent
//! that; the resource does.
//!
//! ```sh
//! cargo run -p elector-local --example fencing
//! ```

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use elector::{Elector, FencingToken, Store as _};
use elector_local::Local;

/// A file of two lines: the greatest token that has written it, and the data.
struct Register {
    folder: PathBuf,
}

impl Register {
    /// Writes `data`, unless a later term has written before; then it answers with that term's token.
    fn write(&self, token: FencingToken, data: &str) -> std::io::Result<Result<(), FencingToken>> {
        let path = self.folder.join("register");
        // The comparison and the write are one step: nobody else is between them.
        let lock = File::create(self.folder.join("register.lock"))?;
        lock.lock()?;
        let written = fs::read_to_string(&path).unwrap_or_default();
        let greatest = written.lines().next().and_then(|line| line.parse().ok());
        if let Some(greatest) = greatest.filter(|greatest| *greatest > token) {
            return Ok(Err(greatest));
        }
        // The token and the data are one file, replaced whole: they cannot come apart.
        let draft = self.folder.join("register.draft");
        let mut file = File::create(&draft)?;
        write!(file, "{token}\n{data}\n")?;
        file.sync_all()?;
        fs::rename(draft, path)?;
        Ok(Ok(()))
    }
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("elector-fencing-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let register = Register { folder: folder.clone() };
    let store = Local::new(&folder);
    let candidate = |name: &'static str| -> elector::Result<Elector> {
        Elector::builder(store.election("fencing")?, name)
            .lease_duration(Duration::from_secs(2))
            .build()
    };

    let (first, second) = (candidate("first")?, candidate("second")?);
    let old = first.lead().await?.token();
    println!("first leads with token {old} and is paused before it writes");
    // Its term is over here, as it would be for a process that was frozen past its lease.
    let leadership = second.lead().await?;
    let new = leadership.token();
    println!("second leads with token {new} and writes: {:?}", register.write(new, "second")?);

    match register.write(old, "first")? {
        Err(greatest) => {
            println!("first wakes and writes with token {old}: refused, {greatest} was here")
        }
        Ok(()) => return Err("the register took a stale token".into()),
    }
    leadership.resign().await?;
    println!(
        "the register holds: {}",
        fs::read_to_string(folder.join("register"))?.replace('\n', " ")
    );
    fs::remove_dir_all(folder)?;
    Ok(())
}
