//! The settings of this process.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use elector::Elector;
use elector_config::{ConfigError, Loader, Origin, Settings};

use crate::cli::ElectionArgs;
use crate::exit::Exit;
use crate::stores::{KUBERNETES, LOCAL, Stores};

/// The key of the local store's folder.
const FOLDER: &str = "backend.local.folder";

/// The configuration cannot work.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Refused {
    /// Tells it on standard error, whatever is logged there.
    pub(crate) fn tell(&self) -> Exit {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(io::stderr(), "elector: {self}");
        Exit::Config
    }
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        match error.key() {
            Some("backend.kind") if error.is_missing() => {
                return Self(format!(
                    "{error}; this program knows {KUBERNETES:?} and {LOCAL:?}, as in [backend] kind = {LOCAL:?}"
                ));
            }
            Some("election.name") if error.is_missing() => {}
            _ => return Self(error.to_string()),
        }
        let file = error.origin().map(|file| format!("in {file} or ")).unwrap_or_default();
        let told = ["ELECTOR_ELECTION", "ELECTOR_NAME"];
        let told = told.into_iter().find(|name| std::env::var_os(name).is_some());
        let hint = told
            .map(|name| format!("; {name} is what elector tells its command, and sets nothing"));
        Self(format!(
            "election.name: missing, give --election NAME, or set it {file}as ELECTOR__ELECTION__NAME{}",
            hint.unwrap_or_default()
        ))
    }
}

impl From<elector::Error> for Refused {
    fn from(error: elector::Error) -> Self {
        Self(error.to_string())
    }
}

/// Reads the settings. Where nothing names a store it is the local one, in a folder of this user.
pub(crate) fn load(args: &ElectionArgs) -> Result<Settings, Refused> {
    let mut loader = Loader::new().env();
    let folder = folder_of_this_user();
    loader = match &args.config {
        Some(path) => loader.file(path),
        None => loader
            .default_to("backend.kind", LOCAL)
            .default_to(FOLDER, folder.display().to_string()),
    };
    let given = args.folder.as_ref().map(|folder| folder.display().to_string());
    for (flag, key, value) in [
        ("--election", "election.name", &args.election),
        ("--name", "candidate.name", &args.name),
        ("--lease-duration", "election.lease_duration", &args.lease_duration),
        ("--folder", FOLDER, &given),
    ] {
        if let Some(value) = value {
            loader = loader.set(key, value, flag);
        }
    }
    let settings = loader.load()?;
    if settings.kind() != LOCAL {
        return match given {
            Some(_) => {
                Err(Refused(format!("--folder: the store is {:?}, not local", settings.kind())))
            }
            None => Ok(settings),
        };
    }
    if settings.origin(FOLDER) == Some(&Origin::Default) {
        make_for_this_user(&folder)?;
    }
    // All candidates of a local store share a host, so its name tells none of them apart.
    let name = format!("{}-{}", settings.candidate().name, std::process::id());
    Ok(settings.name_unless_set(&name))
}

/// Where the election is looked for, as in "nobody leads billing in /tmp/elector-0".
pub(crate) fn place(settings: &Settings, stores: &Stores) -> String {
    match stores.folder() {
        Some(folder) if folder.exists() => format!("in {}", folder.display()),
        Some(folder) => format!("in {}, which does not exist yet", folder.display()),
        None => {
            stores.place(settings).unwrap_or_else(|| format!("in the {} store", settings.kind()))
        }
    }
}

/// Logs what this process stands for.
pub(crate) fn announce(settings: &Settings, stores: &Stores, elector: &Elector) {
    let place = stores.place(settings).map(|place| format!(" {place}"));
    tracing::info!(
        "standing for {} as {} ({} store{}); {}",
        settings.election().name,
        elector.candidate().name,
        settings.kind(),
        place.unwrap_or_default(),
        elector.budget(),
    );
}

/// `/tmp/elector-UID`, whatever the environment says: a login shell and a timer must meet in one folder.
fn folder_of_this_user() -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    PathBuf::from(format!("/tmp/elector-{user}"))
}

/// Makes `folder` for this user alone. In a place where everybody may write, one that is there already may be a trap.
fn make_for_this_user(folder: &Path) -> Result<(), Refused> {
    let refused = |why: &str| Refused(format!("{} {why}, or give --folder DIR", folder.display()));
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(refused(&format!("cannot be made ({error}): make it"))),
    }
    let found = fs::symlink_metadata(folder)
        .map_err(|error| refused(&format!("cannot be read ({error}): look at it")))?;
    if !found.is_dir() {
        return Err(refused("is not a directory: remove it"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused("belongs to another user: have it removed"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(refused("can be written by others: `chmod go-w` it if nobody has"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    #[test]
    fn the_folder_is_for_this_user_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("elector-7");
        make_for_this_user(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        make_for_this_user(&folder).unwrap();
        let refusal = || make_for_this_user(&folder).unwrap_err().to_string();
        for mode in [0o720, 0o702, 0o1777] {
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            assert!(refusal().contains("can be written by others"), "{mode:o}");
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        make_for_this_user(&folder).unwrap();

        fs::remove_dir(&folder).unwrap();
        symlink(place.path(), &folder).unwrap();
        assert!(refusal().contains("is not a directory"), "{}", refusal());
        fs::remove_file(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        assert!(refusal().contains("is not a directory"), "{}", refusal());
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let place = tempfile::tempdir().unwrap();
        // Only root can give a folder away, and only to others does the root folder belong to another user.
        let folder = match chown(place.path(), Some(1), None) {
            Ok(()) => place.path(),
            Err(_) => Path::new("/"),
        };
        let refusal = make_for_this_user(folder).unwrap_err().to_string();
        assert!(refusal.contains("belongs to another user"), "{refusal}");
    }
}
