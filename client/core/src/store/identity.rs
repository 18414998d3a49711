//! Who holds the device, and for which server.

use data_encoding::HEXLOWER;
use rounds_shared::{
    area::AreaCode,
    envelope::{PublicKey, SecretKey},
    ids::{DeviceId, UserId},
    permission::Role,
    protocol::seal_key,
    template::Text,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{key::DataKey, safe::Holder, surroundings::Surroundings};

/// The one row.
pub(crate) struct Identity {
    /// The server's address.
    pub(crate) server: String,
    /// The server's key, pinned at enrolment.
    pub(crate) server_key: PublicKey,
    /// The server's version when it was last asked.
    pub(crate) server_version: String,
    pub(crate) city: AreaCode,
    pub(crate) city_name: Text,
    pub(crate) user: UserId,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) device: DeviceId,
    pub(crate) device_name: String,
    pub(crate) secret: SecretKey,
    /// The bearer token; none when the session has expired.
    pub(crate) token: Option<String>,
}

impl Identity {
    /// What the lock screen says of him.
    pub(crate) fn holder(&self) -> Holder {
        Holder {
            login: self.login.clone(),
            name: self.name.clone(),
            server: self.server.clone(),
            server_key: HEXLOWER.encode(self.server_key.as_bytes()),
            city: self.city_name.clone(),
        }
    }

    /// The key of his data, sealed to the server, which gives it back to him alone.
    pub(crate) fn sealed_key(&self, key: &DataKey, surroundings: &Surroundings) -> Option<String> {
        let sealed = seal_key(self.user, key.as_bytes(), &self.server_key, surroundings.random())?;
        Some(HEXLOWER.encode(&sealed))
    }
}

pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Option<Identity>> {
    connection
        .query_row(
            "SELECT server, server_key, server_version, city, city_zh, city_en, user, login, name, role,
                    device, device_name, secret, token
             FROM identity",
            [],
            row,
        )
        .optional()
}

pub(crate) fn save(connection: &Connection, identity: &Identity) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT OR REPLACE INTO identity
                (one, server, server_key, server_version, city, city_zh, city_en, user, login, name, role,
                 device, device_name, secret, token)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                identity.server,
                identity.server_key.as_bytes(),
                identity.server_version,
                identity.city.as_str(),
                identity.city_name.zh,
                identity.city_name.en,
                identity.user.as_bytes(),
                identity.login,
                identity.name,
                identity.role.as_str(),
                identity.device.as_bytes(),
                identity.device_name,
                identity.secret.to_bytes(),
                identity.token,
            ],
        )
        .map(drop)
}

/// The session has expired: everything but delivery goes on.
pub(crate) fn drop_token(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("UPDATE identity SET token = NULL", []).map(drop)
}

pub(crate) fn set_server(connection: &Connection, address: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE identity SET server = ?1", [address]).map(drop)
}

pub(crate) fn set_server_version(connection: &Connection, version: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE identity SET server_version = ?1", [version]).map(drop)
}

fn row(row: &Row<'_>) -> rusqlite::Result<Identity> {
    Ok(Identity {
        server: row.get(0)?,
        server_key: PublicKey::new(row.get(1)?),
        server_version: row.get(2)?,
        city: super::text(row, 3)?,
        city_name: Text { zh: row.get(4)?, en: row.get(5)? },
        user: super::id(row, 6)?,
        login: row.get(7)?,
        name: row.get(8)?,
        role: super::named(row, 9, |name| Role::ALL.into_iter().find(|role| role.as_str() == name))?,
        device: super::id(row, 10)?,
        device_name: row.get(11)?,
        secret: SecretKey::new(row.get(12)?),
        token: row.get(13)?,
    })
}
