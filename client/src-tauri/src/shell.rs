//! What the window is laid over: the phone in its data directory, with the app of whoever has the screens.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use rounds_client_core::{App, Event, Failure, KeyStore, Phone, Surroundings, Tell};
use tauri::ipc::InvokeError;
use tauri::{AppHandle, Emitter, Runtime};

/// How long a closed window may wait for the exchange at hand; what it cuts off is sent again next time.
const FAREWELL: Duration = Duration::from_secs(2);

/// The phone of this window, open or still to be opened.
pub(crate) struct Shell {
    data_dir: PathBuf,
    /// Where files go that a person carries elsewhere.
    exports: PathBuf,
    /// Makes the key store of whoever opens the directory.
    key_store: fn() -> Box<dyn KeyStore>,
    tell: Tell,
    phone: Mutex<Option<Arc<Phone>>>,
}

impl Shell {
    /// A shell over this directory, which may turn out to be of no use: the page asks, and is told why.
    pub(crate) fn new<R: Runtime>(
        handle: &AppHandle<R>,
        data_dir: &Path,
        exports: PathBuf,
        key_store: fn() -> Box<dyn KeyStore>,
    ) -> Self {
        let handle = handle.clone();
        Self {
            data_dir: data_dir.to_owned(),
            exports,
            key_store,
            tell: Arc::new(move |event| tell(&handle, event)),
            phone: Mutex::default(),
        }
    }

    /// The open phone. A directory that could not be opened is tried again with every question: the window that used it
    /// may be closed by now.
    pub(crate) fn phone(&self) -> Result<Arc<Phone>, Failure> {
        let mut phone = self.lock();
        if let Some(phone) = &*phone {
            return Ok(Arc::clone(phone));
        }
        let around = Box::new(Surroundings::system);
        let opened = Phone::open(&self.data_dir, (self.key_store)(), around, Arc::clone(&self.tell))?;
        Ok(Arc::clone(phone.insert(Arc::new(opened))))
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The folder of files for elsewhere.
    pub(crate) fn exports(&self) -> &Path {
        &self.exports
    }

    /// Stops delivering, because the window is closed.
    pub(crate) fn close(&self) {
        let Some(phone) = self.lock().take() else { return };
        let (stopped, farewell) = mpsc::channel();
        std::thread::spawn(move || {
            phone.close();
            stopped.send(())
        });
        // Too late or in time, the window is gone.
        farewell.recv_timeout(FAREWELL).ok();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Phone>>> {
        self.phone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the app of whoever has the screens do something that may take its time, without holding up the window or other
/// commands.
pub(crate) async fn ask<T, Ask>(shell: &Arc<Shell>, ask: Ask) -> Result<T, InvokeError>
where
    T: Send + 'static,
    Ask: FnOnce(&App) -> Result<T, Failure> + Send + 'static,
{
    ask_phone(shell, move |phone| ask(&*phone.app()?)).await
}

/// The same of the phone, whoever has the screens.
pub(crate) async fn ask_phone<T, Ask>(shell: &Arc<Shell>, ask: Ask) -> Result<T, InvokeError>
where
    T: Send + 'static,
    Ask: FnOnce(&Phone) -> Result<T, Failure> + Send + 'static,
{
    let shell = Arc::clone(shell);
    let asked = tauri::async_runtime::spawn_blocking(move || ask(&*shell.phone()?)).await?;
    Ok(asked?)
}

fn tell<R: Runtime>(handle: &AppHandle<R>, event: Event) {
    // Emitting fails only once the window is gone, and then nobody is to be told.
    match event {
        Event::Changed(changed) => handle.emit("changed", changed).ok(),
        Event::Sync(status) => handle.emit("sync", status).ok(),
        Event::Holders => handle.emit("holders", ()).ok(),
    };
}
