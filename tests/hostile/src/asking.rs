//! Asking the gate as a server does: bytes in, a code out.

use rounds_shared::{
    document::Document,
    envelope::{EnvelopeError, Signed},
    gate::{self, Circumstances, Finding},
    protocol::{Judgement, RefusedReason},
    registry::Registry,
};

use crate::scene::NOW;

/// The code of the verdict on an envelope, given the document it is about.
pub fn ask(registry: &Registry, document: Option<&Document>, bytes: Vec<u8>) -> &'static str {
    let envelope = Signed::decode(bytes).and_then(|signed| {
        let device = registry.device(signed.device());
        device.map(|device| signed.verify(&device.key)).transpose()
    });
    let envelope = match envelope {
        Ok(Some(envelope)) => envelope,
        Ok(None) => return RefusedReason::UnknownDevice.code(),
        Err(error) => return refused(error).code(),
    };
    let circumstances = Circumstances { registry, now: NOW, confirmed: 0 };
    match gate::judge(circumstances, document, &envelope) {
        Finding::Merge(_) | Finding::Known | Finding::Hold(Judgement::Merged) => "receipt",
        Finding::Hold(Judgement::Held { reason, .. }) => reason.code(),
        Finding::Refuse(reason) => reason.code(),
    }
}

fn refused(error: EnvelopeError) -> RefusedReason {
    match error {
        EnvelopeError::TooLarge => RefusedReason::TooLarge,
        EnvelopeError::Version(_) => RefusedReason::Version,
        EnvelopeError::Malformed => RefusedReason::Malformed,
        EnvelopeError::Signature => RefusedReason::Signature,
    }
}
