//! The app as a whole: who, where, and how delivery stands.

use std::collections::BTreeMap;

use rounds_shared::{calendar::Day, permission::Role, template::Text};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{safe::GuardView, space::Space};

/// A failure as it crosses: the sentence is `errors.<code>` in the language files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Failure")]
pub struct FailureView {
    /// The code.
    pub code: String,
    /// What the sentence has to name.
    pub params: BTreeMap<String, String>,
}

/// Where the app stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has signed in on this device yet.
    Unenrolled,
    /// The screens belong to nobody: somebody who has signed in before unlocks, or somebody else signs in.
    Locked,
    /// Ready, with or without a connection.
    Ready,
    /// Everything works but delivery: sign in again.
    SessionExpired,
}

/// Who holds the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "User")]
pub struct UserView {
    /// His id.
    pub id: String,
    /// The name he signs in with.
    pub login: String,
    /// His name.
    pub name: String,
    /// His role.
    pub role: Role,
}

/// The state of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AppState {
    /// The app's version.
    pub version: String,
    /// Where it stands.
    pub phase: Phase,
    /// The server's address.
    pub server: Option<String>,
    /// The city.
    pub city: Option<Text>,
    /// Who signed in.
    pub user: Option<UserView>,
    /// The device's id.
    pub device: Option<String>,
    /// What its owner calls it.
    pub device_name: Option<String>,
    /// The city's day by the device's clock.
    pub day: String,
    /// How far the device's clock was ahead of the server's when they last spoke.
    pub clock_skew_ms: Option<i64>,
    /// Who guards the key of his data; none when the screens belong to nobody.
    pub guard: Option<GuardView>,
    /// Whether he has a PIN.
    pub has_pin: bool,
    /// Everybody who has signed in on this device, by name.
    pub holders: Vec<HolderView>,
}

impl AppState {
    /// Of a device whose screens belong to nobody.
    pub(crate) fn of_nobody(phase: Phase, day: Day) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phase,
            server: None,
            city: None,
            user: None,
            device: None,
            device_name: None,
            day: day.to_string(),
            clock_skew_ms: None,
            guard: None,
            has_pin: false,
            holders: Vec::new(),
        }
    }
}

/// Somebody who has signed in on this device, as the lock screen shows him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "Holder")]
pub struct HolderView {
    /// His folder.
    pub id: String,
    /// The name he signs in with.
    pub login: String,
    /// His name.
    pub name: String,
    /// The city.
    pub city: Text,
    /// Whether he has a PIN.
    pub has_pin: bool,
    /// Whether his work is being delivered although the screens are not his.
    pub delivers: bool,
    /// Whether it could be, and only he himself can make it so, by signing in again.
    pub signs_in: bool,
    /// Whether he only looked away: the phone may let him back by his finger or face.
    pub paused: bool,
    /// His changes without a receipt.
    pub changes_waiting: u32,
    /// His photos the server does not have in full.
    pub photos_waiting: u32,
    /// His changes and photos the server would not take.
    pub refused: u32,
    /// After how many seconds a PIN may be tried again.
    pub wait_seconds: u32,
}

/// What delivery is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncPhase {
    /// Nothing to do, or waiting for the next try.
    Idle,
    /// Talking to the server.
    Running,
    /// The server cannot be reached.
    Offline,
    /// The server was reached and something is wrong.
    Failed,
}

/// How delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncStatus {
    /// What it is doing.
    pub phase: SyncPhase,
    /// When a whole sync last ended well.
    pub last_success: Option<i64>,
    /// When it will try again by itself.
    pub next_try: Option<i64>,
    /// What went wrong.
    pub failure: Option<FailureView>,
    /// Changes without a receipt.
    pub changes_pending: u32,
    /// Photos the server does not have in full.
    pub photos_pending: u32,
    /// Their bytes.
    pub photos_pending_bytes: u64,
    /// Whether they wait for Wi-Fi.
    pub photos_wait: bool,
    /// Envelopes held 待审定.
    pub held: u32,
    /// Changes the server would not take: they are on this device alone, until an app or a server of another version.
    pub refused: u32,
    /// Envelopes a supervisor ruled against 不予采用.
    pub dismissed: u32,
    /// Photos the server would not take: they are offered again from time to time.
    pub photos_refused: u32,
    /// Photos the server does not have, and whose bytes can no longer be read here.
    pub photos_lost: u32,
    /// Bytes used on this device.
    pub storage_bytes: u64,
    /// Bytes that its disk can still take; none where that is not known.
    pub free_bytes: Option<u64>,
    /// What there is room for.
    pub space: Space,
    /// Whether the server's last backup holds everything this device has delivered.
    pub backed_up: bool,
}

/// The event `changed`: something was merged or acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Changed {
    /// The inspection; none when it is more than one, or none in particular.
    pub inspection: Option<String>,
}

/// The file that everything recorded on this device was written into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Where it is.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// How many envelopes are in it.
    pub envelopes: u32,
    /// How many photos.
    pub photos: u32,
    /// How many photos are not in it, because their bytes can no longer be read here.
    pub photos_missing: u32,
}
