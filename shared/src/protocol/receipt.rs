//! Receipts that anybody can check: envelopes with what the server signed of each, in a file that stands alone.
//!
//! Whoever has the server's public key can tell from the file, without a connection and without trusting either side,
//! who recorded what, and that the server said it was in its log.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::{SignedVerdict, Verdict};
use crate::{
    area::AreaCode,
    envelope::{PublicKey, Signed, Verified},
};

/// The version of the file's form.
pub const RECEIPTS_FORM: u32 = 1;

/// A file of receipts (JSON), of one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// The version of its form.
    pub rounds_receipts: u32,
    /// Whose log they are of.
    pub city: AreaCode,
    /// The device's public key, in hexadecimal. Its hash is the device's id, so it cannot be another's.
    pub device_key: String,
    /// In the order the envelopes were made.
    pub receipts: Vec<Receipt>,
}

/// An envelope, and what the server said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The signed envelope in base64.
    pub envelope: String,
    /// The signed verdict in base64.
    pub verdict: String,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The file has a form of a later version.
    #[error("the file has form {0}, this version knows {RECEIPTS_FORM}")]
    Later(u32),
    /// It is no receipt at all.
    #[error("it cannot be read")]
    Unreadable,
    /// The device did not sign the envelope.
    #[error("the device's signature does not hold")]
    Device,
    /// The server did not sign the verdict.
    #[error("the server's signature does not hold")]
    Server,
    /// The verdict is of another envelope.
    #[error("the verdict is of another envelope")]
    OtherEnvelope,
}

impl Receipt {
    /// A receipt of an envelope and its verdict, as kept.
    pub fn new(envelope: &[u8], verdict: &[u8]) -> Self {
        Self { envelope: BASE64.encode(envelope), verdict: BASE64.encode(verdict) }
    }

    /// What it proves: the device said it, and the server said that of it.
    ///
    /// # Errors
    /// [`Unproven`] when it proves nothing.
    pub fn prove(&self, device: &PublicKey, server: &PublicKey) -> Result<(Verified, Verdict), Unproven> {
        let bytes = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| Unproven::Unreadable);
        let signed = Signed::decode(bytes(&self.envelope)?).map_err(|_| Unproven::Unreadable)?;
        let envelope = signed.verify(device).map_err(|_| Unproven::Device)?;
        let verdict = SignedVerdict::from_bytes(&bytes(&self.verdict)?).ok_or(Unproven::Unreadable)?;
        let verdict = verdict.verify(server).ok_or(Unproven::Server)?;
        if verdict.envelope == envelope.id() { Ok((envelope, verdict)) } else { Err(Unproven::OtherEnvelope) }
    }
}

impl Receipts {
    /// A file of receipts.
    pub fn new(city: AreaCode, device: &PublicKey, receipts: Vec<Receipt>) -> Self {
        let device_key = HEXLOWER.encode(device.as_bytes());
        Self { rounds_receipts: RECEIPTS_FORM, city, device_key, receipts }
    }

    /// What each of them proves.
    ///
    /// # Errors
    /// [`Unproven`] when the file itself cannot be understood.
    pub fn prove(
        &self,
        server: &PublicKey,
    ) -> Result<impl Iterator<Item = Result<(Verified, Verdict), Unproven>>, Unproven> {
        if self.rounds_receipts != RECEIPTS_FORM {
            return Err(Unproven::Later(self.rounds_receipts));
        }
        let device = PublicKey::from_hex(&self.device_key).ok_or(Unproven::Unreadable)?;
        Ok(self.receipts.iter().map(move |receipt| receipt.prove(&device, server)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        envelope::{DocKind, ENVELOPE_VERSION, EnvelopeBody, SecretKey},
        ids::{DeviceId, DocId, Epoch},
        protocol::Outcome,
    };

    fn envelope(device: &SecretKey, n: u64) -> Signed {
        let body = EnvelopeBody {
            version: ENVELOPE_VERSION,
            city: "5301".parse().unwrap(),
            doc: DocId::new([1; 16]),
            kind: DocKind::Inspection,
            device: DeviceId::of(&device.public()),
            n,
            prev: None,
            seen: 4,
            made_at: 1_790_000_000_000,
            payload: vec![1, 2, 3],
        };
        Signed::seal(&body, device).unwrap()
    }

    fn verdict(of: &Signed, server: &SecretKey) -> Vec<u8> {
        let outcome = Outcome::Receipt { epoch: Epoch::new([2; 16]), seq: 7 };
        SignedVerdict::sign(&Verdict { envelope: of.id(), outcome, duplicate: false }, server).to_bytes()
    }

    #[test]
    fn a_receipt_proves_what_two_signatures_say_and_nothing_else() {
        let (device, server, other) =
            (SecretKey::new([1; 32]), SecretKey::new([2; 32]), SecretKey::new([3; 32]));
        let (first, second) = (envelope(&device, 1), envelope(&device, 2));
        let good = Receipt::new(first.as_bytes(), &verdict(&first, &server));
        let (proven, said) = good.prove(&device.public(), &server.public()).unwrap();
        assert_eq!((proven.body().n, said.envelope), (1, first.id()));
        assert_eq!(good.prove(&other.public(), &server.public()), Err(Unproven::Device));
        assert_eq!(good.prove(&device.public(), &other.public()), Err(Unproven::Server));
        let swapped = Receipt::new(second.as_bytes(), &verdict(&first, &server));
        assert_eq!(swapped.prove(&device.public(), &server.public()), Err(Unproven::OtherEnvelope));
        let mut bytes = first.as_bytes().to_vec();
        let end = bytes.len() / 2;
        bytes[end] ^= 1;
        let changed = Receipt::new(&bytes, &verdict(&first, &server));
        assert!(changed.prove(&device.public(), &server.public()).is_err());
        let nothing = Receipt { envelope: "…".into(), verdict: String::new() };
        assert_eq!(nothing.prove(&device.public(), &server.public()), Err(Unproven::Unreadable));
    }
}
