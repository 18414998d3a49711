//! Whoever has the screens follows his server to another address; with him his safe, which the lock screen asks.

use super::Phone;
use crate::{failure::Failure, view::AppState};

impl Phone {
    /// Looks for the server at another address from now on, for whoever has the screens.
    ///
    /// # Errors
    /// As [`App::set_server`](crate::App::set_server); when the screens belong to nobody.
    pub fn set_server(&self, address: &str) -> Result<AppState, Failure> {
        let _one = super::lock(&self.one_at_a_time);
        self.app()?.set_server(address)?;
        self.note_holder();
        self.state()
    }
}
