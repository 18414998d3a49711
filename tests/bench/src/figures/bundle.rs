//! How much a browser has to fetch before somebody can sign in and work, and how much of the app's screens a phone reads.

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Figure, Measured, measured};
use crate::prepared::Prepared;

/// The sign-in page and the shell around every other page, beside the page itself, as the bundler knows them.
const CONSOLE: [&str; 3] = ["index.html", "src/views/SignInView.vue", "src/components/AppShell.vue"];
/// What the app's page needs before any screen.
const APP: [&str; 1] = ["index.html"];
/// How a phone's package is packed, and pages on their way.
const ZSTD_LEVEL: i32 = 19;

pub(super) const FIGURE: Figure = Figure {
    names: &["console_bundle_kib", "console_bundle_files", "app_bundle_kib"],
    wanted: "console_bundle_kib ≤ 400; app_bundle_kib ≤ 250",
    how: "The console's page with every script and style that its sign-in page and its shell need, by the bundler's own list of what \
          imports what, fetched from the server as a browser does; the bytes of the bodies as they travel, packed. app_bundle_kib: \
          the same of the inspectors' app, all that its page needs before a screen is shown, each file packed with zstd at level 19.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let files = needed("server/console", &CONSOLE).context("the console is not built: make console")?;
    let served = prepared.served()?;
    let mut bytes = served.get("/")?.bytes.len();
    for file in &files {
        bytes += served.get(&format!("/{file}"))?.bytes.len();
    }
    let mut app = 0;
    let page = ["index.html".to_owned()];
    for file in needed("client", &APP).context("the app is not built: make client")?.iter().chain(&page) {
        app += zstd::bulk::compress(&fs::read(dist("client").join(file))?, ZSTD_LEVEL)?.len();
    }
    Ok(vec![
        measured("console_bundle_kib", bytes as f64 / 1024.0),
        measured("console_bundle_files", (files.len() + 1) as f64),
        measured("app_bundle_kib", app as f64 / 1024.0),
    ])
}

fn dist(front: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(front).join("dist")
}

/// The scripts and styles that entries of a built page need, directly or not.
fn needed(front: &str, entries: &[&str]) -> Result<BTreeSet<String>> {
    let list: Value = serde_json::from_slice(&fs::read(dist(front).join(".vite/manifest.json"))?)?;
    let (mut files, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    while let Some(name) = waiting.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let chunk = list.get(&name).with_context(|| format!("{front} has no {name}"))?;
        let named = |key: &str| {
            chunk[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
        };
        files.extend(chunk["file"].as_str().map(str::to_owned));
        files.extend(named("css"));
        waiting.extend(named("imports"));
    }
    Ok(files)
}
