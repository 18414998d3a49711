//! Promises kept between real parts: a real server on a port of its own, real devices, real files.

mod background;
mod backups;
mod bad_days;
mod cases;
mod checking;
mod decisions;
mod decoders;
mod devices;
mod exports;
mod history;
mod holders;
mod hostile;
mod observers;
mod packing;
mod photos;
mod repairs;
mod rulings;
mod sight;
mod strangers;
mod superseding;
mod together;
mod town;
mod uploads;
mod views;
mod wire;
mod withdrawals;
