//! Why an envelope was held or refused. Codes, frozen; the sentences stand in the language files as
//! `held_…` and `envelope_…`.

use minicbor::{Decode, Encode};

/// Why an envelope is stored but not merged 待审定.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum HeldReason {
    /// Changes it builds on have not arrived.
    #[n(0)]
    MissingDependencies,
    /// The author's role may not write that part of the document.
    #[n(1)]
    Role,
    /// The area or assignment is outside the author's scope.
    #[n(2)]
    Scope,
    /// The device was revoked.
    #[n(3)]
    Revoked,
    /// What the device knew of roles and scopes is older than the grace allows.
    #[n(4)]
    StaleAuthority,
    /// An item, value or shape the template does not know.
    #[n(5)]
    Domain,
    /// The document has grown past its limit.
    #[n(6)]
    DocumentFull,
    /// The template or area it names is not registered.
    #[n(7)]
    UnknownSubject,
}

impl HeldReason {
    /// The code in SQL, JSON, logs and the language files.
    pub fn code(self) -> &'static str {
        match self {
            HeldReason::MissingDependencies => "held_missing",
            HeldReason::Role => "held_role",
            HeldReason::Scope => "held_scope",
            HeldReason::Revoked => "held_revoked",
            HeldReason::StaleAuthority => "held_stale",
            HeldReason::Domain => "held_domain",
            HeldReason::DocumentFull => "held_full",
            HeldReason::UnknownSubject => "held_unknown_subject",
        }
    }
}

/// Why an envelope cannot be stored. An honest app cannot cause one, but for a version it does not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RefusedReason {
    /// Not an envelope at all.
    #[n(0)]
    Malformed,
    /// Larger than an envelope may be, or with more operations.
    #[n(1)]
    TooLarge,
    /// A version of the format this server does not know.
    #[n(2)]
    Version,
    /// The signature does not match its bytes.
    #[n(3)]
    Signature,
    /// The device was never enrolled here.
    #[n(4)]
    UnknownDevice,
    /// For another city.
    #[n(5)]
    OtherCity,
    /// The payload is not whole, undeflated Automerge chunks.
    #[n(6)]
    Payload,
    /// A change by an actor that is not the signing device's.
    #[n(7)]
    ForeignActor,
    /// A change that no honest app can make.
    #[n(8)]
    Structure,
    /// Changes that do not begin at the document's genesis.
    #[n(9)]
    Genesis,
    /// Automerge itself would not take it.
    #[n(10)]
    Trial,
}

impl RefusedReason {
    /// The code in JSON, logs and the language files.
    pub fn code(self) -> &'static str {
        match self {
            RefusedReason::Malformed => "envelope_malformed",
            RefusedReason::TooLarge => "envelope_too_large",
            RefusedReason::Version => "envelope_version",
            RefusedReason::Signature => "envelope_bad_signature",
            RefusedReason::UnknownDevice => "device_unknown",
            RefusedReason::OtherCity => "envelope_other_city",
            RefusedReason::Payload => "envelope_payload",
            RefusedReason::ForeignActor => "envelope_foreign_actor",
            RefusedReason::Structure => "envelope_structure",
            RefusedReason::Genesis => "envelope_genesis",
            RefusedReason::Trial => "envelope_trial",
        }
    }
}
