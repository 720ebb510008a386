//! Which file systems are known to be local.

use std::io;
use std::path::Path;

use elector::Result;

use crate::error;

/// What is known about a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileSystem {
    /// One kernel owns it: its locks, renames and notifications reach every process that sees it.
    Local,
    /// It may be shared with another kernel, or is not known; this is its name.
    Weak(String),
}

/// Judges the file system that holds `folder`, or will hold it once it is made.
///
/// A weak one is an error unless `allow_weak`.
pub(crate) fn check(
    folder: &Path,
    allow_weak: bool,
    operation: &'static str,
) -> Result<FileSystem> {
    let mut found = Err(io::ErrorKind::NotFound.into());
    for path in folder.ancestors() {
        found = of(path);
        if !found.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            break;
        }
    }
    let kind = found
        .map_err(|source| error::io(operation, "ask for the file system of", folder, source))?;
    if let FileSystem::Weak(name) = &kind
        && !allow_weak
    {
        let folder = folder.display();
        let message = format!(
            "{folder} is on {name}, which is not known to be local to one kernel: choose a folder on a local disk or \
             in memory, or set allow_weak if only this host writes there"
        );
        return Err(error::invalid(operation, message));
    }
    Ok(kind)
}

#[cfg(target_os = "linux")]
fn of(folder: &Path) -> io::Result<FileSystem> {
    let status = nix::sys::statfs::statfs(folder)?;
    // The type of the number differs between platforms; every magic number fits 32 bits.
    Ok(judge(status.filesystem_type().0 as u32))
}

#[cfg(not(target_os = "linux"))]
fn of(folder: &Path) -> io::Result<FileSystem> {
    std::fs::metadata(folder).map(|_| FileSystem::Local)
}

/// Judges a file system by its magic number: `statfs(2)`, `linux/magic.h` and the sources of those not listed there.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn judge(magic: u32) -> FileSystem {
    let weak = match magic {
        0xef53 // ext2, ext3, ext4
        | 0x5846_5342 // xfs
        | 0x9123_683e // btrfs
        | 0x0102_1994 // tmpfs
        | 0x8584_58f6 // ramfs
        | 0x794c_7630 // overlayfs
        | 0x2fc1_2fc1 // zfs
        | 0xf2f5_2010 // f2fs
        | 0xca45_1a4e // bcachefs
        | 0x3153_464a // jfs
        | 0x5265_4973 // reiserfs
        | 0x3434 // nilfs2
        | 0x2405_1905 => return FileSystem::Local, // ubifs
        0x6969 => "nfs",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "smb",
        0x6573_5546 => "fuse",
        0x0102_1997 => "9p",
        0x6a65_6a63 => "virtiofs",
        0x00c3_6400 => "ceph",
        0x0116_1970 => "gfs2",
        0x7461_636f => "ocfs2",
        0x5346_414f | 0x6b41_4653 => "afs",
        0x7375_7245 => "coda",
        0x0bd0_0bd0 => "lustre",
        0x4750_4653 => "gpfs",
        0x786f_4256 => "vboxsf",
        0xbacb_acbc => "vmhgfs",
        0xf15f => "ecryptfs",
        0x2011_bab0 => "exfat",
        0x4d44 => "vfat",
        0x7366_746e | 0x5346_544e => "ntfs",
        0x9fa0 => "proc",
        0x6265_6572 => "sysfs",
        0x6367_7270 | 0x0027_e0eb => "cgroup",
        other => return FileSystem::Weak(format!("a file system of type {other:#x}")),
    };
    FileSystem::Weak(weak.to_owned())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn knows_local_ones() {
        for magic in [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1] {
            assert_eq!(judge(magic), FileSystem::Local, "{magic:#x}");
        }
    }

    #[test]
    fn names_the_others() {
        let cases = [
            (0x6969, "nfs"),
            (0xff53_4d42, "smb"),
            (0x6573_5546, "fuse"),
            (0x0102_1997, "9p"),
            (0x00c3_6400, "ceph"),
            (0x1234_5678, "a file system of type 0x12345678"),
        ];
        for (magic, name) in cases {
            assert_eq!(judge(magic), FileSystem::Weak(name.to_owned()));
        }
    }

    #[test]
    fn refuses_a_real_one_by_name() {
        let refused = check(Path::new("/proc"), false, "load").unwrap_err();
        assert_eq!(refused.kind(), elector::ErrorKind::Invalid);
        assert!(refused.to_string().contains("/proc is on proc"), "{refused}");
        assert!(check(Path::new("/proc"), true, "load").is_ok());
    }

    #[test]
    fn judges_a_folder_by_where_it_will_be() {
        assert!(check(Path::new("/proc/not/made"), false, "load").is_err());
        let folder = tempfile::tempdir().unwrap();
        let made = check(folder.path(), false, "load").unwrap();
        assert_eq!(check(&folder.path().join("not/made"), false, "load").unwrap(), made);
    }
}
