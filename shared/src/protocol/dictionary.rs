//! What a request is packed with: the genesis of one of its documents, which both sides have. A visit's changes name its
//! items, and the genesis has all their names.

use std::{fmt, str::FromStr};

use crate::{document::Document, ids::DocId};

/// The header of a request that names its dictionary.
pub const DICTIONARY_HEADER: &str = "rounds-dictionary";

const DIGEST_BYTES: usize = 8;

/// What findings and photos say, as Automerge saves it: their fields by name, each behind its length, and what is mostly
/// written there. A genesis has none of it.
const WORDS: &[u8] = b"passfailtap\x03how\x05value\
    \x04item\x04kind\x04note\x07on_spot\x05place\x05point\
    evidencecamera\x05bytes\x07finding\x04hash\x04item\x05point\x04role\x06source";

/// Bytes that zstd may refer to, and their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    name: DictionaryName,
    bytes: Vec<u8>,
}

/// Names a dictionary: the document whose genesis it is, and a digest, because another version of Automerge may save the
/// same genesis otherwise. Written `<document>.<digest>` in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DictionaryName {
    /// The document.
    pub doc: DocId,
    digest: [u8; DIGEST_BYTES],
}

impl Dictionary {
    /// The dictionary of a document with this genesis: some words, and what Automerge saves of it, undeflated. None when it
    /// does not load.
    pub fn of_genesis(doc: DocId, genesis: &[u8]) -> Option<Self> {
        let saved = Document::load(genesis).ok()?.save_plain();
        let bytes = [WORDS, &saved].concat();
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(&blake3::derive_key("rounds v1 dictionary", &bytes)[..DIGEST_BYTES]);
        Some(Self { name: DictionaryName { doc, digest }, bytes })
    }

    /// Its name.
    pub fn name(&self) -> DictionaryName {
        self.name
    }

    /// What zstd refers to: raw content, in zstd's words.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for DictionaryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.doc, data_encoding::HEXLOWER.encode(&self.digest))
    }
}

/// The text names no dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a dictionary")]
pub struct NoDictionaryName;

impl FromStr for DictionaryName {
    type Err = NoDictionaryName;

    fn from_str(text: &str) -> Result<Self, NoDictionaryName> {
        let (doc, digest) = text.split_once('.').ok_or(NoDictionaryName)?;
        let digest = data_encoding::HEXLOWER.decode(digest.as_bytes()).map_err(|_| NoDictionaryName)?;
        Ok(Self {
            doc: doc.parse().map_err(|_| NoDictionaryName)?,
            digest: digest.try_into().map_err(|_| NoDictionaryName)?,
        })
    }
}
