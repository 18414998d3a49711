//! The signed verdict 回执: what the server says of an envelope, after it is on disk and never before.

use minicbor::{Decode, Decoder, Encode};

use super::{HeldReason, RefusedReason};
use crate::{
    envelope::{PublicKey, SecretKey, Signature, decode_exact},
    ids::{EnvelopeId, Epoch},
};

const VERDICT_DOMAIN: &str = "rounds v1 verdict";

/// What became of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
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
    /// Something of a later version: the device keeps everything and goes on.
    #[n(3)]
    Later,
}

impl<'b, C> Decode<'b, C> for Outcome {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        #[derive(Decode)]
        struct Receipt {
            #[n(0)]
            epoch: Epoch,
            #[n(1)]
            seq: u64,
        }
        #[derive(Decode)]
        struct Held {
            #[n(0)]
            epoch: Epoch,
            #[n(1)]
            seq: u64,
            #[n(2)]
            reason: HeldReason,
            #[n(3)]
            missing: Vec<ChangeId>,
        }
        #[derive(Decode)]
        struct Refused {
            #[n(0)]
            reason: RefusedReason,
        }
        if decoder.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("an outcome is a number and its fields"));
        }
        Ok(match decoder.u32()? {
            0 => {
                let Receipt { epoch, seq } = decoder.decode_with(context)?;
                Outcome::Receipt { epoch, seq }
            }
            1 => {
                let Held { epoch, seq, reason, missing } = decoder.decode_with(context)?;
                Outcome::Held { epoch, seq, reason, missing }
            }
            2 => {
                let Refused { reason } = decoder.decode_with(context)?;
                Outcome::Refused { reason }
            }
            _ => {
                decoder.skip()?;
                Outcome::Later
            }
        })
    }
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

    #[test]
    fn a_verdict_of_a_later_version_is_still_a_verdict() {
        let outcome: Outcome = minicbor::decode(&[0x82, 0x18, 0x20, 0x81, 0x01]).unwrap();
        assert_eq!(outcome, Outcome::Later);
        let held = Outcome::Held {
            epoch: Epoch::new([1; 16]),
            seq: 7,
            reason: HeldReason::Later(99),
            missing: vec![],
        };
        let bytes = minicbor::to_vec(&held).unwrap();
        assert_eq!(minicbor::decode::<Outcome>(&bytes).unwrap(), held);
    }
}
