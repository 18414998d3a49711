//! Who may see whom: `client/src → src-tauri → client/core → shared ← server`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    nowhere,
    rust::{Wanted, places, tokens},
    tree::{self, file, files, lines, within},
};

const OURS: [&str; 6] =
    ["rounds-shared", "rounds-server", "rounds-client-core", "rounds-app", "rounds-tests", "rounds-hostile"];

/// What `shared` is made of. None of it opens a file, a socket or a database; whoever adds to this list says
/// the same of what he adds.
const SHARED_IS_MADE_OF: [&str; 14] = [
    "automerge",
    "blake3",
    "data-encoding",
    "ed25519-dalek",
    "hpke",
    "jiff",
    "minicbor",
    "negentropy",
    "serde",
    "serde_path_to_error",
    "thiserror",
    "toml",
    "ts-rs",
    "utoipa",
];

/// Crates that reach outside a process, by themselves or through what they are made of.
const REACHES_OUT: [&str; 12] = [
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "rusqlite",
    "rustls",
    "socket2",
    "tauri",
    "tempfile",
    "tokio",
    "ureq",
    "wry",
];

/// The tables of a manifest that name other crates.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn manifest(room: &str) -> toml::Table {
    let path = format!("{room}/Cargo.toml");
    file(&path).text.parse().unwrap_or_else(|error| panic!("{path} is not TOML: {error}"))
}

/// The crates a room names in these tables, on whatever system.
fn named(room: &str, tables: &[&str]) -> BTreeSet<String> {
    let manifest = manifest(room);
    let systems = manifest.get("target").and_then(|systems| systems.as_table()).into_iter().flatten();
    let of_systems = systems.filter_map(|(_, system)| system.as_table());
    let manifests = std::iter::once(&manifest).chain(of_systems);
    let tables = manifests.flat_map(|all| tables.iter().filter_map(|table| all.get(*table)?.as_table()));
    tables.flat_map(|table| table.keys().cloned()).collect()
}

/// Everything a crate is made of, however deep, as Cargo.lock has it.
fn made_of(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let lock: toml::Table = file("Cargo.lock").text.parse().expect("cargo writes TOML");
    let packages = lock["package"].as_array().expect("a lockfile lists packages");
    let mut graph: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let name = package["name"].as_str().expect("a package has a name");
        let below = package.get("dependencies").and_then(|list| list.as_array()).into_iter().flatten();
        let below = below.filter_map(|one| one.as_str()?.split(' ').next());
        graph.entry(name).or_default().extend(below);
    }
    let (mut all, mut next) = (BTreeSet::new(), names.into_iter().collect::<Vec<_>>());
    while let Some(name) = next.pop() {
        if all.insert(name.clone()) {
            let below = graph.get(name.as_str()).unwrap_or_else(|| panic!("Cargo.lock does not know {name}"));
            next.extend(below.iter().map(|name| (*name).to_owned()));
        }
    }
    all
}

#[test]
fn shared_depends_on_nothing_that_reaches_outside_and_on_nobody_of_ours() {
    let named = named("shared", &["dependencies"]);
    let new = named.iter().filter(|name| !SHARED_IS_MADE_OF.contains(&name.as_str())).cloned();
    nowhere(new, "shared runs on phones, servers and in the simulator: only pure crates, each listed here");
    let reach = made_of(named).into_iter().filter(|name| REACHES_OUT.contains(&name.as_str()));
    nowhere(reach, "the domain and the protocol take values and return values: I/O belongs to whoever calls");
    let ours = self::named("shared", &DEPENDENCIES);
    let ours = ours.into_iter().filter(|name| OURS.contains(&name.as_str()));
    nowhere(ours, "shared is what the others stand on");
}

#[test]
fn server_and_client_never_see_each_other() {
    let why = "they are built and released apart and meet only in shared: in what it calls protocol";
    let crates = [
        ("server", "rounds-client-core"),
        ("server", "rounds-app"),
        ("client/core", "rounds-server"),
        ("client/core", "rounds-app"),
        ("client/src-tauri", "rounds-server"),
    ];
    let seen = crates.into_iter().filter(|(room, other)| {
        let ours = named(room, &DEPENDENCIES).into_iter().filter(|name| OURS.contains(&name.as_str()));
        made_of(ours).contains(*other)
    });
    nowhere(seen.map(|(room, other)| format!("{room}/Cargo.toml: {other}")), why);

    // Neither by a path in its code: `include_str!`, an import.
    let of_server = files(&["server"], &[".rs", ".ts", ".vue", "package.json"]);
    nowhere(lines(&of_server, |line| line.contains("../client/") || line.contains("rounds-client")), why);
    let of_client = files(&["client"], &[".rs", ".ts", ".vue", "package.json"]);
    nowhere(lines(&of_client, |line| line.contains("../server/") || line.contains("rounds-console")), why);
}

