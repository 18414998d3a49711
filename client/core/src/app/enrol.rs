//! Enrolment: once, online. Afterwards the app works without a connection.

use data_encoding::HEXLOWER;
use rounds_shared::{
    envelope::{PublicKey, SecretKey},
    ids::DeviceId,
    protocol::{EnrolRequest, PROTOCOL_VERSION, ServerInfo},
};
use serde::Deserialize;

use super::App;
use crate::{
    failure::Failure,
    http,
    store::{self, identity::Identity},
    view::AppState,
};

/// Longest name of a device, in bytes.
const DEVICE_NAME_BYTES_MAX: usize = 120;

/// What a person types to sign in.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct EnrolInput {
    /// The server's address.
    pub server: String,
    /// The account.
    pub login: String,
    /// Its password; never stored here.
    pub password: String,
    /// What the owner calls the device.
    pub device_name: String,
}

impl App {
    /// Signs a person in, with the device's own key. Signing in again after a session has expired keeps the key and
    /// everything recorded.
    ///
    /// # Errors
    /// When the server cannot be reached, is no Rounds server, is another one than before, or says no.
    pub fn enrol(&self, input: &EnrolInput) -> Result<AppState, Failure> {
        let address = http::address(&input.server).ok_or(Failure::NotRoundsServer)?;
        let server = (self.links)(&address);
        let info = server.info()?;
        let server_key = check(&info)?;
        let login = input.login.trim();
        let name = input.device_name.trim();
        let name = name[..name.floor_char_boundary(DEVICE_NAME_BYTES_MAX)].to_owned();
        if login.is_empty() || name.is_empty() {
            return Err(Failure::ValueInvalid);
        }
        let secret = self.secret_for(&info, server_key, login)?;
        let proof = secret.sign(&EnrolRequest::proof_message(login, &server_key));
        let reply = server.enrol(&EnrolRequest {
            login: login.to_owned(),
            password: input.password.clone(),
            device_name: name.clone(),
            device_key: HEXLOWER.encode(secret.public().as_bytes()),
            proof: HEXLOWER.encode(proof.as_bytes()),
        })?;
        if PublicKey::from_hex(&reply.server_key) != Some(server_key) {
            return Err(Failure::ServerKeyChanged);
        }
        let identity = Identity {
            server: address,
            server_key,
            server_version: info.version,
            city: info.city,
            city_name: info.name,
            user: reply.user,
            login: login.to_owned(),
            name: reply.name,
            role: reply.role,
            device: DeviceId::of(&secret.public()),
            device_name: name,
            secret,
            token: Some(reply.token),
        };
        let mut device = self.device();
        let mut progress = store::progress::load(device.store.read())?;
        progress.skew_ms = Some(self.surroundings.now().saturating_sub(reply.server_time));
        device.store.write(|transaction| {
            store::identity::save(transaction, &identity)?;
            store::progress::save(transaction, &progress)
        })?;
        device.identity = Some(identity);
        drop(device);
        self.nudge.poke();
        self.state()
    }

    /// The key to sign in with: the device's own one again, or a fresh one. One key is one person's, and what he
    /// recorded and has not delivered yet can only be signed with it.
    fn secret_for(
        &self,
        info: &ServerInfo,
        server_key: PublicKey,
        login: &str,
    ) -> Result<SecretKey, Failure> {
        let device = self.device();
        let Some(identity) = &device.identity else {
            return Ok(SecretKey::new(self.surroundings.random()));
        };
        if identity.server_key != server_key || identity.city != info.city {
            return Err(Failure::ServerKeyChanged);
        }
        if plain(&identity.login) != plain(login) {
            return Err(Failure::OtherPerson { name: identity.name.clone() });
        }
        Ok(SecretKey::new(identity.secret.to_bytes()))
    }
}

/// A login as the server compares it: accounts differ in more than capitals.
fn plain(login: &str) -> String {
    login.trim().to_lowercase()
}

/// Whether a server is one this app can talk to; its key.
pub(super) fn check(info: &ServerInfo) -> Result<PublicKey, Failure> {
    spoken(PROTOCOL_VERSION, info.protocol)?;
    PublicKey::from_hex(&info.server_key).ok_or(Failure::NotRoundsServer)
}

/// What an app and a server of these versions of the protocol speak with each other: the lower of both, which either
/// knows. Version n of the app works with n + 1 of the server and the reverse.
pub(super) fn spoken(app: u8, server: u8) -> Result<u8, Failure> {
    let lower = app.min(server);
    if lower == 0 || app.abs_diff(server) > 1 { Err(Failure::ProtocolUnsupported) } else { Ok(lower) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ANNA, City, city_code};

    #[test]
    fn the_same_person_may_write_his_login_with_capitals_and_another_may_not_sign_in() {
        let (dir, city) = (tempfile::tempdir().unwrap(), City::founded());
        let app = ANNA.app(dir.path(), &city);
        app.device().identity.as_mut().unwrap().login = "Inspector1".to_owned();
        let info = ServerInfo {
            city: city_code(),
            name: rounds_shared::template::Text { zh: "昆明市".into(), en: "Kunming".into() },
            server_key: HEXLOWER.encode(city.key.public().as_bytes()),
            protocol: PROTOCOL_VERSION,
            epoch: city.epoch,
            version: "1".to_owned(),
            setup_needed: false,
        };
        for login in ["Inspector1", "inspector1", " INSPECTOR1 "] {
            let secret = app.secret_for(&info, city.key.public(), login).unwrap();
            assert_eq!(secret.public(), ANNA.secret().public(), "the device keeps its key");
        }
        let other = app.secret_for(&info, city.key.public(), "inspector2");
        assert_eq!(other.err(), Some(Failure::OtherPerson { name: ANNA.name.to_owned() }));
    }

    #[test]
    fn app_and_server_speak_the_lower_of_two_neighbouring_versions_and_no_other() {
        assert_eq!([spoken(5, 4), spoken(5, 5), spoken(5, 6)], [Ok(4), Ok(5), Ok(5)]);
        for (app, server) in [(5, 3), (5, 7), (1, 0), (0, 1)] {
            assert_eq!(spoken(app, server), Err(Failure::ProtocolUnsupported), "{app} and {server}");
        }
    }
}
