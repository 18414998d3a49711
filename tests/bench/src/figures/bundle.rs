//! How much a browser has to fetch before somebody can sign in and work.

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Figure, Measured, measured};
use crate::prepared::Prepared;

/// The sign-in page and the shell around every other page, beside the page itself, as the bundler knows them.
const ENTRIES: [&str; 3] = ["index.html", "src/views/SignInView.vue", "src/components/AppShell.vue"];

pub(super) const FIGURE: Figure = Figure {
    names: &["console_bundle_kib", "console_bundle_files"],
    wanted: "console_bundle_kib ≤ 400",
    how: "The console's page with every script and style that its sign-in page and its shell need, by the bundler's own list of what \
          imports what, fetched from the server as a browser does; the bytes of the bodies as they travel, packed.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let list =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../server/console/dist/.vite/manifest.json");
    let list = fs::read(&list).context("the console is not built: make console")?;
    let list: Value = serde_json::from_slice(&list)?;
    let mut files = BTreeSet::from([String::new()]);
    let mut waiting: Vec<String> = ENTRIES.map(str::to_owned).to_vec();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let chunk = list.get(&name).with_context(|| format!("the console has no {name}"))?;
        let named = |key: &str| {
            chunk[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
        };
        files.extend(chunk["file"].as_str().map(str::to_owned));
        files.extend(named("css"));
        waiting.extend(named("imports"));
    }
    let served = prepared.served()?;
    let mut bytes = 0;
    for file in &files {
        bytes += served.get(&format!("/{file}"))?.bytes.len();
    }
    Ok(vec![
        measured("console_bundle_kib", bytes as f64 / 1024.0),
        measured("console_bundle_files", files.len() as f64),
    ])
}
