//! The signed verdict 回执: what the server says of an envelope, after it is on disk and never before.

use minicbor::{Decode, Encode};

use super::{HeldReason, RefusedReason};
use crate::{
    envelope::{PublicKey, SecretKey, Signature, decode_exact},
    ids::{EnvelopeId, Epoch},
};

const VERDICT_DOMAIN: &str = "rounds v1 verdict";

/// What became of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// Committed to the log and merged.
    #[n(0)]
    Receipt {
        /// The log.
        #[n(0)]
        epoch: Epoch,
        /// The entry 流水号.
        #[n(1)]
        seq: u64,
    },
    /// Committed to the log, not merged: a person must rule, or dependencies are missing.
    #[n(1)]
    Held {
        /// The log.
        #[n(0)]
        epoch: Epoch,
        /// The entry 流水号.
        #[n(1)]
        seq: u64,
        /// Why.
        #[n(2)]
        reason: HeldReason,
        /// The change hashes it waits for.
        #[n(3)]
        missing: Vec<ChangeId>,
    },
    /// Not stored.
    #[n(2)]
    Refused {
        /// Why.
        #[n(0)]
        reason: RefusedReason,
    },
}

/// The hash of an Automerge change, as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ChangeId(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 32],
);

/// What the server says of one envelope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Verdict {
    /// Which envelope.
    #[n(0)]
    pub envelope: EnvelopeId,
    /// What became of it.
    #[n(1)]
    pub outcome: Outcome,
    /// Whether the server had seen it before: the outcome is the first one's, nothing is stored twice.
    #[n(2)]
    pub duplicate: bool,
}

/// A verdict with the server's signature over its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SignedVerdict {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    verdict: Vec<u8>,
    #[n(1)]
    signature: Signature,
}

impl SignedVerdict {
    /// Signs a verdict. Call it only after the entry is committed.
    pub fn sign(verdict: &Verdict, key: &SecretKey) -> Self {
        let verdict = minicbor::to_vec(verdict).expect("encoding to memory cannot fail");
        let signature = key.sign(&blake3::derive_key(VERDICT_DOMAIN, &verdict));
        Self { verdict, signature }
    }

    /// The verdict, if this server signed it.
    pub fn verify(&self, server: &PublicKey) -> Option<Verdict> {
        let honest = server.signed(&blake3::derive_key(VERDICT_DOMAIN, &self.verdict), &self.signature);
        if honest { decode_exact(&self.verdict) } else { None }
    }

    /// The bytes a device keeps as its proof.
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding to memory cannot fail")
    }

    /// Reads a kept proof.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        decode_exact(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_counts_only_with_its_servers_signature() {
        let (server, other) = (SecretKey::new([3; 32]), SecretKey::new([4; 32]));
        let verdict = Verdict {
            envelope: EnvelopeId::new([9; 32]),
            outcome: Outcome::Receipt { epoch: Epoch::new([1; 16]), seq: 7 },
            duplicate: false,
        };
        let signed = SignedVerdict::from_bytes(&SignedVerdict::sign(&verdict, &server).to_bytes()).unwrap();
        assert_eq!(signed.verify(&server.public()), Some(verdict));
        assert_eq!(signed.verify(&other.public()), None);
    }
}