#[test]
fn nothing_sees_the_tests() {
    let rooms = ["shared", "server", "client/core", "client/src-tauri"];
    let seen = rooms.into_iter().filter(|room| {
        named(room, &DEPENDENCIES)
            .iter()
            .any(|name| ["rounds-tests", "rounds-hostile"].contains(&name.as_str()))
    });
    nowhere(
        seen.map(str::to_owned),
        "tests see all rooms; a room that needs them has a promise of its own missing",
    );
}

/// The rooms whose manifest or code names a crate although they may not.
fn named_outside(name: &str, rooms: &[&str]) -> Vec<String> {
    let all = ["shared", "server", "client/core", "client/src-tauri", "tests"];
    let others = all.into_iter().filter(|room| !rooms.iter().any(|allowed| allowed.starts_with(room)));
    let mut found: Vec<_> = others
        .filter(|room| self::named(room, &DEPENDENCIES).contains(name))
        .map(|room| format!("{room}/Cargo.toml: {name}"))
        .collect();
    let code = files(&all, &[".rs"]).into_iter().filter(|file| !within(file, rooms)).collect::<Vec<_>>();
    // A path begins with it, or an import does.
    for sequence in [format!("{name} : :"), format!("use {name} ;"), format!("extern crate {name}")] {
        found.extend(places(&code, Wanted::Everywhere, &sequence));
    }
    found
}

#[test]
fn only_the_document_room_names_automerge() {
    nowhere(
        named_outside("automerge", &["shared/src/document"]),
        "what a document is can change in one room only: everybody else sees plain values",
    );
}

#[test]
fn only_the_server_names_axum() {
    nowhere(
        named_outside("axum", &["server", "client/src-tauri/examples"]),
        "HTTP is the edge of the server, and of the bridge to it that browser tests have",
    );
}

#[test]
fn only_the_shell_names_tauri() {
    nowhere(
        named_outside("tauri", &["client/src-tauri"]),
        "what the app does is in client/core, where it can be tested without a window",
    );
}

#[test]
fn only_the_platform_folder_imports_the_shell() {
    let web = files(&["client/src", "server/console", "tests/e2e"], &[".ts", ".vue", "package.json"]);
    let web: Vec<_> = web.into_iter().filter(|file| !within(file, &["client/src/lib/platform"])).collect();
    nowhere(
        lines(&web, |line| line.contains("@tauri-apps/")),
        "the app reaches the shell through one door, so the rest of it can be shown without a shell",
    );
}

#[test]
fn sql_is_written_only_where_tables_are() {
    const ROOMS: [&str; 4] =
        ["server/src/log", "server/src/views", "server/src/vault", "client/core/src/store"];
    const VERBS: [&str; 13] = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "CREATE",
        "DROP",
        "ALTER",
        "PRAGMA",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "VACUUM",
    ];
    let code = files(&["shared", "server", "client"], &[".rs"]);
    let elsewhere = code.into_iter().filter(|file| !within(file, &ROOMS));
    let found = elsewhere.flat_map(|file| {
        let literals = tokens(file).iter().filter(|token| !token.test && token.text.contains('"'));
        let sql = literals.filter(|token| {
            let text = token.text.trim_start_matches(['r', '#', '"', 'b', 'c', ' ', '\n']);
            VERBS
                .contains(&text.split(|letter: char| !letter.is_ascii_uppercase()).next().unwrap_or_default())
        });
        sql.map(|token| format!("{}:{}: {}", file.path, token.line, token.text))
    });
    nowhere(found, "tables are known in the rooms that own them, so that they can change there");
    let files = tree::all().iter().filter(|file| file.path.ends_with(".sql") && !within(file, &ROOMS));
    nowhere(files.map(|file| file.path.clone()), "SQL files lie beside the code that runs them");
}
