//! Which file systems tell of changes made elsewhere: none that lies across a network or a virtual machine's wall. These are polled.

use std::path::{Path, PathBuf};

/// Types whose files change behind the kernel's back. `fuseblk` is not among them: a local drive, changed through this mount only.
const REMOTE: &[&str] =
    &["9p", "afs", "ceph", "cifs", "fuse", "ncpfs", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"];

/// Returns the type of the file system that holds `root`, if it is one that must be polled. Where there is no `/proc`, it is not known.
pub(super) fn remote_file_system(root: &Path) -> Option<String> {
    file_system_of(root).filter(|kind| is_remote(kind))
}

/// Returns the type of the file system that holds a folder, where it is known.
pub fn file_system_of(folder: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    file_system(&mounts, &folder.canonicalize().ok()?).map(str::to_owned)
}

/// Returns whether the files of such a file system change behind the kernel's back.
pub fn is_remote(kind: &str) -> bool {
    REMOTE.contains(&kind) || kind.starts_with("fuse.")
}

/// Returns the type of the innermost mount above `path`; of two at one place the later one hides the other.
fn file_system<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mounts = mounts.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    mounts.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

/// Returns the mount point and the type in a line of `mountinfo`; see proc_pid_mountinfo(5).
fn mount(line: &str) -> Option<(PathBuf, &str)> {
    let (place, file_system) = line.split_once(" - ")?;
    Some((unescaped(place.split(' ').nth(4)?), file_system.split(' ').next()?))
}

/// Returns a mount point as it is: blanks and backslashes stand there in octal.
fn unescaped(point: &str) -> PathBuf {
    let point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    PathBuf::from(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
30 22 0:27 / /mnt/my\\040notes rw,relatime shared:15 master:2 - nfs4 server:/notes rw,vers=4.2
31 30 8:1 / /mnt/my\\040notes/usb rw - vfat /dev/sda1 rw
40 22 0:40 / /drive rw - ext4 /dev/sdb1 rw
41 40 0:41 / /drive rw - fuse.rclone remote: rw
42 22 0:42 / /ntfs rw - fuseblk /dev/sdc1 rw";

    #[test]
    fn the_innermost_and_latest_mount_holds_a_path() {
        for (path, kind, is_polled) in [
            ("/srv/vault", "ext4", false),
            ("/mnt/my notes/vault", "nfs4", true),
            ("/mnt/my notes/usb/vault", "vfat", false),
            ("/mnt/my notesbook", "ext4", false),
            ("/drive", "fuse.rclone", true),
            ("/ntfs/vault", "fuseblk", false),
        ] {
            assert_eq!(file_system(MOUNTS, Path::new(path)), Some(kind), "{path}");
            assert_eq!(is_remote(kind), is_polled, "{path}");
        }
    }
}
