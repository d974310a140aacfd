//! On what kind of file system a directory is: where nothing reaches a disk, durability costs nothing.

use std::fs;
use std::path::Path;

/// Kind of the file system of a directory, such as `ext4`; `unknown` where the system does not tell.
pub(crate) fn kind_of(directory: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    kind_in(&mounts, &directory).unwrap_or("unknown").to_owned()
}

/// The kind at the deepest mount point above the directory, the last one mounted there.
fn kind_in<'a>(mounts: &'a str, directory: &Path) -> Option<&'a str> {
    let mount = |line: &'a str| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    };
    let above = mounts.lines().filter_map(mount).filter(|(point, _)| directory.starts_with(point));
    above.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_is_that_of_the_deepest_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk xfs rw 0 0\n";
        let cases = [("/home", "ext4"), ("/tmp", "tmpfs"), ("/tmp/disk/x", "xfs"), ("/tmp/disks", "tmpfs")];
        for (directory, kind) in cases {
            assert_eq!(kind_in(mounts, Path::new(directory)), Some(kind), "{directory}");
        }
        assert_eq!(kind_in("", Path::new("/")), None);
    }
}
