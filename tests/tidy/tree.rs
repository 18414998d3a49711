//! The files of this repository.

use std::{fs, path::PathBuf, process::Command, sync::LazyLock};

/// A text file.
pub struct File {
    /// Its path from the root, with slashes.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Where the repository is.
pub fn root() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this crate is a room of the house").to_owned()
}

/// What git tracks or would add, without what is deleted: pictures and fonts left out.
pub fn all() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root())
            .output()
            .expect("git is one of the three things a machine must have");
        assert!(listed.status.success(), "git lists the files of a clone: {listed:?}");
        let names = String::from_utf8(listed.stdout).expect("our paths are UTF-8");
        let mut paths: Vec<&str> = names.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let read = |path: &&str| {
            Some(File { text: fs::read_to_string(root().join(path)).ok()?, path: (*path).to_owned() })
        };
        paths.iter().filter_map(read).collect()
    });
    &FILES
}

/// The files of some rooms with one of these endings: the room `a/b` is the folder and the file `a/b.rs`
/// beside it. That there are any is part of every rule: a renamed folder must not make a test pass.
pub fn files(rooms: &[&str], endings: &[&str]) -> Vec<&'static File> {
    for room in rooms {
        assert!(all().iter().any(|file| within(file, &[room])), "{room} is not there any more");
    }
    let found: Vec<_> = all()
        .iter()
        .filter(|file| within(file, rooms) && endings.iter().any(|ending| file.path.ends_with(ending)))
        .collect();
    assert!(!found.is_empty(), "no {endings:?} in {rooms:?} any more");
    found
}

/// Whether a file belongs to one of these rooms.
pub fn within(file: &File, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| {
        file.path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    })
}

/// One file.
pub fn file(path: &str) -> &'static File {
    all().iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is not there any more"))
}

/// The lines of files that a question is true of, as places.
pub fn lines(files: &[&'static File], is: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = files.iter().flat_map(|file| file.text.lines().enumerate().map(move |line| (file, line)));
    lines
        .filter(|(_, (_, line))| is(line))
        .map(|(file, (number, line))| format!("{}:{}: {}", file.path, number + 1, line.trim()))
        .collect()
}
