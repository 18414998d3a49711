//! The seven statements of the protocol, looked at when nothing fails any more. The fourth and the fifth are looked at
//! all along, too: what the law found wrong is here first.

use std::collections::BTreeSet;

use rounds_shared::{
    document::Document,
    ids::{DeviceId, DocId},
};

use crate::{
    city::City,
    hostile::MARK,
    phone::{Phone, Recorded},
};

/// Looks at all of them.
///
/// # Errors
/// The first that is broken, and how.
pub fn statements(city: &mut City, phones: &[Phone]) -> Result<(), String> {
    // Scope and authority.
    if let Some(wrong) = city.wrong.first() {
        return Err(wrong.clone());
    }
    durability(city, phones)?;
    convergence(city, phones)?;
    for phone in phones {
        for recorded in &phone.recorded {
            no_loss(city, recorded)?;
        }
    }
    forgery(city, phones)?;
    if let Some(envelope) = city.law.waits_for_nothing() {
        return Err(format!("{envelope} waits for changes that are there"));
    }
    views(city)?;
    liveness(city, phones)
}

/// Every signed verdict's envelope is in the log. What a restore lost is there again when a phone still had it.
fn durability(city: &mut City, phones: &[Phone]) -> Result<(), String> {
    if !city.is_whole() {
        return Err("the log does not match its running hash".to_owned());
    }
    let keeps = |device: DeviceId| {
        let mut of = phones.iter().filter(|phone| phone.device() == Some(device)).peekable();
        of.peek().is_some() && of.all(|phone| !phone.is_restored)
    };
    for (envelope, signed) in city.signed.clone() {
        let is_of_this_log = city.is_of_this_log(&signed);
        match city.entry_of(envelope) {
            Some(found) if found == signed.seq || !is_of_this_log => {}
            None if !is_of_this_log && !signed.author.is_some_and(keeps) => {}
            found => {
                return Err(format!("{envelope} was signed to be entry {}, and is {found:?}", signed.seq));
            }
        }
    }
    Ok(())
}

/// Documents in scope are equal everywhere, conflicts included, up to a device's own that is held.
fn convergence(city: &mut City, phones: &[Phone]) -> Result<(), String> {
    let docs: Vec<DocId> = city.law.docs.keys().copied().collect();
    for doc in docs {
        let saved = city.document(doc).ok_or_else(|| format!("{doc} has entries and no document"))?;
        let there = Document::load(&saved).map_err(|error| error.to_string())?;
        let merged = &city.law.docs[&doc].document;
        if there.heads() != merged.heads() {
            return Err(format!("{doc} is another one than the log makes"));
        }
        for phone in phones {
            let Some(device) = phone.device() else { continue };
            let user = city.law.user_of(device).filter(|_| city.law.may_read(device));
            if !user.is_some_and(|user| city.law.sees_doc(user, doc)) {
                continue;
            }
            let here = phone.document(&doc.to_string());
            let here = here.ok_or_else(|| format!("phone {device} does not show {doc}"))?;
            if !merged.heads().into_iter().all(|head| here.has(head)) {
                return Err(format!("phone {device} does not show all of {doc}"));
            }
            // A restore loses rulings, and what nobody has but as part of a snapshot: it stays where it was merged.
            let is_held_of = city.law.is_held_of(device, doc);
            let is_held = || {
                let whole = city.law.everything(doc);
                whole.is_some_and(|whole| here.heads().into_iter().all(|head| whole.has(head)))
            };
            if here.heads() != merged.heads() && !city.is_restored() && !(is_held_of && is_held()) {
                return Err(format!("phone {device} shows more of {doc} than the log has"));
            }
        }
    }
    Ok(())
}

/// What was ever saved on a phone that connects again is in the log, merged or held.
fn no_loss(city: &City, recorded: &Recorded) -> Result<(), String> {
    let Recorded { doc, change, words } = recorded;
    let is_merged = city.law.docs.get(doc).is_some_and(|doc| doc.document.has(*change));
    if is_merged || city.law.is_held(*change) {
        Ok(())
    } else {
        Err(format!("{doc}: {change:?} ({words:?}) was recorded, and is not in the log"))
    }
}

/// What was forged is nowhere.
fn forgery(city: &City, phones: &[Phone]) -> Result<(), String> {
    let docs: BTreeSet<DocId> = city.law.docs.keys().copied().collect();
    let shown = docs.iter().flat_map(|doc| {
        let there = city.law.docs.get(doc).map(|doc| doc.document.clone());
        there.into_iter().chain(phones.iter().filter_map(|phone| phone.document(&doc.to_string())))
    });
    for document in shown {
        let inspection = document.inspection().map_err(|error| error.to_string())?;
        if inspection.remarks.iter().any(|remark| remark.text.contains(MARK)) {
            return Err("something is said in the name of somebody who did not say it".to_owned());
        }
    }
    Ok(())
}

/// Replaying the log gives the same views.
fn views(city: &mut City) -> Result<(), String> {
    let before = city.rows();
    if !city.rebuild() {
        return Err("the log cannot be replayed".to_owned());
    }
    let after = city.rows();
    match before.iter().find(|(table, rows)| after.get(*table) != Some(rows)) {
        Some((table, _)) => Err(format!("a replay makes another view {table}")),
        None => Ok(()),
    }
}

/// Something was moved.
fn liveness(city: &City, phones: &[Phone]) -> Result<(), String> {
    if city.signed.is_empty() && phones.iter().any(|phone| !phone.recorded.is_empty()) {
        return Err("nothing was moved".to_owned());
    }
    Ok(())
}
