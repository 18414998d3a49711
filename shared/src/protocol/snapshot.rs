//! The snapshot: a document as it is merged, for a device that has none of the envelopes it is made of.

use minicbor::{Decode, Encode};

use crate::{
    area::{AreaCode, SiteId},
    envelope::{PublicKey, SecretKey, Signature, decode_exact},
    ids::{AssignmentId, DocId, EnvelopeId, UserId},
    template::TemplateId,
};

const SNAPSHOT_DOMAIN: &str = "rounds v1 snapshot";
/// The snapshots that this version understands; a device says it in its requests.
pub const SNAPSHOT_VERSION: u8 = 1;

/// The kind that a case's card names. It is no inspection's, so a version that knows no cases loads the document, and says
/// nothing of it.
pub const CASE_KIND: &str = "case";

/// A document as an entry of the log left it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Snapshot {
    /// Which document.
    #[n(0)]
    pub doc: DocId,
    /// The last entry that changed it.
    #[n(1)]
    pub seq: u64,
    /// The document, saved: one undeflated Automerge document chunk.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub saved: Vec<u8>,
    /// The envelopes it is made of: whoever has it holds them, when both sides compare what they have.
    #[n(3)]
    pub covers: Vec<EnvelopeId>,
    /// What lists say of it.
    #[n(4)]
    pub card: Card,
}

/// What lists say of an inspection, so that nobody loads a document that nobody opens. It is a view: whoever opens the
/// document makes it again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Card {
    /// The kind's name.
    #[n(0)]
    pub kind: String,
    /// Where.
    #[n(1)]
    pub area: AreaCode,
    /// The site in that area, when it is about one.
    #[n(2)]
    pub site: Option<SiteId>,
    /// The checklist.
    #[n(3)]
    pub template: TemplateId,
    /// Its version.
    #[n(4)]
    pub template_version: u32,
    /// The assignment it fulfils.
    #[n(5)]
    pub assignment: Option<AssignmentId>,
    /// The name of its review state.
    #[n(6)]
    pub state: String,
    /// How many items are answered.
    #[n(7)]
    pub answered: u32,
    /// How many are asked.
    #[n(8)]
    pub asked: u32,
    /// How many findings stand.
    #[n(9)]
    pub findings: u32,
    /// How many conflicts are open.
    #[n(10)]
    pub conflicts: u32,
    /// How many returns are open.
    #[n(11)]
    pub returned: u32,
    /// When something last came in, by the server's clock in milliseconds.
    #[n(12)]
    pub changed_at: i64,
    /// Who was asked to inspect, or did.
    #[n(13)]
    pub people: Vec<UserId>,
    /// Those of them who have submitted.
    #[n(14)]
    pub submitted: Vec<UserId>,
}

/// A snapshot with the server's signature over its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedSnapshot {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    snapshot: Vec<u8>,
    #[n(1)]
    signature: Signature,
}

impl SignedSnapshot {
    /// Signs a snapshot of what is committed.
    pub fn sign(snapshot: &Snapshot, key: &SecretKey) -> Self {
        let snapshot = minicbor::to_vec(snapshot).expect("encoding to memory cannot fail");
        let signature = key.sign(&blake3::derive_key(SNAPSHOT_DOMAIN, &snapshot));
        Self { snapshot, signature }
    }

    /// The snapshot, if this server signed it.
    pub fn verify(&self, server: &PublicKey) -> Option<Snapshot> {
        let honest = server.signed(&blake3::derive_key(SNAPSHOT_DOMAIN, &self.snapshot), &self.signature);
        if honest { decode_exact(&self.snapshot) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_counts_only_with_its_servers_signature() {
        let (server, other) = (SecretKey::new([3; 32]), SecretKey::new([4; 32]));
        let snapshot = super::super::tests::snapshot();
        let mut signed = SignedSnapshot::sign(&snapshot, &server);
        assert_eq!(signed.verify(&server.public()), Some(snapshot));
        assert_eq!(signed.verify(&other.public()), None);
        *signed.snapshot.last_mut().unwrap() ^= 1;
        assert_eq!(signed.verify(&server.public()), None);
    }
}
