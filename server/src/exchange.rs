//! What passes between a device and the server, as plain functions: a request's bytes go in, a reply comes out, and the
//! time is an argument. HTTP, threads and the one writer are whoever's that calls them: the handlers', or the
//! simulator's, which so runs what a server runs.
//!
//! An exchange has two halves, because the writer's turn lies between them.

pub mod message;
pub mod repair;
pub mod returning;
mod shown;
pub mod sync;

use std::sync::Arc;

use rounds_shared::ids::DeviceId;

pub use message::Packing;

use self::repair::Sets;
use crate::{budget::Budgets, error::ApiError, log::Log, photos::Photos, vault::Vault, views::Readers};

/// What an exchange needs of the server. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    log: Log,
    readers: Arc<Readers>,
    vault: Vault,
    photos: Photos,
    budgets: Arc<Budgets>,
    sets: Arc<Sets>,
}

impl Exchange {
    /// Over a server's parts. Nobody has delivered or compared anything yet.
    pub fn new(log: Log, readers: Arc<Readers>, vault: Vault, photos: Photos) -> Self {
        Self { log, readers, vault, photos, budgets: Arc::default(), sets: Arc::default() }
    }

    fn spend(&self, device: DeviceId, now: i64, bytes: usize, pieces: usize) -> Result<(), ApiError> {
        let spent = self.budgets.spend(device, now, bytes, pieces);
        spent.map_err(|spent| ApiError::ComeBack { seconds: spent.seconds })
    }
}
