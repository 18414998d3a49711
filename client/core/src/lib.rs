//! Everything the inspectors' app does, without Tauri.
