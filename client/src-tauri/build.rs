//! Embeds the built front end and reads the configuration.

fn main() {
    // The front end is built by npm, perhaps after this crate: without the folder the build would fail, and without
    // the watch a later build of the front end would not be embedded.
    std::fs::create_dir_all("../dist").expect("the folder of the client is writable");
    println!("cargo:rerun-if-changed=../dist");
    tauri_build::build();
}
