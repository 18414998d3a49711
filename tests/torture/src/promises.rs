//! What must hold when nothing fails any more.

use std::{collections::BTreeSet, fmt};

use anyhow::{Result, ensure};
use rounds_shared::envelope::PublicKey;

use crate::{
    desk::Desk,
    log::{Log, Proven},
    phone::Phone,
    server::Server,
};

/// What was looked at.
#[derive(Debug, Default, Clone, Copy)]
pub struct Kept {
    /// Envelopes in the log that devices hold signed verdicts for.
    pub signed: u64,
    /// Those of them that were sent again, because the first verdict never arrived.
    pub again: u64,
    /// Inspections that are equal everywhere.
    pub inspections: u64,
    /// Photos whose bytes are there.
    pub photos: u64,
}

/// Delivers what is left and looks at every promise. The assignments are of all phones; what a person began by himself is
/// on his phone alone.
pub fn kept(
    server: &mut Server,
    phones: &[&Phone],
    assignments: &[String],
    key: &PublicKey,
    since: Proven,
) -> Result<Kept> {
    for phone in phones {
        phone.deliver_everything()?;
    }
    // What came last from one is now with the others.
    for phone in phones {
        phone.deliver_everything()?;
    }
    server.is_well()?;
    let mut kept = Kept::default();
    let log = Log::open(server.data())?;
    log.prove(since)?;
    log.has_everything_once()?;
    for phone in phones {
        phone.remembers_everything()?;
        let signed = phone.receipts(None, key)?;
        log.keeps(phone, &signed)?;
        kept.signed += signed.len() as u64;
        kept.again += signed.iter().filter(|signed| signed.is_duplicate).count() as u64;
    }
    drop(log);
    server.check()?;

    let mut desk = Desk::at(server.address()?)?;
    let told: Vec<_> = phones.iter().map(|phone| phone.told().clone()).collect();
    let recorded: BTreeSet<&String> = told.iter().flat_map(|told| told.inspections()).collect();
    let assigned = phones.iter().map(|phone| phone.assigned(assignments)).collect::<Result<Vec<_>>>()?;
    for inspection in recorded {
        let merged = desk.document(inspection)?;
        let shown = merged.inspection()?;
        for ((phone, told), assigned) in phones.iter().zip(&told).zip(&assigned) {
            if let Some(broken) = told.broken(inspection, &shown) {
                anyhow::bail!("{} was told that it is safe, and the server has of it: {broken}", phone.name);
            }
            if !assigned.contains(inspection) && !told.inspections().any(|own| own == inspection) {
                continue;
            }
            let here = phone.document(inspection)?.heads();
            ensure!(here == merged.heads(), "{} shows another {inspection} than the server", phone.name);
        }
        kept.inspections += 1;
    }
    for hash in told.iter().flat_map(|told| told.photos()) {
        let bytes = desk.photo(hash)?;
        let found = blake3::hash(&bytes).to_hex();
        ensure!(found.as_str() == hash, "the server's photo {hash} has the bytes of {found}");
        kept.photos += 1;
    }
    Ok(kept)
}

/// As every report ends.
impl fmt::Display for Kept {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signed, again, inspections, photos } = self;
        write!(
            out,
            "{signed} envelopes signed and in the log where the server said, {again} of them sent twice and there once, \
             {inspections} inspections equal everywhere, {photos} photos whole"
        )
    }
}
