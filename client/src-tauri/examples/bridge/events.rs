//! The app's events as one server-sent stream a page.

use std::collections::HashSet;
use std::io::Write;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tauri::test::MockRuntime;
use tauri::{AppHandle, Listener};
use tiny_http::Request;

/// The pages that are open and the names they have asked for.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Subscriptions>>);

#[derive(Default)]
struct Subscriptions {
    names: HashSet<String>,
    pages: Vec<Sender<String>>,
}

impl Events {
    /// Passes every later event of this name to every open page.
    pub(crate) fn listen(&self, app: &AppHandle<MockRuntime>, name: &str) {
        if !self.0.lock().unwrap_or_else(PoisonError::into_inner).names.insert(name.to_owned()) {
            return;
        }
        let events = self.clone();
        let label = serde_json::Value::from(name);
        app.listen_any(name, move |event| {
            let message = format!("data: {{\"event\":{label},\"payload\":{}}}\n\n", event.payload());
            events.send(&message);
        });
    }

    fn send(&self, message: &str) {
        let mut subscriptions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subscriptions.pages.retain(|page| page.send(message.to_owned()).is_ok());
    }

    /// Holds the request open until its page goes away.
    pub(crate) fn stream(&self, request: Request) -> anyhow::Result<()> {
        let (sender, messages) = mpsc::channel();
        let mut writer = request.into_writer();
        writer
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")?;
        // Registered before the page learns that the stream is open: nothing it then asks for can slip past.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pages.push(sender);
        writer.flush()?;
        for message in messages {
            if writer.write_all(message.as_bytes()).and_then(|()| writer.flush()).is_err() {
                break;
            }
        }
        Ok(())
    }
}
