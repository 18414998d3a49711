//! What people do to a case: each act is one change, and adds one event.

use automerge::transaction::Transactable as _;

use super::{Session, WriteError, point_text, put_optional};
use crate::{
    case::Act,
    document::{Document, schema::EVENTS},
};

impl Document {
    /// Adds what somebody did about the case, with his words.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn act(
        &mut self,
        session: &mut Session,
        at_ms: i64,
        act: &Act,
        text: &str,
    ) -> Result<(), WriteError> {
        self.append(session, at_ms, EVENTS, |tx, map| {
            tx.put(map, "act", act.kind().as_str())?;
            put_optional(tx, map, "text", Some(text).filter(|text| !text.is_empty()))?;
            match act {
                Act::Open { kind, place, point } => {
                    tx.put(map, "kind", kind.as_str())?;
                    tx.put(map, "place", place.as_str())?;
                    put_optional(tx, map, "point", point.map(point_text).as_deref())
                }
                Act::Dispatch { to, checker, due } => {
                    tx.put(map, "to", to.to_string())?;
                    put_optional(tx, map, "checker", checker.map(|user| user.to_string()).as_deref())?;
                    tx.put(map, "due", due.to_string())
                }
                Act::Fix { photos } | Act::Pass { photos } | Act::Fail { photos } => {
                    tx.put(map, "photos", photos.join(" "))
                }
                Act::Extend { due } => tx.put(map, "due", due.to_string()),
                Act::GiveBack | Act::Close | Act::Withdraw | Act::Later => Ok(()),
            }
        })
    }
}
