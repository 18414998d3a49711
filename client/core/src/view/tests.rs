//! The screens' types are generated, and never stale.

use std::{collections::BTreeMap, fs, path::Path};

use ts_rs::{Config, TS as _};

use super::*;

/// Where the front end imports them from.
const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/lib/bindings");

#[test]
fn the_front_ends_types_are_those_of_this_room() {
    let scratch = tempfile::tempdir().unwrap();
    let config = Config::new().with_out_dir(scratch.path()).with_large_int("number");
    AppState::export_all(&config).unwrap();
    AreaDetail::export_all(&config).unwrap();
    AssignmentCard::export_all(&config).unwrap();
    Cases::export_all(&config).unwrap();
    CaseView::export_all(&config).unwrap();
    Changed::export_all(&config).unwrap();
    DraftView::export_all(&config).unwrap();
    Exported::export_all(&config).unwrap();
    FailureView::export_all(&config).unwrap();
    PhotoDetail::export_all(&config).unwrap();
    FoundSite::export_all(&config).unwrap();
    HowView::export_all(&config).unwrap();
    OpinionView::export_all(&config).unwrap();
    RestPassed::export_all(&config).unwrap();
    StrikeTarget::export_all(&config).unwrap();
    SyncStatus::export_all(&config).unwrap();
    TemplateRow::export_all(&config).unwrap();
    Today::export_all(&config).unwrap();

    let mut wanted = read(scratch.path());
    let index =
        wanted.keys().map(|name| format!("export type * from \"./{}\";\n", name.trim_end_matches(".ts")));
    let index = format!(
        "// Generated with the other files of this folder by a test of client/core.\n{}",
        index.collect::<String>()
    );
    wanted.insert("index.ts".to_owned(), index);
    let bindings = Path::new(BINDINGS);
    let found = if bindings.exists() { read(bindings) } else { BTreeMap::new() };
    if wanted != found {
        // Written anew at once, so that mending it is one commit.
        if bindings.exists() {
            fs::remove_dir_all(bindings).unwrap();
        }
        fs::create_dir_all(bindings).unwrap();
        for (name, content) in &wanted {
            fs::write(bindings.join(name), content).unwrap();
        }
        panic!("client/src/lib/bindings was stale and has been written anew: commit it");
    }
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })
        .collect()
}
