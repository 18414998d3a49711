//! What the window is laid over: the app in its data directory, and the thread that delivers for it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use rounds_client_core::{App, Event, Failure, Runner, Surroundings};
use tauri::ipc::InvokeError;
use tauri::{AppHandle, Emitter, Runtime};

/// How long a closed window may wait for the exchange at hand; what it cuts off is sent again next time.
const FAREWELL: Duration = Duration::from_secs(2);

/// The app of this window, open or still to be opened.
pub(crate) struct Shell {
    data_dir: PathBuf,
    /// Where files go that a person carries elsewhere.
    exports: PathBuf,
    tell: Arc<dyn Fn(Event) + Send + Sync>,
    open: Mutex<Option<Open>>,
}

struct Open {
    app: Arc<App>,
    runner: Runner,
}

impl Shell {
    /// A shell over this directory, which may turn out to be of no use: the page asks, and is told why.
    pub(crate) fn new<R: Runtime>(handle: &AppHandle<R>, data_dir: &Path, exports: PathBuf) -> Self {
        let handle = handle.clone();
        Self {
            data_dir: data_dir.to_owned(),
            exports,
            tell: Arc::new(move |event| tell(&handle, event)),
            open: Mutex::default(),
        }
    }

    /// The open app. A directory that could not be opened is tried again with every question: the window that used it
    /// may be closed by now.
    pub(crate) fn app(&self) -> Result<Arc<App>, Failure> {
        let mut open = self.lock();
        if let Some(open) = &*open {
            return Ok(Arc::clone(&open.app));
        }
        let tell = Arc::clone(&self.tell);
        let listener = Box::new(move |event| tell(event));
        let app = Arc::new(App::open(&self.data_dir, Surroundings::system(), listener)?);
        let runner = Runner::start(Arc::clone(&app))?;
        *open = Some(Open { app: Arc::clone(&app), runner });
        Ok(app)
    }

    /// The folder of files for elsewhere.
    pub(crate) fn exports(&self) -> &Path {
        &self.exports
    }

    /// Stops delivering, because the window is closed.
    pub(crate) fn close(&self) {
        let Some(Open { runner, .. }) = self.lock().take() else { return };
        let (stopped, farewell) = mpsc::channel();
        std::thread::spawn(move || {
            runner.stop();
            stopped.send(())
        });
        // Too late or in time, the window is gone.
        farewell.recv_timeout(FAREWELL).ok();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the app do something that may take its time, without holding up the window or other commands.
pub(crate) async fn ask<T, Ask>(shell: &Arc<Shell>, ask: Ask) -> Result<T, InvokeError>
where
    T: Send + 'static,
    Ask: FnOnce(&App) -> Result<T, Failure> + Send + 'static,
{
    let shell = Arc::clone(shell);
    let asked = tauri::async_runtime::spawn_blocking(move || ask(&*shell.app()?)).await?;
    Ok(asked?)
}

fn tell<R: Runtime>(handle: &AppHandle<R>, event: Event) {
    // Emitting fails only once the window is gone, and then nobody is to be told.
    match event {
        Event::Changed(changed) => handle.emit("changed", changed).ok(),
        Event::Sync(status) => handle.emit("sync", status).ok(),
    };
}
