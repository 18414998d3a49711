//! The one window that works on a directory: two of them would count their envelopes twice.

use std::{
    fs::{File, TryLockError},
    io::ErrorKind,
    path::Path,
};

use crate::failure::Failure;

/// The file that is locked by whoever works on the directory.
const LOCK: &str = "lock";

/// The lock, held as long as this lives.
pub(super) struct Window {
    _lock: File,
}

impl Window {
    pub(super) fn open(dir: &Path) -> Result<Self, Failure> {
        let lock = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK))?;
        alone(lock.try_lock())?;
        Ok(Self { _lock: lock })
    }
}

/// Whether nobody else works there, by what the system says of the lock. Android's standard library knows no such lock,
/// and Android runs an app once: there is nothing to lock out there, and refusing would keep everybody out.
fn alone(locked: Result<(), TryLockError>) -> Result<(), Failure> {
    match locked {
        Err(TryLockError::WouldBlock) => Err(Failure::StorageInUse),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_system_that_knows_no_lock_opens_the_app_and_any_other_trouble_is_said() {
        let failed = |kind| alone(Err(TryLockError::Error(io::Error::from(kind))));
        assert_eq!(failed(ErrorKind::Unsupported), Ok(()));
        assert_eq!(failed(ErrorKind::StorageFull), Err(Failure::StorageFull));
        assert_eq!(failed(ErrorKind::PermissionDenied), Err(Failure::StorageFailed));
        assert_eq!(alone(Err(TryLockError::WouldBlock)), Err(Failure::StorageInUse));
    }
}
