//! Everything the inspectors' app does, without Tauri.

pub mod view;
