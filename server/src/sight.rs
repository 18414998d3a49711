//! Who may see what, in the console and on devices: by what a document is about and by the registry.

use rounds_shared::{
    area::AreaCode, ids::PhotoHash, inspection::ReviewState, permission::Role, registry::User,
};
use rusqlite::Connection;

use crate::{
    app::App,
    error::ApiError,
    views::{self, inspections::Row},
};

/// Whether somebody may see an inspection.
///
/// # Errors
/// When the views cannot be read.
pub fn sees(connection: &Connection, user: &User, row: &Row) -> rusqlite::Result<bool> {
    let covers = || AreaCode::parse(&row.area).is_ok_and(|area| user.covers(&area));
    Ok(match user.role {
        // What was assigned to him or recorded by him is his, wherever he belongs now.
        Role::Inspector | Role::Unit => views::inspections::concerns(connection, row.doc, user.id)?,
        Role::Supervisor | Role::Administrator => {
            covers() || views::inspections::concerns(connection, row.doc, user.id)?
        }
        // 监督代表 read what was approved.
        Role::Observer => covers() && row.state == ReviewState::Approved.as_str(),
    })
}

/// Whether a person is in somebody's care: an administrator's, or that of a supervisor whose areas touch the person's.
pub fn cares_for(own: &User, user: &User) -> bool {
    let touches = |area: &AreaCode| own.covers(area) || own.areas.iter().any(|own| area.contains(own));
    own.role == Role::Administrator || own.id == user.id || user.areas.iter().any(touches)
}

/// # Errors
/// [`ApiError::NotFound`] when no document that the user may see names the photo.
pub async fn require_photo(app: &App, user: &User, hash: PhotoHash) -> Result<(), ApiError> {
    let (readers, user) = (app.readers.clone(), user.clone());
    let look = move || readers.read(|connection| sees_photo(connection, &user, hash));
    let seen = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
    if seen? { Ok(()) } else { Err(ApiError::NotFound) }
}

fn sees_photo(connection: &Connection, user: &User, hash: PhotoHash) -> rusqlite::Result<bool> {
    for doc in views::photos::documents_of(connection, hash)? {
        let Some(row) = views::inspections::one(connection, doc)? else { continue };
        if sees(connection, user, &row)? {
            return Ok(true);
        }
    }
    Ok(false)
}
