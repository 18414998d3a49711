//! The endpoints: extract, call, reply. [`crate::router`] shows them all on one screen.

pub mod areas;
pub mod assignments;
pub mod audit;
pub mod conflicts;
pub mod devices;
pub mod enrolment;
pub mod exports;
pub mod findings;
pub mod held;
pub mod history;
pub mod inspections;
pub mod live;
pub(crate) mod message;
pub mod overview;
pub mod photos;
pub mod recovery;
pub mod repair;
pub mod server;
pub mod session;
pub mod setup;
pub mod shapes;
pub mod sites;
pub mod sync;
pub mod templates;
pub mod tus;
pub mod users;
