//! Uploads a photo by tus 1.0.0: created once, then its bytes in pieces, resumed where the server says it stands.

use rounds_shared::ids::PhotoHash;
use ureq::http::{HeaderMap, Response, StatusCode, header};

use crate::{
    failure::Failure,
    http::{Server, accepted, unreachable},
};

/// Bytes of one piece: what a poor connection gets through before it breaks.
const PIECE_BYTES: usize = 256 * 1024;
const TUS_VERSION: &str = "1.0.0";
const PIECE_TYPE: &str = "application/offset+octet-stream";
const PHOTOS: &str = "/v1/photos";

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
    let (place, mut offset) = match resumed(&tus, begun)? {
        Some(resumed) => resumed,
        None => {
            let (place, offset) = tus.create(hash, bytes.len())?;
            keep(&place)?;
            (place, offset)
        }
    };
    while offset < bytes.len() {
        let end = bytes.len().min(offset + PIECE_BYTES);
        let reached = tus.send(&place, offset, &bytes[offset..end])?;
        if reached <= offset || reached > bytes.len() {
            return Err(Failure::NotRoundsServer);
        }
        offset = reached;
    }
    Ok(())
}

fn resumed(tus: &Tus<'_>, begun: Option<&str>) -> Result<Option<(String, usize)>, Failure> {
    let Some(place) = begun else { return Ok(None) };
    Ok(tus.offset(place)?.map(|offset| (place.to_owned(), offset)))
}

struct Tus<'s> {
    server: &'s Server,
    authorization: String,
}

impl Tus<'_> {
    /// Announces a photo: where its bytes go, and how far they are. All of them, when the server has it already.
    fn create(&self, hash: PhotoHash, length: usize) -> Result<(String, usize), Failure> {
        let hash = data_encoding::BASE64.encode(hash.to_string().as_bytes());
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
        Ok((place.to_owned(), offset.unwrap_or(0)))
    }

    /// How far the upload has got; none when the server does not know it any more, or discards it because what came
    /// is not the photo.
    fn offset(&self, place: &str) -> Result<Option<usize>, Failure> {
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
            _ => offset_of(&accepted(response)?).map(Some),
        }
    }

    /// Sends a piece; how far the upload has got with it.
    fn send(&self, place: &str, offset: usize, piece: &[u8]) -> Result<usize, Failure> {
        let response = self
            .server
            .agent()
            .patch(self.server.url(place))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("tus-resumable", TUS_VERSION)
            .header("upload-offset", offset)
            .header(header::CONTENT_TYPE, PIECE_TYPE)
            .send(piece)
            .map_err(|error| unreachable(&error))?;
        offset_of(&accepted(response)?)
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
