//! The console's built files are taken into the program, so that it is one file to copy.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    // A checkout whose console was never built compiles too; the server then says how to build it.
    fs::create_dir_all(Path::new("console").join("dist"))?;
    println!("cargo:rerun-if-changed=console/dist");
    Ok(())
}
