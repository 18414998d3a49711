//! The promises of Rounds in one binary: a file that is not a module here is not compiled, and tidy finds it.

mod tidy;
