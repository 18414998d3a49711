//! Who guards a person's key on this device: the file `safe.json` beside his database.
//!
//! Where the system keeps keys, it has this one, and a PIN only opens the screens. Elsewhere the key lies in the file,
//! wrapped by the PIN; and where no PIN was chosen either, it lies there openly, which the screens say. Wherever the key
//! is, it lies here once more, wrapped for the server's recovery: losing the PIN, or what the system keeps, costs no data.

mod pin;
mod tries;

pub use pin::check as check_pin;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use rounds_shared::template::Text;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    files::write_whole,
    key::{DataKey, KEY_BYTES},
    key_store::KeyStore,
    surroundings::Surroundings,
};
use pin::Wrapped;
use tries::Tries;

/// The file's name.
const SAFE: &str = "safe.json";
/// The file's form. A later one is left alone.
const FORM: u8 = 1;

/// Whose data it is, as the lock screen says it without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// His account.
    pub(crate) login: String,
    /// His name.
    pub(crate) name: String,
    /// The server's address.
    pub(crate) server: String,
    /// The key it is known by, in hexadecimal.
    pub(crate) server_key: String,
    /// The city.
    pub(crate) city: Text,
}

/// Who has the key.
#[derive(Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Guard {
    /// The system's key store, under the name of the folder. What the PIN wraps then is nothing but a mark.
    KeyStore { pin: Option<Wrapped> },
    /// The PIN: nothing else on this device opens it.
    Pin { key: Wrapped },
    /// Nobody: whoever has the device has it.
    Nobody { key: String },
}

#[derive(Serialize, Deserialize)]
struct Kept {
    form: u8,
    /// None until the sign-in that made it is over: nothing is recorded before that.
    holder: Option<Holder>,
    guard: Guard,
    /// The key, wrapped for the server.
    recovery: Option<String>,
    /// The wrong PINs an earlier version counted here; the file of their own comes before it.
    #[serde(default)]
    tries: Tries,
}

/// What the screens say of how the data is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "Guard")]
#[serde(rename_all = "snake_case")]
pub enum GuardView {
    /// The system's key store has the key.
    KeyStore,
    /// Only the PIN opens it.
    Pin,
    /// Whoever has the device can read it.
    Nobody,
}

/// A person's safe.
pub(crate) struct Safe {
    folder: PathBuf,
    kept: Kept,
}

impl Safe {
    /// Makes one for a key that is new here. Where the system keeps keys it gets this one; else the PIN wraps it.
    pub(crate) fn make(
        folder: &Path,
        key: &DataKey,
        pin: Option<&str>,
        store: &dyn KeyStore,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let folder = folder.to_owned();
        let guard = guard(&folder, key, pin, store, surroundings)?;
        let kept = Kept { form: FORM, holder: None, guard, recovery: None, tries: Tries::default() };
        let mut safe = Self { folder, kept };
        safe.save()?;
        // Its file is there from now on: no try needs room of its own.
        safe.count(Tries::default());
        Ok(safe)
    }

