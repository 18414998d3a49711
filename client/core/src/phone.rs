//! The phone in the hands of one person after the other: for each a folder with his own key, database and photos.
//!
//! ```text
//! network.json             whether photos wait for Wi-Fi
//! lock                     held by the one window that works on this directory
//! holders/FOLDER/safe.json who guards his key
//!                waiting.json    how much of his is not delivered, for the lock screen
//!                rounds.sqlite, photos/, thumbs/    his data
//! ```
//!
//! The screens belong to one person at a time. Locking takes them from him and nothing else: what he recorded goes on
//! being delivered as long as the app runs, and after the next start too where the system's key store has his key. Where
//! only his PIN has it, it waits for him, and the lock screen says so.

mod address;
mod earlier;
mod holder;
mod network;
mod owner;
mod pause;
mod waiting;
mod window;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use data_encoding::HEXLOWER;
use rounds_shared::{calendar::Day, protocol::RecoveryRequest};

use crate::{
    app::{App, EnrolInput, Event},
    failure::Failure,
    http::{self, Server},
    key::{DataKey, KEY_BYTES},
    key_store::KeyStore,
    link::Link as _,
    runner::Runner,
    safe::{self, Safe},
    surroundings::Surroundings,
    view::{AppState, HolderView, Phase, SyncStatus},
};
use network::Network;
use pause::Paused;
use waiting::{Counts, Waiting};
use window::Window;

/// The folder of the people's folders.
const HOLDERS: &str = "holders";
/// Bytes of a folder's name.
const FOLDER_BYTES: usize = 8;

/// Hears what the app says on its own, from whatever thread.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;
/// Makes the surroundings of one more open app.
pub type Around = Box<dyn Fn() -> Surroundings + Send + Sync>;

/// The phone. Commands may come from any thread.
pub struct Phone {
    holders: PathBuf,
    key_store: Box<dyn KeyStore>,
    around: Around,
    surroundings: Surroundings,
    tell: Tell,
    /// Held while somebody signs in, unlocks or changes his PIN: that takes its time.
    one_at_a_time: Mutex<()>,
    hands: Mutex<Hands>,
    network: Network,
    _window: Window,
}

/// Whose data is open, and to whom the screens belong.
#[derive(Default)]
struct Hands {
    open: BTreeMap<String, Open>,
    current: Option<String>,
    paused: Option<Paused>,
}

/// A person's open app, and the thread that delivers for it.
struct Open {
    app: Arc<App>,
    runner: Runner,
    key: DataKey,
    is_shown: Arc<AtomicBool>,
}

impl Phone {
    /// Opens the directory. Whoever needs no PIN has the screens at once, if he is the only one; whose work is to be
    /// delivered and whose key can be had is delivered for.
    ///
    /// # Errors
    /// When the directory cannot be used: full, in use by another window, or of a later version.
    pub fn open(
        dir: &Path,
        key_store: Box<dyn KeyStore>,
        around: Around,
        tell: Tell,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(dir)?;
        let window = Window::open(dir)?;
        let holders = dir.join(HOLDERS);
        fs::create_dir_all(&holders)?;
        let surroundings = around();
        earlier::move_in(dir, &holders, &*key_store, &surroundings)?;
        let phone = Self {
            holders,
            key_store,
            around,
            surroundings,
            tell,
            one_at_a_time: Mutex::default(),
            hands: Mutex::default(),
            network: Network::of(dir),
            _window: window,
        };
        phone.begin()?;
        Ok(phone)
    }

    /// What can be opened without anybody.
    fn begin(&self) -> Result<(), Failure> {
        let safes: Vec<_> =
            self.safes()?.into_iter().filter_map(|(folder, safe)| self.owned(folder, safe)).collect();
        let is_only = safes.len() == 1;
        for (folder, safe) in safes {
            let is_his = is_only && !safe.has_pin();
            if !is_his && !Waiting::of(&self.holders.join(&folder)).counts().is_anything() {
                continue;
            }
            // A key that cannot be had now is asked for when he opens.
            let Ok(Some(key)) = safe.unasked(&*self.key_store) else { continue };
            match self.start(&folder, &key) {
                Ok(open) => self.take(&folder, open, is_his),
                Err(failure) if is_his => return Err(failure),
                Err(failure) => {
                    tracing::warn!(error = &failure as &dyn std::error::Error, "somebody's work waits");
                }
            }
        }
        Ok(())
    }

