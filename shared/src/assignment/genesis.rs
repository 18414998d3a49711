//! The first change of an assigned inspection, kept by a hundred thousand assignments that differ in a few bytes of it.

use std::{fmt, ops::Range, sync::Arc};

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

/// A run that is shorter costs more to remember than it spares, in bytes.
const RUN_BYTES_MIN: usize = 64;
/// What is looked for to find a run, in bytes.
const PROBE_BYTES: usize = 16;

/// The bytes of a genesis: its own ones, and a run of another's where they say the same.
#[derive(Clone)]
pub struct Genesis {
    own: Box<[u8]>,
    run: Option<Run>,
}

/// A part of another genesis, and where among the own bytes it belongs.
#[derive(Clone)]
struct Run {
    of: Arc<[u8]>,
    part: Range<usize>,
    at: usize,
}

impl Genesis {
    /// All of its bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let Some(Run { of, part, at }) = &self.run else { return self.own.to_vec() };
        [&self.own[..*at], &of[part.clone()], &self.own[*at..]].concat()
    }

    /// The same bytes, without those that stand in another genesis: the names of a checklist's items are most of one,
    /// and the same for every assignment with that checklist.
    #[must_use]
    pub fn beside(&self, other: &Arc<[u8]>) -> Self {
        let bytes = self.to_vec();
        let plain = || Self::from(bytes.clone());
        let middle = other.len() / 2;
        let Some(probe) = other.get(middle..middle + PROBE_BYTES) else { return plain() };
        let Some(found) = bytes.windows(PROBE_BYTES).position(|window| window == probe) else {
            return plain();
        };
        let before = alike(other[..middle].iter().rev(), bytes[..found].iter().rev());
        let after = alike(other[middle..].iter(), bytes[found..].iter());
        if before + after < RUN_BYTES_MIN {
            return plain();
        }
        let own = [&bytes[..found - before], &bytes[found + after..]].concat();
        let run = Run { of: Arc::clone(other), part: middle - before..middle + after, at: found - before };
        Self { own: own.into(), run: Some(run) }
    }
}

/// How many bytes are the same from the beginning.
fn alike<'b>(one: impl Iterator<Item = &'b u8>, other: impl Iterator<Item = &'b u8>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

impl From<Vec<u8>> for Genesis {
    fn from(bytes: Vec<u8>) -> Self {
        Self { own: bytes.into(), run: None }
    }
}

impl PartialEq for Genesis {
    fn eq(&self, other: &Self) -> bool {
        self.to_vec() == other.to_vec()
    }
}

impl Eq for Genesis {}

impl fmt::Debug for Genesis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Genesis({})", data_encoding::HEXLOWER.encode(&self.to_vec()))
    }
}

impl<C> Encode<C> for Genesis {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(&self.to_vec())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Genesis {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(decoder.bytes()?.to_vec().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn shared(bytes: &[u8]) -> Arc<[u8]> {
        bytes.into()
    }

    #[test]
    fn what_is_said_elsewhere_is_not_kept_twice_and_the_bytes_are_the_same() {
        let names: Vec<u8> = (0..100).flat_map(|n| format!("SAN-{n:02}").into_bytes()).collect();
        let first = shared(&[b"one, in 530102", &names[..], b"routine"].concat());
        let bytes = [b"another, in 530102001", &names[..], b"supervision"].concat();
        let kept = Genesis::from(bytes.clone()).beside(&first);
        assert!(kept.own.len() < 40, "{}", kept.own.len());
        assert_eq!(kept.to_vec(), bytes);
        assert_eq!(kept, Genesis::from(bytes.clone()));
        assert_eq!(minicbor::to_vec(&kept).unwrap(), minicbor::to_vec(Genesis::from(bytes)).unwrap());
    }

    proptest! {
        #[test]
        fn any_two_are_kept_whole(
            common in vec(0..3_u8, 0..200),
            [one, other, ends, last] in [(); 4].map(|()| vec(0..3_u8, 0..20)),
        ) {
            let first = shared(&[&one[..], &common, &ends].concat());
            let bytes = [&other[..], &common, &last].concat();
            prop_assert_eq!(Genesis::from(bytes.clone()).beside(&first).to_vec(), bytes);
        }
    }
}
