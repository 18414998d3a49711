//! A server that is to be found at another address: it is the same one, so everything goes on as before.

use super::App;
use crate::{failure::Failure, http, store};

impl App {
    /// Delivers to another address of the server from now on. Whoever answers there is asked who he is first.
    ///
    /// # Errors
    /// When nobody answers there, or not the server and the city this device trusts; then nothing has changed.
    pub fn set_server(&self, address: &str) -> Result<(), Failure> {
        let address = http::address(address).ok_or(Failure::NotRoundsServer)?;
        self.recognise(&*(self.links)(&address))?;
        let mut device = self.device();
        device.store.write(|transaction| store::identity::set_server(transaction, &address))?;
        if let Some(identity) = &mut device.identity {
            identity.server = address;
        }
        drop(device);
        self.nudge.poke();
        Ok(())
    }
}
