//! Everything that was recorded on this device as one file, for when it can no longer deliver by itself.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use rounds_shared::{
    calendar::Day,
    ids::PhotoHash,
    protocol::{
        EXPORT_ABOUT, EXPORT_ENVELOPES, EXPORT_FORM, EXPORT_INSPECTIONS, EXPORT_PHOTOS,
        EXPORT_PHOTOS_MISSING, ExportAbout,
    },
};

use crate::{app::App, failure::Failure, store, view::Exported};

/// Digits of the device's id in the file's name: enough to tell phones on one desk apart.
const DEVICE_DIGITS: usize = 8;
const MS_PER_SECOND: i64 = 1000;

impl App {
    /// Writes everything that was recorded here into a file of this folder, beside what is delivered as well: whoever
    /// imports it need not know how far delivery has got. Tells where it is.
    ///
    /// # Errors
    /// When nobody has signed in, or the file cannot be written whole: then there is none.
    pub fn export(&self, folder: &Path) -> Result<Exported, Failure> {
        let now = self.now();
        self.device().pack(now)?;
        let (about, envelopes, documents) = {
            let device = self.device();
            let identity = device.identity()?;
            let about = ExportAbout {
                form: EXPORT_FORM,
                city: identity.city.to_string(),
                device: identity.device,
                made_at: now,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let connection = device.store.read();
            (about, store::outbox::numbers(connection)?, store::outbox::documents(connection)?)
        };
        std::fs::create_dir_all(folder)?;
        // Under another name until it is whole, and gone when it does not become so.
        let unfinished = tempfile::Builder::new().suffix(".part").tempfile_in(folder)?;
        let mut archive = tar::Builder::new(BufWriter::new(unfinished.as_file()));
        let about_json = serde_json::to_vec_pretty(&about).expect("texts and numbers are always JSON");
        append(&mut archive, EXPORT_ABOUT, &about_json, now)?;
        for n in &envelopes {
            // The lock is taken anew for each: taps go on meanwhile.
            let bytes = store::outbox::bytes(self.device().store.read(), *n)?;
            append(&mut archive, &format!("{EXPORT_ENVELOPES}/{n:08}"), &bytes, now)?;
        }
        for doc in documents {
            // One that left this person's sight is in its envelopes only.
            if let Ok(bytes) = self.device().document(doc) {
                append(&mut archive, &format!("{EXPORT_INSPECTIONS}/{doc}.automerge"), &bytes, now)?;
            }
        }
        // The checklists' own pictures came from the server.
        let references = self.device().references();
        let photos: Vec<_> =
            self.photos().all()?.into_iter().filter(|hash| !references.contains(hash)).collect();
        let mut written = 0;
        // Those whose files are gone are in no folder.
        let mut missing: BTreeSet<PhotoHash> =
            store::photos::not_there(self.device().store.read())?.into_iter().collect();
        for hash in &photos {
            match self.photos().full(*hash) {
                Ok(bytes) => {
                    append(&mut archive, &format!("{EXPORT_PHOTOS}/{hash}.jpg"), &bytes, now)?;
                    missing.remove(hash);
                    written += 1;
                }
                // One that its disk will not give keeps nothing else back.
                Err(failure) => {
                    tracing::error!(%hash, error = &failure as &dyn std::error::Error, "a photo is not exported");
                    missing.insert(*hash);
                }
            }
        }
        if !missing.is_empty() {
            append(&mut archive, EXPORT_PHOTOS_MISSING, self.list(&missing)?.as_bytes(), now)?;
        }
        archive.into_inner()?.flush()?;
        unfinished.as_file().sync_all()?;
        let bytes = unfinished.as_file().metadata()?.len();
        let path = place(folder, &about);
        unfinished.persist(&path).map_err(|error| error.error)?;
        Ok(Exported {
            path: path.display().to_string(),
            bytes,
            envelopes: u32::try_from(envelopes.len()).unwrap_or(u32::MAX),
            photos: u32::try_from(written).unwrap_or(u32::MAX),
            photos_missing: u32::try_from(missing.len()).unwrap_or(u32::MAX),
        })
    }

    /// A line a photo: its hash, and the documents that name it, for whoever opens the file.
    fn list(&self, photos: &BTreeSet<PhotoHash>) -> Result<String, Failure> {
        let device = self.device();
        let mut list = String::new();
        for hash in photos {
            let documents = store::photos::documents(device.store.read(), *hash)?;
            list.push_str(&hash.to_string());
            documents.iter().for_each(|doc| list.extend([" ", &doc.to_string()]));
            list.push('\n');
        }
        Ok(list)
    }
}

/// A name that tells whose it is and when it was made.
fn place(folder: &Path, about: &ExportAbout) -> PathBuf {
    let device: String = about.device.to_string().chars().take(DEVICE_DIGITS).collect();
    let seconds = about.made_at / MS_PER_SECOND;
    folder.join(format!("rounds-{device}-{}-{seconds}.tar", Day::of(about.made_at)))
}

fn append(
    archive: &mut tar::Builder<BufWriter<&File>>,
    name: &str,
    bytes: &[u8],
    made_at: i64,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(made_at / MS_PER_SECOND).unwrap_or_default());
    archive.append_data(&mut header, name, bytes)
}
