//! Taking in the file of a device that can no longer connect. Its envelopes go the way of all others: signatures, gate,
//! writer; whoever carries the file need not be trusted. What is in the log already is answered as before, so importing
//! twice is harmless.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    path::Path,
};

use rounds_shared::{
    ids::PhotoHash,
    protocol::{
        EXPORT_ABOUT, EXPORT_ENVELOPES, EXPORT_FORM, EXPORT_PHOTOS, ExportAbout, Outcome,
        limits::{ENVELOPE_BYTES_MAX, PHOTO_BYTES_MAX},
    },
};

use crate::{
    app::App,
    intake::{Bearer, IntakeError},
    photos::PhotoError,
    vault::VaultError,
};

/// Envelopes that share a commit.
const PAGE_ENVELOPES: usize = 64;
/// Longest `about.json`.
const ABOUT_BYTES_MAX: u64 = 64 * 1024;

/// What has come of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Envelopes that are merged, now or already before.
    pub merged: u64,
    /// Envelopes that wait for a ruling 待审定, or for others.
    pub held: u64,
    /// Envelopes that were not taken.
    pub refused: u64,
    /// Photos that were taken in.
    pub photos: u64,
    /// Photos that were here before.
    pub photos_known: u64,
    /// Files that are not the photos they are named after.
    pub photos_refused: u64,
}

/// Why a file was not taken in, or not all of it. What was taken in stays; it may be imported again.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is no export of a device, or of a later version.
    #[error("file is no export of a device")]
    NoExport,
    /// It is of another city.
    #[error("file is of city {0}")]
    OtherCity(String),
    /// It cannot be read to its end.
    #[error("file cannot be read")]
    Io(#[from] io::Error),
    /// The envelopes cannot be written.
    #[error("envelopes cannot be written")]
    Intake(#[from] IntakeError),
    /// The photos cannot be written.
    #[error("photos cannot be written")]
    Photo(#[from] PhotoError),
    /// What is known of the device cannot be read.
    #[error("vault cannot be read")]
    Vault(#[from] VaultError),
}

/// Takes a file in.
///
/// # Errors
/// [`ImportError`]; what was taken in until then stays.
pub async fn import(app: &App, file: &Path) -> Result<Imported, ImportError> {
    let mut archive = tar::Archive::new(File::open(file)?);
    let mut entries = archive.entries()?;
    let first = entries.next().ok_or(ImportError::NoExport)?.map_err(|_| ImportError::NoExport)?;
    let about = about(first)?;
    if about.city != app.city.code.to_string() {
        return Err(ImportError::OtherCity(about.city));
    }
    // What the device had confirmed by itself is known; a file adds nothing to it.
    let confirmed = app.vault.contact_of(about.device)?.map_or(0, |contact| contact.confirmed);
    let bearer = Bearer { device: about.device, confirmed };
    let (mut done, mut page) = (Imported::default(), Vec::new());
    for entry in entries {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        if path.starts_with(EXPORT_ENVELOPES) {
            page.push(read(&mut entry, ENVELOPE_BYTES_MAX as u64)?);
            if page.len() == PAGE_ENVELOPES {
                deliver(app, bearer, std::mem::take(&mut page), &mut done).await?;
            }
        } else if path.starts_with(EXPORT_PHOTOS) {
            let hash = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
            let bytes = read(&mut entry, PHOTO_BYTES_MAX)?;
            take_in(app, hash, &bytes, &mut done).await?;
        }
    }
    deliver(app, bearer, page, &mut done).await?;
    Ok(done)
}

fn about(entry: tar::Entry<'_, File>) -> Result<ExportAbout, ImportError> {
    let is_named = entry.path().is_ok_and(|path| path == Path::new(EXPORT_ABOUT));
    let about: ExportAbout =
        serde_json::from_reader(entry.take(ABOUT_BYTES_MAX)).map_err(|_| ImportError::NoExport)?;
    if is_named && about.form == EXPORT_FORM { Ok(about) } else { Err(ImportError::NoExport) }
}

/// One byte more than may be is read, so that whoever judges sees that it is too long.
fn read(entry: &mut tar::Entry<'_, File>, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.take(bytes_max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn deliver(
    app: &App,
    bearer: Bearer,
    mut envelopes: Vec<Vec<u8>>,
    done: &mut Imported,
) -> Result<(), ImportError> {
    let server = app.vault.server_key().public();
    while !envelopes.is_empty() {
        let verdicts = app.intake.envelopes(envelopes.clone(), bearer).await?;
        for verdict in &verdicts {
            match verdict.verify(&server).map(|verdict| verdict.outcome) {
                Some(Outcome::Receipt { .. }) => done.merged += 1,
                Some(Outcome::Held { .. }) => done.held += 1,
                Some(Outcome::Refused { .. } | Outcome::Later) | None => done.refused += 1,
            }
        }
        // The writer may leave some for the next time.
        envelopes.drain(..verdicts.len().max(1).min(envelopes.len()));
    }
    Ok(())
}

async fn take_in(
    app: &App,
    hash: Option<PhotoHash>,
    bytes: &[u8],
    done: &mut Imported,
) -> Result<(), ImportError> {
    let Some(hash) = hash else {
        done.photos_refused += 1;
        return Ok(());
    };
    if app.photos.has(hash) {
        done.photos_known += 1;
        return Ok(());
    }
    // In the data folder, because it is moved to its place.
    let mut file = tempfile::NamedTempFile::new_in(&app.config.data)?;
    file.write_all(bytes)?;
    let path = file.into_temp_path();
    match app.photos.take_in(path.to_path_buf(), hash).await {
        Ok(()) => done.photos += 1,
        Err(PhotoError::Hash | PhotoError::NotPicture(_)) => done.photos_refused += 1,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
