//! Who may see what, in the console and on devices: by the labels of a document and by the registry. What was visible
//! at an earlier entry of the log is told the same way, so what enters and leaves somebody's sight follows.

use rounds_shared::{
    ids::{DocId, PhotoHash},
    permission::Role,
    registry::{Registry, User},
};
use rusqlite::Connection;

use crate::{
    app::App,
    error::ApiError,
    views::{
        self,
        labels::{Label, Labelled},
    },
};

/// What a user sees by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The beginnings of the labels he sees by.
    prefixes: Vec<String>,
    /// The label that hides a document from him all the same.
    blind: String,
}

impl Scope {
    /// The scope of a user as he is or was.
    pub fn of(user: &User) -> Self {
        let areas = user.areas.iter().filter_map(|area| match user.role {
            Role::Inspector | Role::Unit => None,
            Role::Supervisor | Role::Administrator => Some(Label::Area(area).to_string()),
            // 监督代表 read what was approved.
            Role::Observer => Some(Label::Approved(area).to_string()),
        });
        // What was assigned to him or recorded by him is his, wherever he belongs now.
        let prefixes = std::iter::once(Label::User(user.id).to_string()).chain(areas).collect();
        Self { prefixes, blind: Label::Blind(user.id).to_string() }
    }

    /// The label that hides a document from him.
    pub(crate) fn blind(&self) -> &str {
        &self.blind
    }

    fn covers(&self, labelled: &Labelled) -> bool {
        self.prefixes.iter().any(|prefix| labelled.label.starts_with(prefix))
    }

    fn sees(&self, labels: &[Labelled]) -> bool {
        let mut standing = labels.iter().filter(|one| one.until.is_none());
        standing.clone().any(|one| self.covers(one)) && !standing.any(|one| one.label == self.blind)
    }
}

/// Whether somebody may see a document.
///
/// # Errors
/// When the views cannot be read.
pub fn sees(connection: &Connection, user: &User, doc: DocId) -> rusqlite::Result<bool> {
    Ok(Scope::of(user).sees(&views::labels::of(connection, doc)?))
}

/// What a device needs of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it does not see it, and did not.
    Nothing,
    /// The entries it has not read.
    Entries,
    /// The document as it is: it came into sight, or was out of it for a while.
    Snapshot,
    /// To forget it.
    Forget,
}

/// A user's sight from the entry that a device has read to the log's end.
pub(crate) struct Advance {
    /// The entry; none for a device of which nothing is known.
    from: Option<u64>,
    /// Every scope the user has had since, the last one now. Empty for nobody.
    scopes: Vec<Scope>,
}

impl Advance {
    pub(crate) fn of(registry: &Registry, user: rounds_shared::ids::UserId, from: Option<u64>) -> Self {
        Self { from, scopes: registry.user_since(user, from.unwrap_or(0)).map(Scope::of).collect() }
    }

    /// The entry that the device has read.
    pub(crate) fn from(&self) -> Option<u64> {
        self.from
    }

    /// What the device needs of a document with these labels.
    ///
    /// It has what was in sight all the time since its entry, and may have what was in sight at any time since. To
    /// send twice what is there does no harm; so what was in sight with an interruption counts as new.
    pub(crate) fn need(&self, labels: &[Labelled]) -> Need {
        let Some(now) = self.scopes.last() else { return Need::Nothing };
        let from = self.from.unwrap_or(0);
        if !now.sees(labels) {
            let was_seen = |one: &Labelled| {
                one.until.is_none_or(|until| until > from)
                    && self.scopes.iter().any(|scope| scope.covers(one))
            };
            return if labels.iter().any(was_seen) { Need::Forget } else { Need::Nothing };
        }
        let Some(from) = self.from else { return Need::Snapshot };
        if labels.iter().all(|one| one.from > from) {
            // All of its entries are still to be read.
            return Need::Entries;
        }
        let stayed = |one: &Labelled| {
            one.from <= from && one.until.is_none() && self.scopes.iter().all(|scope| scope.covers(one))
        };
        let hidden = |one: &Labelled| one.label == now.blind && one.until.is_none_or(|until| until > from);
        if labels.iter().any(stayed) && !labels.iter().any(hidden) { Need::Entries } else { Need::Snapshot }
    }

    /// Documents of which the device may need something else than entries, behind one and in the order of their ids.
    pub(crate) fn changed(
        &self,
        connection: &Connection,
        after: Option<DocId>,
        rows: usize,
    ) -> rusqlite::Result<Vec<DocId>> {
        let is_steady = self.scopes.windows(2).all(|pair| pair[0] == pair[1]);
        let mut prefixes: Vec<String> = self
            .scopes
            .iter()
            .flat_map(|scope| scope.prefixes.iter().chain([&scope.blind]))
            .cloned()
            .collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let changed_after = self.from.filter(|_| is_steady);
        let wanted = views::labels::Wanted { prefixes: &prefixes, changed_after, after, rows };
        views::labels::documents(connection, &wanted)
    }
}

/// A digest of what a user sees by at an entry, and of the rules of this file: change the domain with them.
pub(crate) fn digest(registry: &Registry, user: rounds_shared::ids::UserId, position: u64) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new_derive_key("rounds v3 scope");
    for prefix in registry.user_at(user, position).map(Scope::of).iter().flat_map(|scope| &scope.prefixes) {
        hasher.update(prefix.as_bytes());
        hasher.update(b" ");
    }
    let mut digest = [0; 8];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    digest
}

/// Whether a person is in somebody's care: an administrator's, or that of a supervisor whose areas touch the person's.
pub fn cares_for(own: &User, user: &User) -> bool {
    let touches = |area| own.covers(area) || own.areas.iter().any(|own| area.contains(own));
    own.role == Role::Administrator || own.id == user.id || user.areas.iter().any(touches)
}

/// # Errors
/// [`ApiError::NotFound`] when no document that the user may see names the photo.
pub async fn require_photo(app: &App, user: &User, hash: PhotoHash) -> Result<(), ApiError> {
    // What a published checklist shows is for everybody who reads it.
    if app.intake.registry().templates().any(|template| template.shows(hash)) {
        return Ok(());
    }
    let (readers, user) = (app.readers.clone(), user.clone());
    let look = move || readers.read(|connection| sees_photo(connection, &user, hash));
    let seen = tokio::task::spawn_blocking(look).await.map_err(ApiError::internal)?;
    if seen? { Ok(()) } else { Err(ApiError::NotFound) }
}

fn sees_photo(connection: &Connection, user: &User, hash: PhotoHash) -> rusqlite::Result<bool> {
    for doc in views::photos::documents_of(connection, hash)? {
        if sees(connection, user, doc)? {
            return Ok(true);
        }
    }
    Ok(false)
}
