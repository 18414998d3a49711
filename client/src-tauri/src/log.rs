//! What the app says of its own troubles: text in the data directory, for whoever has to find out what went wrong. What was
//! recorded is never in it; two files of a mebibyte at most, so that it never costs room that records need.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rounds_client_core::Failure;
use tauri::{Runtime, plugin::TauriPlugin};
use tauri_plugin_log::log::LevelFilter;
use tauri_plugin_log::{Builder, RotationStrategy, Target, TargetKind};

/// The folder in the data directory.
const FOLDER: &str = "logs";
const NAME: &str = "rounds";
const FILE_BYTES_MAX: u128 = 1024 * 1024;
/// Full files that are kept beside the one that is written.
const FULL_FILES: usize = 1;

/// Writes what this crate's and its libraries' `tracing` and `log` say, and what the page reports.
pub(crate) fn plugin<R: Runtime>(data_dir: &Path) -> TauriPlugin<R> {
    let file = TargetKind::Folder { path: data_dir.join(FOLDER), file_name: Some(NAME.to_owned()) };
    Builder::new()
        .clear_targets()
        .targets([Target::new(file), Target::new(TargetKind::Stderr)])
        .level(LevelFilter::Warn)
        .level_for("rounds_app_lib", LevelFilter::Info)
        .level_for("rounds_client_core", LevelFilter::Info)
        .max_file_size(FILE_BYTES_MAX)
        .rotation_strategy(RotationStrategy::KeepSome(FULL_FILES))
        .build()
}

/// Copies everything that is said so far, oldest first, to where a person can find it and pass it on; tells where.
///
/// # Errors
/// When it cannot be read or written whole: then there is no file.
pub(crate) fn export(data_dir: &Path, exports: &Path) -> Result<PathBuf, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(data_dir.join(FOLDER))? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    fs::create_dir_all(exports)?;
    let mut copy = tempfile::Builder::new().prefix("rounds-").suffix(".log").tempfile_in(exports)?;
    for (_, file) in files {
        io::copy(&mut fs::File::open(file)?, &mut copy)?;
    }
    copy.flush()?;
    let (_, path) = copy.keep().map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_log_has_every_file_oldest_first() {
        let (data, exports) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = data.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
        fs::write(folder.join("rounds.log"), "new\n").unwrap();
        fs::write(folder.join("rounds_full.log"), "old\n").unwrap();
        fs::File::options()
            .append(true)
            .open(folder.join("rounds_full.log"))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        let path = export(data.path(), &exports.path().join("made")).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "old\nnew\n");
        assert!(export(exports.path(), exports.path()).is_err(), "where there is no log there is no file");
    }
}
