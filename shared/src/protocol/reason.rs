//! Why an envelope was held or refused. Codes, frozen; the sentences stand in the language files as
//! `held_…` and `envelope_…`.
//!
//! On the wire a reason is its number. A number of a later version is kept, shown as "a newer version says
//! why", and never makes a verdict unreadable.

use minicbor::{Decode, Decoder, Encode, Encoder};

macro_rules! reasons {
    (
        $(#[$doc:meta])*
        $name:ident, later $later:literal {
            $($(#[$variant_doc:meta])* $number:literal = $variant:ident => $code:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// A reason of a later version, by its number.
            Later(u32),
        }

        impl $name {
            /// The code in SQL, JSON, logs and the language files.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                    $name::Later(_) => $later,
                }
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                let number = match self {
                    $($name::$variant => $number,)+
                    $name::Later(number) => *number,
                };
                encoder.u32(number)?;
                Ok(())
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Ok(match decoder.u32()? {
                    $($number => $name::$variant,)+
                    later => $name::Later(later),
                })
            }
        }
    };
}

reasons! {
    /// Why an envelope is stored but not merged 待审定.
    HeldReason, later "held_later" {
        /// Changes it builds on have not arrived.
        0 = MissingDependencies => "held_missing",
        /// The author's role may not write that part of the document.
        1 = Role => "held_role",
        /// The area or assignment is outside the author's scope.
        2 = Scope => "held_scope",
        /// The device was revoked.
        3 = Revoked => "held_revoked",
        /// What the device knew of roles and scopes is older than the grace allows.
        4 = StaleAuthority => "held_stale",
        /// An item, value or shape the template does not know.
        5 = Domain => "held_domain",
        /// The document has grown past its limit.
        6 = DocumentFull => "held_full",
        /// The template or area it names is not registered.
        7 = UnknownSubject => "held_unknown_subject",
    }
}

reasons! {
    /// Why an envelope cannot be stored. An honest app cannot cause one, but for a version it does not share.
    RefusedReason, later "envelope_later" {
        /// Not an envelope at all.
        0 = Malformed => "envelope_malformed",
        /// Larger than an envelope may be, or with more operations.
        1 = TooLarge => "envelope_too_large",
        /// A version of the format this server does not know.
        2 = Version => "envelope_version",
        /// The signature does not match its bytes.
        3 = Signature => "envelope_bad_signature",
        /// The device was never enrolled here.
        4 = UnknownDevice => "device_unknown",
        /// For another city.
        5 = OtherCity => "envelope_other_city",
        /// The payload is not whole, undeflated Automerge chunks.
        6 = Payload => "envelope_payload",
        /// A change by an actor that is not the signing device's.
        7 = ForeignActor => "envelope_foreign_actor",
        /// A change that no honest app can make.
        8 = Structure => "envelope_structure",
        /// Changes that do not begin at the document's genesis.
        9 = Genesis => "envelope_genesis",
        /// Automerge itself would not take it.
        10 = Trial => "envelope_trial",
    }
}
