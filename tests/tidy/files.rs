//! What files may not hold.

use super::{
    nowhere,
    tree::{File, all, file, files, root},
};

/// Where a second look is due.
const LINES_MAX: usize = 700;

/// The files that are longer, and why.
const LONG: [(&str, &str); 8] = [
    ("Cargo.lock", "cargo writes it"),
    ("fuzz/Cargo.lock", "cargo writes it"),
    ("package-lock.json", "npm writes it"),
    ("server/data/kunming/areas.csv", "a line an area, and Kunming has 1,903"),
    ("client/src/locales/en.json", "every text of the app in one language"),
    ("client/src/locales/zh-CN.json", "every text of the app in one language"),
    ("server/console/src/locales/en.json", "every text of the console in one language"),
    ("server/console/src/locales/zh.json", "every text of the console in one language"),
];

#[test]
fn long_files_are_long_for_a_reason() {
    // Nobody reads pictures and what programs write.
    let is_read = |file: &File| !["/icons/", "/generated/"].iter().any(|folder| file.path.contains(folder));
    let is_long = |file: &&File| is_read(file) && file.text.lines().count() > LINES_MAX;
    let long: Vec<&str> = all().iter().filter(is_long).map(|file| file.path.as_str()).collect();
    let unjustified = long.iter().filter(|path| !LONG.iter().any(|(known, _)| known == *path));
    nowhere(
        unjustified.map(|path| (*path).to_owned()),
        "a file is one noun: split it, or write down here why it is one",
    );
    let stale = LONG.iter().filter(|(path, _)| !long.contains(path));
    nowhere(stale.map(|(path, why)| format!("{path}: {why}")), "these are short now: take them off the list");
}

/// Hosts that pages may name: nobody fetches anything there.
const NAMED_HOSTS: [(&str, &str); 3] = [
    ("www.w3.org", "the names of SVG's and XML's own spaces"),
    ("localhost", "the development server, and Tauri's channel to the page"),
    ("ipc.localhost", "Tauri's channel to the page"),
];

/// What a screen shows as the form of an address to type.
const ADDRESS_EXAMPLE: &str = "\"server_example\":";

#[test]
fn no_page_names_an_outside_host() {
    let pages = files(
        &["client/src", "client/index.html", "client/src-tauri/tauri.conf.json", "server/console"],
        &[".ts", ".vue", ".html", ".css", ".json", ".svg"],
    );
    let pages = pages.into_iter().filter(|file| !file.path.ends_with(".test.ts"));
    let lines =
        pages.flat_map(|file| file.text.lines().enumerate().map(move |(number, line)| (file, number, line)));
    let found = lines
        .filter(|(_, _, line)| !line.trim_start().starts_with("//") && !line.contains(ADDRESS_EXAMPLE))
        .filter(|(_, _, line)| !line.contains("\"$schema\":"))
        .filter(|(_, _, line)| hosts(line).any(|host| !NAMED_HOSTS.iter().any(|(known, _)| *known == host)))
        .map(|(file, number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim()));
    nowhere(
        found,
        "the city's machines may have no way out, and nobody outside shall learn who inspects where: everything a \
         page needs comes with it",
    );
}

/// The hosts of the addresses in a line; what is computed is not a host.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let after = ["http://", "https://", "wss://", "ws://", "url(//", "src=\"//", "href=\"//"];
    let rests = after.into_iter().flat_map(|scheme| line.split(scheme).skip(1));
    rests
        .map(|rest| {
            rest.split(|letter: char| !letter.is_alphanumeric() && !"-.".contains(letter))
                .next()
                .unwrap_or("")
        })
        .filter(|host| !host.is_empty())
}

#[test]
fn lockfiles_name_no_registry_of_anybody() {
    let npm: serde_json::Value =
        serde_json::from_str(&file("package-lock.json").text).expect("npm writes JSON");
    let packages = npm["packages"].as_object().expect("a lockfile lists packages");
    let resolved =
        packages.iter().filter_map(|(name, package)| Some((name, package.get("resolved")?.as_str()?)));
    let elsewhere = resolved.filter(|(_, from)| from.contains("://"));
    let why =
        "whoever builds takes packages from the registry he is given; what they are is fixed by their hashes";
    nowhere(elsewhere.map(|(name, from)| format!("package-lock.json: {name} from {from}")), why);

    let cargo: toml::Table = file("Cargo.lock").text.parse().expect("cargo writes TOML");
    let packages = cargo["package"].as_array().expect("a lockfile lists packages");
    let sources = packages.iter().filter_map(|package| package.get("source")?.as_str());
    let usual = "registry+https://github.com/rust-lang/crates.io-index";
    nowhere(sources.filter(|source| *source != usual).map(str::to_owned), why);

    let settings = all().iter().filter(|file| file.path.ends_with(".npmrc") || file.path.contains(".cargo/"));
    let settings = settings.filter(|file| file.text.contains("://"));
    nowhere(settings.map(|file| file.path.clone()), why);
}

#[test]
fn generated_files_know_nothing_of_the_machine_that_made_them() {
    let says_so = |file: &&File| file.text.lines().take(5).any(|line| line.contains("generated"));
    let generated: Vec<_> = all()
        .iter()
        .filter(|file| file.path.contains("/generated/") || file.path.contains("/bindings/") || says_so(file))
        .filter(|file| !file.path.starts_with("tests/"))
        .collect();
    assert!(!generated.is_empty(), "the app's bindings are generated");
    let here = root().display().to_string();
    let homes = ["/home/", "/root/", "/Users/", "/tmp/", ":\\\\", here.as_str()];
    let found = generated.into_iter().filter(|file| homes.iter().any(|home| file.text.contains(home)));
    nowhere(
        found.map(|file| file.path.clone()),
        "the same source makes the same file everywhere, or it is stale on every other machine",
    );
}
