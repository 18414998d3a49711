//! The endpoints: extract, call, reply. [`crate::router`] shows them all on one screen.

pub mod areas;
pub mod audit;
pub mod enrolment;
pub mod live;
pub mod photos;
pub mod server;
pub mod session;
pub mod setup;
pub mod shapes;
pub mod sites;
pub mod tus;
pub mod users;