    /// The app of whoever has the screens.
    ///
    /// # Errors
    /// When they belong to nobody.
    pub fn app(&self) -> Result<Arc<App>, Failure> {
        let hands = self.hands();
        let current = hands.current.as_ref().and_then(|folder| hands.open.get(folder));
        current.map(|open| Arc::clone(&open.app)).ok_or(Failure::Locked)
    }

    /// Whose phone it is, who has the screens, and what waits for whom.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn state(&self) -> Result<AppState, Failure> {
        self.tidy()?;
        let safes = self.safes()?;
        let (current, app) = {
            let hands = self.hands();
            let app = hands.current.as_ref().and_then(|folder| hands.open.get(folder));
            (hands.current.clone(), app.map(|open| Arc::clone(&open.app)))
        };
        let mut holders: Vec<HolderView> =
            safes.iter().filter_map(|(folder, safe)| self.holder(folder, safe)).collect();
        holders.sort_by(|one, other| one.name.cmp(&other.name));
        let mut state = match app {
            Some(app) => app.state()?,
            None => {
                let phase = if holders.is_empty() { Phase::Unenrolled } else { Phase::Locked };
                // Whoever signs in next most likely has the same server.
                let server = safes.iter().find_map(|(_, safe)| Some(safe.holder()?.server.clone()));
                AppState { server, ..AppState::of_nobody(phase, Day::of(self.surroundings.now())) }
            }
        };
        if let Some((_, safe)) = safes.iter().find(|(folder, _)| Some(folder) == current.as_ref()) {
            (state.guard, state.has_pin) = (Some(safe.guard()), safe.has_pin());
        }
        state.holders = holders;
        Ok(state)
    }

    /// Signs a person in: whoever has the screens again, or somebody who is new on this phone, with the PIN he has chosen.
    ///
    /// # Errors
    /// As [`App::enrol`]; when the PIN is none; when he is on this phone already and has only to unlock.
    pub fn enrol(&self, input: &EnrolInput, pin: Option<&str>) -> Result<AppState, Failure> {
        let _one = lock(&self.one_at_a_time);
        match self.app() {
            Ok(app) => {
                app.enrol(input)?;
                self.note_holder();
            }
            Err(_) => self.enrol_new(input, pin)?,
        }
        self.state()
    }

    fn enrol_new(&self, input: &EnrolInput, pin: Option<&str>) -> Result<(), Failure> {
        pin.map(safe::check_pin).transpose()?;
        let login = input.login.trim().to_lowercase();
        for (_, safe) in self.safes()? {
            if let Some(holder) = safe.holder()
                && holder.login.to_lowercase() == login
                && http::address(&input.server).as_ref() == Some(&holder.server)
            {
                return Err(Failure::HolderKnown { name: holder.name.clone() });
            }
        }
        let folder = HEXLOWER.encode(&self.surroundings.random::<FOLDER_BYTES>());
        let path = self.holders.join(&folder);
        fs::create_dir_all(&path)?;
        let key = DataKey::new(self.surroundings.random());
        let mut safe = Safe::make(&path, &key, pin, &*self.key_store, &self.surroundings)?;
        let signed_in = self.start(&folder, &key).and_then(|open| {
            open.app.enrol(input)?;
            // Whose it is stands on the disk before he can record anything: without that the next start finds nobody's.
            note(&mut safe, &open.app, &open.key)?;
            Ok(open)
        });
        match signed_in {
            Ok(open) => {
                self.take(&folder, open, true);
                Ok(())
            }
            Err(failure) => {
                self.forget(safe);
                Err(failure)
            }
        }
    }

    /// Takes the screens from whoever has them. What he recorded is delivered all the same.
    pub fn lock(&self) -> &Self {
        let mut hands = self.hands();
        hands.paused = None;
        if let Some(folder) = hands.current.take()
            && let Some(open) = hands.open.get(&folder)
        {
            open.is_shown.store(false, Ordering::Relaxed);
        }
        drop(hands);
        self
    }

    /// Gives a person the screens.
    ///
    /// # Errors
    /// When the PIN is wrong or may not be tried yet; when the key is lost, and has to be recovered.
    pub fn unlock(&self, holder: &str, pin: Option<&str>) -> Result<AppState, Failure> {
        let _one = lock(&self.one_at_a_time);
        let mut safe = self.safe(holder)?;
        let key = safe.open(pin, &*self.key_store, self.surroundings.now())?;
        self.show(holder, &key)?;
        self.state()
    }

    /// Sets a PIN, or another one, for whoever has the screens.
    ///
    /// # Errors
    /// When the PIN until now is wrong or may not be tried yet, or the new one is none.
    pub fn set_pin(&self, current: Option<&str>, pin: &str) -> Result<AppState, Failure> {
        let _one = lock(&self.one_at_a_time);
        safe::check_pin(pin)?;
        let (folder, key) = self.current().ok_or(Failure::Locked)?;
        let mut safe = self.safe(&folder)?;
        if safe.has_pin() {
            safe.open(current.or(Some("")), &*self.key_store, self.surroundings.now())?;
        }
        safe.set_pin(&key, pin, &*self.key_store, &self.surroundings)?;
        self.state()
    }

    /// Gives a person the screens who has forgotten his PIN, and a new PIN: the server opens the key for whoever signs in
    /// as him. Nothing he recorded is touched.
    ///
    /// # Errors
    /// When the server cannot be reached, is another one, or says no; when the new PIN is none.
    pub fn recover(&self, holder: &str, password: &str, pin: &str) -> Result<AppState, Failure> {
        let _one = lock(&self.one_at_a_time);
        safe::check_pin(pin)?;
        let mut safe = self.safe(holder)?;
        let him = safe.holder().ok_or(Failure::NotFound)?;
        let sealed = safe.recovery().ok_or(Failure::RecoveryMissing)?.to_owned();
        let server = Server::new(http::agent(), him.server.clone());
        // A password is for the server it was chosen for.
        if server.info()?.server_key != him.server_key {
            return Err(Failure::ServerKeyChanged);
        }
        let request = RecoveryRequest { login: him.login.clone(), password: password.to_owned(), sealed };
        let key = HEXLOWER.decode(server.recover(&request)?.key.as_bytes()).ok();
        let key: [u8; KEY_BYTES] = key.and_then(|key| key.try_into().ok()).ok_or(Failure::NotRoundsServer)?;
        let key = DataKey::new(key);
        // Only a key that opens his data replaces the one that is lost.
        self.show(holder, &key)?;
        safe.set_pin(&key, pin, &*self.key_store, &self.surroundings)?;
        self.state()
    }

    /// Photos wait for Wi-Fi, or do not; and whether the network of this moment is paid for by the byte. It is the phone's:
    /// whoever's work is being delivered has it, and whoever is opened later. How delivery stands for whoever has the screens.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn photos_policy(&self, wifi_only: bool, metered: bool) -> Result<Option<SyncStatus>, Failure> {
        let noted = self.network.note(wifi_only, metered);
        let open: Vec<Arc<App>> = self.hands().open.values().map(|open| Arc::clone(&open.app)).collect();
        // One whose disk fails keeps nobody else's photos back.
        let told = open.iter().map(|app| self.network.tell(app)).fold(Ok(()), Result::and);
        noted.and(told)?;
        self.app().ok().map(|app| app.sync_status()).transpose()
    }

    /// Stops delivering. Nothing is lost by not waiting for it.
    pub fn close(&self) {
        let open = std::mem::take(&mut self.hands().open);
        for (_, Open { runner, .. }) in open {
            runner.stop();
        }
    }

    /// Opens a person's data if it is not open yet, and gives him the screens.
    fn show(&self, folder: &str, key: &DataKey) -> Result<(), Failure> {
        let is_open = self.hands().open.contains_key(folder);
        if is_open {
            let mut hands = self.hands();
            for (other, open) in &hands.open {
                open.is_shown.store(other == folder, Ordering::Relaxed);
            }
            hands.current = Some(folder.to_owned());
            hands.paused = None;
        } else {
            let open = self.start(folder, key)?;
            self.take(folder, open, true);
        }
        self.note_holder();
        Ok(())
    }

    /// Opens a person's data and begins to deliver.
    fn start(&self, folder: &str, key: &DataKey) -> Result<Open, Failure> {
        let path = self.holders.join(folder);
        let is_shown = Arc::new(AtomicBool::new(false));
        let waiting = Arc::new(Waiting::of(&path));
        let (noting, tell, shown) = (Arc::clone(&waiting), Arc::clone(&self.tell), Arc::clone(&is_shown));
        let listener = Box::new(move |event| {
            if let Event::Sync(status) = &event {
                noting.note(status);
            }
            // What happens to somebody else's data is nothing that the screens may show.
            tell(if shown.load(Ordering::Relaxed) { event } else { Event::Holders });
        });
        let app = Arc::new(App::open(&path, key, (self.around)(), listener)?);
        self.network.tell(&app)?;
        waiting.note(&app.sync_status()?);
        let runner = Runner::start(Arc::clone(&app))?;
        Ok(Open { app, runner, key: key.clone(), is_shown })
    }

    fn take(&self, folder: &str, open: Open, is_his: bool) {
        let mut hands = self.hands();
        if is_his {
            hands.paused = None;
            open.is_shown.store(true, Ordering::Relaxed);
            if let Some(before) = hands.current.replace(folder.to_owned())
                && let Some(before) = hands.open.get(&before)
            {
                before.is_shown.store(false, Ordering::Relaxed);
            }
        }
        let app = Arc::clone(&open.app);
        hands.open.insert(folder.to_owned(), open);
        drop(hands);
        // It may have changed while he was opened, when nobody knew of him yet.
        if let Err(failure) = self.network.tell(&app) {
            tracing::warn!(error = &failure as &dyn std::error::Error, "photos go by what was set before");
        }
    }

    /// What the safe says of whoever has the screens follows what the server said last. He has been let in: that it cannot be
    /// written at the moment is no reason to keep him out.
    fn note_holder(&self) {
        let Some((folder, key)) = self.current() else { return };
        let noted = self.app().and_then(|app| note(&mut self.safe(&folder)?, &app, &key));
        if let Err(failure) = noted {
            tracing::warn!(error = &failure as &dyn std::error::Error, "a safe is as it was");
        }
    }

    /// Who has the screens, and the key of his data.
    fn current(&self) -> Option<(String, DataKey)> {
        let hands = self.hands();
        let folder = hands.current.clone()?;
        let key = hands.open.get(&folder)?.key.clone();
        Some((folder, key))
    }

    /// Closes what nobody looks at and nothing waits in, so that its key is in memory no longer; and clears away what was
    /// erased because the device was revoked.
    fn tidy(&self) -> Result<(), Failure> {
        let mut hands = self.hands();
        let mut over = Vec::new();
        let now = self.surroundings.now();
        for (folder, open) in &hands.open {
            let is_erased = open.app.holder().is_none();
            let is_current = hands.current.as_ref() == Some(folder);
            let is_left = !is_current && !hands.is_paused(folder, now);
            let is_idle =
                is_left && !open.app.is_sending() && !Counts::of(&open.app.sync_status()?).is_anything();
            // Nobody but the thread that delivers: no command is at work.
            if (is_erased || is_idle) && Arc::strong_count(&open.app) <= 2 {
                over.push((folder.clone(), is_erased));
            }
        }
        for (folder, is_erased) in over {
            // Stops, and closes the database: both before somebody opens it again.
            drop(hands.open.remove(&folder));
            if is_erased {
                hands.current.take_if(|current| *current == folder);
                if let Ok(safe) = self.safe(&folder) {
                    self.forget(safe);
                }
            }
        }
        Ok(())
    }

    fn forget(&self, safe: Safe) {
        if let Err(failure) = safe.remove(&*self.key_store) {
            tracing::error!(error = &failure as &dyn std::error::Error, "a folder could not be removed");
        }
    }

    /// Every safe, by folder. One that cannot be read is left alone.
    fn safes(&self) -> Result<Vec<(String, Safe)>, Failure> {
        let mut safes = Vec::new();
        for entry in fs::read_dir(&self.holders)? {
            let entry = entry?;
            let Ok(folder) = entry.file_name().into_string() else { continue };
            if let Ok(Some(safe)) = Safe::load(&entry.path()) {
                safes.push((folder, safe));
            }
        }
        Ok(safes)
    }

    fn safe(&self, folder: &str) -> Result<Safe, Failure> {
        // A name that comes from a screen is one of the folders', or nothing.
        let is_name = folder.bytes().all(|byte| byte.is_ascii_hexdigit());
        let safe = if is_name { Safe::load(&self.holders.join(folder))? } else { None };
        safe.ok_or(Failure::NotFound)
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        lock(&self.hands)
    }
}

/// Writes into the safe who has signed in, and the key sealed to his server.
fn note(safe: &mut Safe, app: &App, key: &DataKey) -> Result<(), Failure> {
    let Some(holder) = app.holder() else { return Ok(()) };
    let recovery = if safe.recovery().is_none() { app.sealed_key(key) } else { None };
    safe.keep(holder, recovery)
}

/// Nothing behind these locks can be left half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