    /// The safe of a folder, if there is one.
    pub(crate) fn load(folder: &Path) -> Result<Option<Self>, Failure> {
        let bytes = match fs::read(folder.join(SAFE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        match serde_json::from_slice::<Kept>(&bytes) {
            Ok(mut kept) if kept.form == FORM => {
                kept.tries = Tries::of(folder).unwrap_or(kept.tries);
                Ok(Some(Self { folder: folder.to_owned(), kept }))
            }
            Ok(_) => Err(Failure::StorageNewer),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a safe cannot be read");
                Err(Failure::StorageFailed)
            }
        }
    }

    /// Whose it is.
    pub(crate) fn holder(&self) -> Option<&Holder> {
        self.kept.holder.as_ref()
    }

    /// Says whose it is, from now on, and keeps the key wrapped for the server's recovery.
    pub(crate) fn keep(&mut self, holder: Holder, recovery: Option<String>) -> Result<(), Failure> {
        if self.kept.holder.as_ref() == Some(&holder) && recovery.is_none() {
            return Ok(());
        }
        self.kept.holder = Some(holder);
        self.kept.recovery = recovery.or(self.kept.recovery.take());
        self.save()
    }

    /// The key, wrapped for the server.
    pub(crate) fn recovery(&self) -> Option<&str> {
        self.kept.recovery.as_deref()
    }

    /// Who guards it.
    pub(crate) fn guard(&self) -> GuardView {
        match self.kept.guard {
            Guard::KeyStore { .. } => GuardView::KeyStore,
            Guard::Pin { .. } => GuardView::Pin,
            Guard::Nobody { .. } => GuardView::Nobody,
        }
    }

    /// Whether a PIN is asked.
    pub(crate) fn has_pin(&self) -> bool {
        match &self.kept.guard {
            Guard::KeyStore { pin } => pin.is_some(),
            Guard::Pin { .. } => true,
            Guard::Nobody { .. } => false,
        }
    }

    /// How long nobody may try a PIN, in milliseconds. A clock that was set back counts from where it stands now.
    pub(crate) fn wait_ms(&self, now: i64) -> i64 {
        self.kept.tries.wait_ms(now)
    }

    /// The key without asking anybody: for delivering, and where no PIN was chosen. None where only the PIN opens it.
    pub(crate) fn unasked(&self, store: &dyn KeyStore) -> Result<Option<DataKey>, Failure> {
        match &self.kept.guard {
            Guard::KeyStore { .. } => {
                let bytes = store.get(&self.name())?.ok_or(Failure::KeyLost)?;
                Ok(Some(DataKey::new(*bytes)))
            }
            Guard::Pin { .. } => Ok(None),
            Guard::Nobody { key } => {
                let bytes = HEXLOWER.decode(key.as_bytes()).ok();
                let bytes: [u8; KEY_BYTES] =
                    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(Failure::KeyLost)?;
                Ok(Some(DataKey::new(bytes)))
            }
        }
    }

    /// The key for whoever knows the PIN. A try counts before it is looked at, so that ending the app saves nobody a wait.
    pub(crate) fn open(
        &mut self,
        pin: Option<&str>,
        store: &dyn KeyStore,
        now: i64,
    ) -> Result<DataKey, Failure> {
        let Some(wrapped) = self.pin() else {
            return self.unasked(store)?.ok_or(Failure::KeyLost);
        };
        let wrapped = wrapped.clone();
        let pin = pin.ok_or(Failure::Locked)?;
        let before = self.kept.tries.not_after(now);
        if before != self.kept.tries {
            self.count(before);
        }
        let wait = self.wait_ms(now);
        if wait > 0 {
            return Err(wait_for(wait));
        }
        self.count(before.and_one_at(now));
        let Some(opened) = wrapped.open(pin) else {
            let wait = self.wait_ms(now);
            return Err(if wait > 0 { wait_for(wait) } else { Failure::PinWrong });
        };
        self.count(Tries::default());
        match self.kept.guard {
            Guard::KeyStore { .. } => self.unasked(store)?.ok_or(Failure::KeyLost),
            Guard::Pin { .. } | Guard::Nobody { .. } => Ok(opened),
        }
    }

    /// Another PIN from now on, or the first one; whoever asks has the key.
    pub(crate) fn set_pin(
        &mut self,
        key: &DataKey,
        pin: &str,
        store: &dyn KeyStore,
        surroundings: &Surroundings,
    ) -> Result<(), Failure> {
        self.kept.guard = guard(&self.folder, key, Some(pin), store, surroundings)?;
        self.save()?;
        self.count(Tries::default());
        Ok(())
    }

    /// Removes everything of this person from the device: the key first, so that nothing of the rest can be read.
    pub(crate) fn remove(self, store: &dyn KeyStore) -> Result<(), Failure> {
        if let Guard::KeyStore { .. } = self.kept.guard
            && let Err(failure) = store.remove(&self.name())
        {
            // It opens nothing any more.
            tracing::warn!(error = &failure as &dyn std::error::Error, "a key stays in the key store");
        }
        Ok(fs::remove_dir_all(&self.folder)?)
    }

    fn pin(&self) -> Option<&Wrapped> {
        match &self.kept.guard {
            Guard::KeyStore { pin } => pin.as_ref(),
            Guard::Pin { key } => Some(key),
            Guard::Nobody { .. } => None,
        }
    }

    fn count(&mut self, tries: Tries) {
        self.kept.tries = tries;
        tries.keep(&self.folder);
    }

    fn name(&self) -> String {
        name(&self.folder)
    }

    fn save(&self) -> Result<(), Failure> {
        let json = serde_json::to_vec_pretty(&self.kept).expect("texts and numbers are always JSON");
        Ok(write_whole(&self.folder.join(SAFE), &json)?)
    }
}

/// Gives the key to the system's key store and sees whether it has it; else to the PIN; else to nobody.
fn guard(
    folder: &Path,
    key: &DataKey,
    pin: Option<&str>,
    store: &dyn KeyStore,
    surroundings: &Surroundings,
) -> Result<Guard, Failure> {
    pin.map(pin::check).transpose()?;
    let name = name(folder);
    let is_kept = store.put(&name, key.as_bytes()).is_ok()
        && store.get(&name).is_ok_and(|kept| kept.is_some_and(|kept| &*kept == key.as_bytes()));
    // What the PIN wraps must not be the key where another guards it: six digits are soon guessed.
    let mark = || DataKey::new(surroundings.random());
    Ok(match pin {
        _ if is_kept => Guard::KeyStore { pin: pin.map(|pin| Wrapped::new(&mark(), pin, surroundings)) },
        Some(pin) => Guard::Pin { key: Wrapped::new(key, pin, surroundings) },
        None => Guard::Nobody { key: HEXLOWER.encode(key.as_bytes()) },
    })
}

fn wait_for(ms: i64) -> Failure {
    Failure::PinWait { seconds: u64::try_from(ms).unwrap_or(0).div_ceil(1000) }
}

/// What the key is called in the system's key store: no two phones or people have the same folder.
fn name(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
