//! `elector demo`: candidate processes, and every fault on their leader.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use elector::Backend;
use elector_trial::CandidateSpec;
use elector_trial::demo::{self, Options};

use crate::cli::{DemoArgs, ElectionArgs};
use crate::exit::Exit;
use crate::settings::{self, Refused};
use crate::stores::Stores;

/// Short, so that a demo is.
const LEASE: &str = "2s";
/// How long the store may take to forget a demo's election.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `elector demo` to its end.
pub(crate) fn main(election: &ElectionArgs, args: &DemoArgs) -> Exit {
    for (flag, given) in [("--election", &election.election), ("--name", &election.name)] {
        if given.is_some() {
            // A closed standard error leaves nobody to tell.
            let _ = writeln!(
                io::stderr(),
                "elector: {flag}: a demo has an election and candidates of its own, leave it out"
            );
            return Exit::Usage;
        }
    }
    let made = tempfile::Builder::new()
        .prefix("elector-demo-")
        .tempdir()
        .and_then(|folder| Ok((folder, std::env::current_exe()?)));
    let (folder, program) = match made {
        Ok(made) => made,
        Err(error) => {
            tracing::error!("cannot start: {error}");
            return Exit::Internal;
        }
    };
    let election = of_its_own(election, folder.path());
    let stores = Stores::new();
    let (backend, lease_duration) = match load(&election, &stores) {
        Ok(loaded) => loaded,
        Err(refused) => return refused.tell(),
    };
    let mut options = Options::default();
    options.candidates = args.candidates;
    options.rounds = args.rounds;
    options.lease_duration = lease_duration;
    options.colours = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let spawn = spawn(program, election.clone());
    let out = (!args.json).then(|| Box::new(io::stdout()) as Box<dyn io::Write>);
    let report = demo::run(&options, spawn, backend, out);
    forget(&election);
    let mut out = io::stdout().lock();
    // A reader that has gone away still gets the exit code.
    let _ =
        if args.json { writeln!(out, "{}", report.to_json()) } else { write!(out, "\n{report}") };
    if report.is_good() { Exit::Success } else { Exit::Broken }
}

/// Runs one candidate of a demo.
pub(crate) fn candidate(election: &ElectionArgs) -> Exit {
    let name = election.name.as_deref().unwrap_or("candidate");
    match load(election, &Stores::new()) {
        Ok((backend, lease_duration)) => {
            match elector_trial::candidate::run(backend, name, lease_duration) {
                Ok(()) => Exit::Success,
                // The parent was told.
                Err(_) => Exit::Internal,
            }
        }
        Err(refused) => refused.tell(),
    }
}

/// The same settings with an election and a lease of the demo's own, in `folder` unless a store was configured.
fn of_its_own(election: &ElectionArgs, folder: &Path) -> ElectionArgs {
    let mut election = election.clone();
    // Two demos on one cluster may well have the same process id.
    let (process, time) = (std::process::id(), elector::clock::unix_micros());
    election.election = Some(format!("elector-demo-{process}-{time:x}"));
    election.lease_duration.get_or_insert_with(|| LEASE.to_owned());
    if !is_configured(&election) {
        election.folder = Some(folder.to_owned());
    }
    election
}

/// Removes what a demo's election has left in its store. Its candidates are gone, and no other will ever have its name.
fn forget(election: &ElectionArgs) {
    // The demo's own connections ended with its runtime.
    let stores = Stores::new();
    let name = election.election.as_deref().unwrap_or_default();
    if load(election, &stores).is_err() {
        return;
    }
    if let Some(folder) = stores.folder() {
        remove_files(folder, name);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let deleting = async { tokio::time::timeout(PATIENCE, stores.cluster().forget(name)).await };
    if runtime.is_ok_and(|runtime| runtime.block_on(deleting).is_err()) {
        tracing::warn!("{name} is left behind: the store did not answer within {PATIENCE:?}");
    }
}

fn remove_files(folder: &Path, name: &str) {
    for ending in ["election", "token"] {
        let path = folder.join(format!("{name}.{ending}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("cannot remove {}: {error}", path.display());
            }
            _ => {}
        }
    }
}

/// Whether the store is another than the demo's own.
fn is_configured(election: &ElectionArgs) -> bool {
    let variables = ["ELECTOR__BACKEND__KIND", "ELECTOR__BACKEND__LOCAL__FOLDER"];
    election.config.is_some()
        || election.folder.is_some()
        || variables.iter().any(|name| std::env::var_os(name).is_some())
}

fn load(election: &ElectionArgs, stores: &Stores) -> Result<(Arc<dyn Backend>, Duration), Refused> {
    let settings = settings::load(election)?;
    let backend = stores.backend(&settings)?;
    // Refuses what no candidate could stand with, such as a lease shorter than the store's shortest.
    stores.elector(&settings)?;
    Ok((backend, settings.election().lease_duration))
}

/// Makes the commands of candidates: this program, with the same settings.
fn spawn(program: PathBuf, election: ElectionArgs) -> impl Fn(&CandidateSpec) -> Command + Send {
    move |spec| {
        let mut command = Command::new(&program);
        let flags = [
            ("--config", election.config.as_ref().map(OsString::from)),
            ("--election", election.election.as_ref().map(OsString::from)),
            ("--lease-duration", election.lease_duration.as_ref().map(OsString::from)),
            ("--name", Some(OsString::from(&spec.name))),
            ("--folder", election.folder.as_ref().map(OsString::from)),
        ];
        for (flag, value) in flags {
            if let Some(value) = value {
                command.arg(flag).arg(value);
            }
        }
        command.arg("candidate");
        // Where nothing is asked for, what candidates say of themselves would hide the timeline.
        if std::env::var_os("ELECTOR_LOG").is_none() {
            command.env("ELECTOR_LOG", "error");
        }
        command
    }
}
