//! What the phone's network costs, and whether photos wait for one that costs nothing: of the phone, whoever has the
//! screens. What was set is kept in a file, so that a start knows it before any page has said it; what the network of the
//! moment costs is not, and until somebody says so it may cost something.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{app::App, failure::Failure, files::write_whole};

const NETWORK: &str = "network.json";

/// The network of the phone.
pub(super) struct Network {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Clone, Copy)]
struct Known {
    /// None where nobody has set it since the phone knows it: then each holder's data says what he had set.
    set: Option<Set>,
    /// Whether that is in the file.
    is_kept: bool,
    is_metered: bool,
}

/// What was set.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Set {
    wifi_only: bool,
}

impl Network {
    pub(super) fn of(dir: &Path) -> Self {
        let path = dir.join(NETWORK);
        // One that is not there or cannot be read says nothing.
        let set = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, known: Mutex::new(Known { set, is_kept: true, is_metered: true }) }
    }

    /// Keeps what the screens say.
    pub(super) fn note(&self, wifi_only: bool, is_metered: bool) -> Result<(), Failure> {
        let set = Set { wifi_only };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_kept = known.is_kept && known.set == Some(set);
        *known = Known { set: Some(set), is_kept, is_metered };
        if !is_kept {
            write_whole(&self.path, &serde_json::to_vec(&set).expect("a flag is always JSON"))?;
            known.is_kept = true;
        }
        Ok(())
    }

    /// Tells an open app.
    pub(super) fn tell(&self, app: &App) -> Result<(), Failure> {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.set.map_or(Ok(()), |set| app.photos_policy(set.wifi_only, known.is_metered).map(drop))
    }
}
