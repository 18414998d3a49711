//! A small disk: a tmpfs of its own, that can be filled to the last byte without harming anybody.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Bytes of ballast written at a time: a page of a tmpfs.
const BALLAST_BYTES: usize = 4096;

/// There is no small disk here: this process may not mount one.
#[derive(Debug, thiserror::Error)]
#[error("a tmpfs cannot be mounted at {folder}")]
pub struct NotMounted {
    folder: PathBuf,
    #[source]
    source: io::Error,
}

/// A small disk that is mounted as long as this lives.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts an empty disk of so many bytes at a folder, which is made.
    ///
    /// # Errors
    /// [`NotMounted`] when this process may not mount.
    pub fn mount(folder: &Path, bytes: u64) -> Result<Self, NotMounted> {
        let mounted = fs::create_dir_all(folder).and_then(|()| mount(folder, bytes));
        match mounted {
            Ok(()) => Ok(Self { folder: folder.to_owned() }),
            Err(source) => Err(NotMounted { folder: folder.to_owned(), source }),
        }
    }

    /// A folder on it, which is made.
    pub fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Fills it until so many bytes are left.
    pub fn fill(&self, left: u64) -> io::Result<()> {
        let mut ballast = File::options().create(true).append(true).open(self.ballast())?;
        while self.free()? > left {
            match ballast.write_all(&[0; BALLAST_BYTES]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes room again.
    pub fn make_room(&self) -> io::Result<()> {
        fs::remove_file(self.ballast())
    }

    fn free(&self) -> io::Result<u64> {
        let stands = rustix::fs::statvfs(&self.folder)?;
        Ok(stands.f_bavail * stands.f_frsize)
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.folder);
    }
}

#[cfg(target_os = "linux")]
fn mount(folder: &Path, bytes: u64) -> io::Result<()> {
    let size = std::ffi::CString::new(format!("size={bytes}"))?;
    let flags = rustix::mount::MountFlags::NODEV | rustix::mount::MountFlags::NOEXEC;
    Ok(rustix::mount::mount("rounds-torture", folder, "tmpfs", flags, Some(size.as_c_str()))?)
}

#[cfg(target_os = "linux")]
fn unmount(folder: &Path) {
    // Detached, so that a process that still has a file open does not keep it for ever.
    if let Err(error) = rustix::mount::unmount(folder, rustix::mount::UnmountFlags::DETACH) {
        eprintln!("{} stays mounted: {error}", folder.display());
    }
}

#[cfg(not(target_os = "linux"))]
fn mount(_: &Path, _: u64) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "a small disk is a tmpfs, and only Linux has it"))
}

#[cfg(not(target_os = "linux"))]
fn unmount(_: &Path) {}
