//! Uploads a photo by tus 1.0.0: announced once, then its bytes in pieces, each with its checksum, going on where the
//! server says it stands.

use data_encoding::BASE64;
use rounds_shared::ids::PhotoHash;
use sha1::{Digest as _, Sha1};
use ureq::http::{HeaderMap, Response, StatusCode, header};

use crate::{
    failure::Failure,
    http::{Server, accepted, unreachable},
};

/// Bytes of one piece: what a poor connection gets through before it breaks. A piece counts whole or not at all.
const PIECE_BYTES: usize = 128 * 1024;
/// Most setbacks of one attempt: an upload forgotten, a piece damaged. More wait for the next delivery.
const SETBACKS_MAX: usize = 8;
const TUS_VERSION: &str = "1.0.0";
const PIECE_TYPE: &str = "application/offset+octet-stream";
const PHOTOS: &str = "/v1/photos";
/// `460 Checksum Mismatch`, as tus numbers it.
const CHECKSUM_MISMATCH: u16 = 460;

/// Where an upload goes on.
struct Standing {
    place: String,
    offset: usize,
}

/// What became of a piece.
enum Sent {
    /// It is there, and this is how far the upload has got.
    Reached(usize),
    /// It was damaged on the way; nothing of it was kept.
    Damaged(Failure),
    /// The upload stands elsewhere: an answer was lost, or another device has brought the photo.
    Elsewhere(Failure),
    /// The upload has expired, or the server was restored.
    Gone(Failure),
}

/// Uploads the bytes; the server has them in full when this returns. `begun` is where an earlier attempt got to;
/// `keep` remembers where this one goes on if it breaks.
pub(crate) fn upload(
    server: &Server,
    token: &str,
    hash: PhotoHash,
    bytes: &[u8],
    begun: Option<&str>,
    keep: impl Fn(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let tus = Tus { server, authorization: format!("Bearer {token}") };
    let begin = || -> Result<Standing, Failure> {
        let begun = tus.create(hash, bytes.len())?;
        keep(&begun.place)?;
        Ok(begun)
    };
    let resume = |place: &str| tus.standing(place)?.map_or_else(begin, Ok);
    let mut standing = match begun {
        Some(place) => resume(place)?,
        None => begin()?,
    };
    let mut setbacks = 0;
    while standing.offset < bytes.len() {
        let Standing { place, offset } = &standing;
        let end = bytes.len().min(offset + PIECE_BYTES);
        let (failure, next) = match tus.send(place, *offset, &bytes[*offset..end])? {
            Sent::Reached(reached) if (offset + 1..=bytes.len()).contains(&reached) => {
                standing.offset = reached;
                continue;
            }
            Sent::Reached(_) => return Err(Failure::NotRoundsServer),
            Sent::Damaged(failure) => (failure, None),
            Sent::Elsewhere(failure) => (failure, Some(resume(place)?)),
            Sent::Gone(failure) => (failure, Some(begin()?)),
        };
        setbacks += 1;
        if setbacks > SETBACKS_MAX {
            return Err(failure);
        }
        standing = next.unwrap_or(standing);
    }
    Ok(())
}

struct Tus<'s> {
    server: &'s Server,
    authorization: String,
}

impl Tus<'_> {
    /// Announces a photo: where its bytes go, and how far they are. All of them, when the server has it already.
    fn create(&self, hash: PhotoHash, length: usize) -> Result<Standing, Failure> {
        let hash = BASE64.encode(hash.to_string().as_bytes());
        let response = self
            .server
            .agent()
            .post(self.server.url(PHOTOS))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("tus-resumable", TUS_VERSION)
            .header("upload-length", length)
            .header("upload-metadata", format!("hash {hash}"))
            .send_empty()
            .map_err(|error| unreachable(&error))?;
        let response = accepted(response)?;
        let place = text(response.headers(), header::LOCATION.as_str()).ok_or(Failure::NotRoundsServer)?;
        let offset = text(response.headers(), "upload-offset").and_then(|offset| offset.parse().ok());
        Ok(Standing { place: place.to_owned(), offset: offset.unwrap_or(0) })
    }

    /// How far the upload has got; none when the server does not know it any more, or discards it because what came
    /// is not the photo.
    fn standing(&self, place: &str) -> Result<Option<Standing>, Failure> {
        let response = self
            .server
            .agent()
            .head(self.server.url(place))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("tus-resumable", TUS_VERSION)
            .call()
            .map_err(|error| unreachable(&error))?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => Ok(None),
            _ => {
                let offset = offset_of(&accepted(response)?)?;
                Ok(Some(Standing { place: place.to_owned(), offset }))
            }
        }
    }

    /// Sends a piece.
    fn send(&self, place: &str, offset: usize, piece: &[u8]) -> Result<Sent, Failure> {
        let response = self
            .server
            .agent()
            .patch(self.server.url(place))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("tus-resumable", TUS_VERSION)
            .header("upload-offset", offset)
            .header("upload-checksum", format!("sha1 {}", BASE64.encode(&Sha1::digest(piece))))
            .header(header::CONTENT_TYPE, PIECE_TYPE)
            .send(piece)
            .map_err(|error| unreachable(&error))?;
        let status = response.status();
        match accepted(response) {
            Ok(taken) => offset_of(&taken).map(Sent::Reached),
            Err(failure) if status.as_u16() == CHECKSUM_MISMATCH => Ok(Sent::Damaged(failure)),
            Err(failure) if status == StatusCode::CONFLICT => Ok(Sent::Elsewhere(failure)),
            Err(failure) if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) => {
                Ok(Sent::Gone(failure))
            }
            Err(failure) => Err(failure),
        }
    }
}

fn offset_of<T>(response: &Response<T>) -> Result<usize, Failure> {
    text(response.headers(), "upload-offset")
        .and_then(|offset| offset.parse().ok())
        .ok_or(Failure::NotRoundsServer)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
