//! The inspectors' app on a desktop.
// A release build on Windows opens no console window beside the app.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    rounds_app_lib::run();
}
