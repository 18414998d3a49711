//! The server's parts, put together.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rounds_shared::{envelope::SecretKey, ids::Epoch};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    auth::Passwords,
    backup,
    city::{City, CityError},
    config::{CityData, Config, SESSION_MS_MAX},
    console_device::ConsoleDevice,
    exchange::Exchange,
    export::Exports,
    founding,
    intake::{Intake, IntakeError, Keeper, KeeperError},
    live::Live,
    photos::{PhotoError, Photos, Uploads},
    vault::{SessionLimits, SetupCode, Vault, VaultError},
    views::Readers,
};

/// The log and its views, in the data folder.
pub const LOG_FILE: &str = "city.db";
const LOCK_FILE: &str = "lock";
/// How long an upload may stay unfinished, in milliseconds.
pub const UPLOAD_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1000;

/// A server's parts. Cheap to clone; every handler gets it.
#[derive(Clone)]
pub struct App {
    /// What it was told when it started.
    pub config: Arc<Config>,
    /// The city's own data.
    pub city: Arc<City>,
    /// The one writer of the log.
    pub intake: Intake,
    /// Reads the views.
    pub readers: Arc<Readers>,
    /// Writes what supervisors decide.
    pub console_device: ConsoleDevice,
    /// What is not in the log.
    pub vault: Vault,
    /// The photos that have arrived.
    pub photos: Photos,
    /// The photos that are arriving.
    pub uploads: Uploads,
    /// Tells everybody that there is something new.
    pub live: Live,
    /// What passes between it and the devices.
    pub exchange: Exchange,
    /// Writes lists as files.
    pub exports: Exports,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    registering: Arc<Mutex<()>>,
    _lock: Arc<File>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or used.
    #[error("data folder {folder} cannot be used")]
    Data {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A restore was cut off in the middle.
    #[error("a restore into the data folder {0} was cut off")]
    RestoreUnfinished(PathBuf),
    /// Another server has the data folder open.
    #[error("another server uses the data folder {0}")]
    DataInUse(PathBuf),
    /// The city's data is wrong.
    #[error("city data cannot be used")]
    City(#[from] CityError),
    /// The vault cannot be opened.
    #[error("vault cannot be opened")]
    Vault(#[from] VaultError),
    /// The log cannot be opened.
    #[error("log cannot be opened")]
    Log(#[from] KeeperError),
    /// The writer cannot be started.
    #[error("writer cannot be started")]
    Writer(#[source] io::Error),
    /// The reference pictures cannot be kept.
    #[error("reference pictures cannot be kept")]
    Pictures(#[from] PhotoError),
    /// The city's data cannot be registered.
    #[error("city data cannot be registered")]
    Register(#[from] IntakeError),
}

impl App {
    /// Opens everything a server keeps; a first start registers the city's data.
    ///
    /// # Errors
    /// [`StartError`] when something is missing, damaged, or in use.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        let data = config.data.clone();
        let unusable = |source| StartError::Data { folder: data.clone(), source };
        make_folder(&data).map_err(unusable)?;
        let lock = lock(&data)?;
        if data.join(backup::UNFINISHED_FILE).exists() {
            return Err(StartError::RestoreUnfinished(data));
        }
        let city = load_city(&config.city_data)?;
        let vault = Vault::open(&data)?;
        let photos = Photos::open(&data).map_err(unusable)?;
        let uploads = Uploads::open(&data).map_err(unusable)?;
        uploads.keep_only(&vault.uploads().await?).map_err(unusable)?;

        let path = data.join(LOG_FILE);
        let key = SecretKey::new(vault.server_key().to_bytes());
        let clock = config.clock.clone();
        let now = Box::new(move || clock.now_ms());
        let keeper = Keeper::open(&path, &city.code, random_epoch()?, key, now)?;
        let intake = Intake::start(keeper).map_err(StartError::Writer)?;
        founding::register(&intake, &city).await?;
        for picture in city.pictures.values() {
            photos.keep(picture).await?;
        }

        let readers = Arc::new(Readers::new(path));
        let app = Self {
            console_device: ConsoleDevice::new(intake.clone(), readers.clone(), vault.clone()),
            exchange: Exchange::new(intake.log().clone(), readers.clone(), vault.clone(), photos.clone()),
            config: Arc::new(config),
            city: Arc::new(city),
            readers,
            vault,
            photos,
            uploads,
            live: Live::default(),
            exports: Exports::default(),
            passwords: Passwords::default(),
            registering: Arc::default(),
            _lock: Arc::new(lock),
            intake,
        };
        app.poke_when_the_log_grows();
        Ok(app)
    }

    /// The server's clock, in milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.config.clock.now_ms()
    }

    /// How long sessions last.
    pub fn session_limits(&self) -> SessionLimits {
        SessionLimits { idle_ms: self.config.session_idle_ms, total_ms: SESSION_MS_MAX }
    }

    /// Whether nobody has made the first administrator yet.
    pub fn setup_needed(&self) -> bool {
        use rounds_shared::permission::Role;
        !self.intake.registry().users().any(|user| user.role == Role::Administrator)
    }

    /// A new one-time code for making the first administrator; `None` when there is one.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub async fn setup_code(&self) -> Result<Option<SetupCode>, VaultError> {
        if self.setup_needed() { self.vault.setup_code_make(self.now_ms()).await.map(Some) } else { Ok(None) }
    }

    /// Held by whoever looks into the registry, decides by what he sees, and registers: two people who make
    /// the same login, or the next site of a community, at the same moment must not both be right.
    pub async fn registering(&self) -> MutexGuard<'_, ()> {
        self.registering.lock().await
    }

    /// Makes room: forgets uploads that have been unfinished for too long.
    ///
    /// # Errors
    /// When the vault or the folder cannot be written.
    pub async fn forget_old_uploads(&self) -> Result<(), ForgetError> {
        for id in self.vault.uploads_forget(self.now_ms().saturating_sub(UPLOAD_MS_MAX)).await? {
            self.uploads.turn(id).await.discard().await?;
        }
        Ok(())
    }

    /// Ends by itself when the writer does.
    fn poke_when_the_log_grows(&self) {
        let (mut position, live) = (self.intake.follow(), self.live.clone());
        tokio::spawn(async move {
            while position.changed().await.is_ok() {
                live.poke();
            }
        });
    }
}

/// Computes every view again from the log of a data folder that no server uses; says how many entries there are.
///
/// # Errors
/// [`StartError`] when the folder is in use, or what is in it is damaged.
pub fn rebuild(data: &Path) -> Result<u64, StartError> {
    let _lock = lock(data)?;
    let vault = Vault::open(data)?;
    let key = SecretKey::new(vault.server_key().to_bytes());
    let path = data.join(LOG_FILE);
    let city = crate::log::open(&path).and_then(|connection| crate::log::city(&connection));
    let no_log = || StartError::Data { folder: data.to_owned(), source: io::ErrorKind::NotFound.into() };
    let city = city.map_err(KeeperError::from)?.ok_or_else(no_log)?;
    let mut keeper = Keeper::open(&path, &city, random_epoch()?, key, Box::new(|| 0))?;
    keeper.rebuild()?;
    Ok(keeper.position())
}

/// Why old uploads were not forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The vault.
    #[error("vault failed")]
    Vault(#[from] VaultError),
    /// The folder.
    #[error("upload folder failed")]
    Io(#[from] io::Error),
}

/// Nobody but the server's own user has business in there.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Two servers on one log would each believe to be its only writer.
pub(crate) fn lock(data: &Path) -> Result<File, StartError> {
    let unusable = |source| StartError::Data { folder: data.to_owned(), source };
    let path = data.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::DataInUse(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn load_city(data: &CityData) -> Result<City, CityError> {
    match data {
        CityData::BuiltIn => City::load(founding::built_in),
        CityData::Folder(folder) => City::load(|file| std::fs::read(folder.join(file)).ok()),
    }
}

/// An epoch nobody has had.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn random_epoch() -> Result<Epoch, VaultError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(VaultError::Random)?;
    Ok(Epoch::new(bytes))
}
