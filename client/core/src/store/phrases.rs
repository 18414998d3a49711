//! What this person writes again and again for an item 常用语.

use rusqlite::{Connection, params};

/// Characters of a phrase; what is longer is a story, and is not told twice.
const PHRASE_CHARS_MAX: usize = 40;
/// Most phrases that are offered.
const PHRASES_MAX: usize = 8;
/// Most phrases of an item that are kept; those of longest ago go.
const PHRASES_KEPT: usize = 40;

/// Something was written for an item.
pub(crate) fn remember(connection: &Connection, item: &str, text: &str, at: i64) -> rusqlite::Result<()> {
    let text = text.trim();
    if text.is_empty() || text.contains('\n') || text.chars().count() > PHRASE_CHARS_MAX {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO phrases (item, text, used, last_at) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT (item, text) DO UPDATE SET used = used + 1, last_at = excluded.last_at",
        )?
        .execute(params![item, text, at])?;
    connection
        .prepare_cached(
            "DELETE FROM phrases WHERE item = ?1 AND text NOT IN
                 (SELECT text FROM phrases WHERE item = ?1 ORDER BY last_at DESC, text LIMIT ?2)",
        )?
        .execute(params![item, PHRASES_KEPT])
        .map(drop)
}

/// The phrases of an item, the most used first.
pub(crate) fn of(connection: &Connection, item: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = connection.prepare_cached(
        "SELECT text FROM phrases WHERE item = ?1 ORDER BY used DESC, last_at DESC, text LIMIT ?2",
    )?;
    select.query_map(params![item, PHRASES_MAX], |row| row.get(0))?.collect()
}
