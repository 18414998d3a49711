//! Identities. Every id is a newtype over bytes; its text form is lower-case hexadecimal everywhere:
//! in SQL, JSON, URLs and logs.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};

/// A text that is not the hexadecimal form of the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {bytes} bytes in lower-case hexadecimal")]
pub struct IdError {
    what: &'static str,
    bytes: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        pub struct $name(#[n(0)] #[cbor(with = "minicbor::bytes")] [u8; $bytes]);

        impl $name {
            /// Wraps bytes that already are an id.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                HEXLOWER
                    .decode(text.as_bytes())
                    .ok()
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(Self)
                    .ok_or(IdError { what: stringify!($name), bytes: $bytes })
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError { what: stringify!($name), bytes: $bytes })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id! {
    /// A device's key as an identity: the first 16 bytes of BLAKE3 over its public key.
    DeviceId, 16
}
id! {
    /// A document. Derived for assigned inspections and cases, random and time-ordered otherwise.
    DocId, 16
}
id! {
    /// An envelope: the domain-separated BLAKE3 of its body as received.
    EnvelopeId, 32
}
id! {
    /// A person with an account.
    UserId, 16
}
id! {
    /// An assignment 检查任务.
    AssignmentId, 16
}
id! {
    /// The BLAKE3 of a photo's kept bytes: its address everywhere.
    PhotoHash, 32
}
id! {
    /// The identity of a log; it changes when the log is restored from a backup.
    Epoch, 16
}
id! {
    /// The running hash of the log at some position.
    LogHash, 32
}

impl DeviceId {
    /// The identity of the device that holds the key.
    pub fn of(key: &crate::envelope::PublicKey) -> Self {
        let hash = blake3::hash(key.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Self(bytes)
    }
}

/// What the id of a case begins with. As the beginning of a time in milliseconds it is thousands of years away.
const CASE_FIRST_BYTE: u8 = 0xfe;

impl DocId {
    /// The one inspection of an assignment: the same on every device, with or without a signal.
    pub fn of_assignment(assignment: AssignmentId) -> Self {
        Self(derived("rounds v1 inspection of assignment", &[assignment.as_bytes()]))
    }

    /// The case 案件 of a finding, by the bytes of all it is about. Who knows the finding knows the id, so its first byte is
    /// one that no unplanned inspection's id begins with: nobody can be there first with something else.
    pub fn of_case(about: &[u8]) -> Self {
        let mut bytes = derived("rounds v1 case", &[about]);
        bytes[0] = CASE_FIRST_BYTE;
        Self(bytes)
    }

    /// Whether it may be a case's: an unplanned inspection's never is.
    pub fn may_be_case(&self) -> bool {
        self.0[0] == CASE_FIRST_BYTE
    }

    /// A time-ordered id for an unplanned inspection: 6 bytes of milliseconds, then 10 random bytes.
    pub fn unplanned(at_ms: i64, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&at_ms.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        Self(bytes)
    }

    /// The continuation of a document: a time that no clock shows, then 10 bytes that follow from what it is about.
    pub(crate) fn continuation(of: DocId, about: &[u8]) -> Self {
        let mut bytes = [0xff; 16];
        bytes[6..].copy_from_slice(&derived("rounds v1 continuation", &[&of.0, about])[..10]);
        Self(bytes)
    }

    /// Whether it is the id of a continuation 续表. No unplanned inspection may have such an id.
    pub fn is_continuation(self) -> bool {
        self.0.starts_with(&[0xff; 6])
    }
}

impl PhotoHash {
    /// The address of a photo with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

/// The first 16 bytes of a BLAKE3 in its own domain, so that no id of one sort can equal one of another.
pub(crate) fn derived(domain: &'static str, parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    for part in parts {
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes
}
