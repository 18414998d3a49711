//! Photos arrive by tus 1.0.0 (core, creation, checksum, expiration, termination): `POST /v1/photos` announces one,
//! `HEAD` says how far it is, `PATCH` brings more of it, `DELETE` takes the announcement back.
//!
//! An upload's URL is its photo's: `/v1/photos/HASH`. A device that lost an answer knows it all the same, each device
//! has an upload of its own there, and once the photo is there, the upload is complete for everybody.

pub mod headers;

use axum::{
    body::{Body, BodyDataStream},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use rounds_shared::{ids::PhotoHash, protocol::limits::PHOTO_BYTES_MAX};

use self::headers::{
    CHECKSUM_ALGORITHM, EXTENSIONS, TUS_CHECKSUM_ALGORITHM, TUS_EXTENSION, TUS_MAX_SIZE, TUS_RESUMABLE,
    TUS_VERSION, UPLOAD_CHECKSUM, UPLOAD_EXPIRES, UPLOAD_LENGTH, UPLOAD_METADATA, UPLOAD_OFFSET, VERSION,
    announced_hash, checksum, http_date, metadata, number, require_version, text,
};
use crate::{
    app::{App, UPLOAD_MS_MAX},
    auth::DeviceSession,
    error::ApiError,
    extract::Path,
    photos::{PhotoError, PieceChecksum, Turn, UploadError, UploadId, drain},
    vault::Announced,
};

/// Most unfinished uploads of one device.
const UNFINISHED_MAX: u64 = 64;

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");
const PATCH_TYPE: &str = "application/offset+octet-stream";

/// How far a photo of a device is.
#[derive(Clone, Copy)]
struct Standing {
    offset: u64,
    length: u64,
    /// When the upload will be forgotten; a photo that is there never is.
    expires_at: Option<i64>,
}

/// What the server can do.
#[utoipa::path(options, path = "/v1/photos", tag = "photos",
    responses((status = 204, description = "tus 1.0.0: creation, checksum, expiration, termination")))]
pub async fn options() -> Response {
    let headers = [
        (TUS_VERSION, HeaderValue::from_static(VERSION)),
        (TUS_EXTENSION, HeaderValue::from_static(EXTENSIONS)),
        (TUS_CHECKSUM_ALGORITHM, HeaderValue::from_static(CHECKSUM_ALGORITHM)),
        (TUS_MAX_SIZE, HeaderValue::from(PHOTO_BYTES_MAX)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Announces a photo.
#[utoipa::path(post, path = "/v1/photos", tag = "photos", params(
    ("tus-resumable" = String, Header,), ("upload-length" = u64, Header,),
    ("upload-metadata" = String, Header, description = "`hash` and the base64 of the photo's hash in hexadecimal")),
    responses((status = 201, description = "Location is where the bytes go; Upload-Offset is how far they are; Upload-Expires is when that is forgotten")))]
pub async fn create(
    State(app): State<App>,
    session: DeviceSession,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    let length = number(&headers, &UPLOAD_LENGTH).ok_or(ApiError::BadRequest("Upload-Length is missing"))?;
    if length > PHOTO_BYTES_MAX {
        return Err(ApiError::TooLarge { max: PHOTO_BYTES_MAX });
    }
    if length == 0 {
        return Err(ApiError::PhotoNotPicture);
    }
    let hash = text(&headers, &UPLOAD_METADATA)
        .and_then(announced_hash)
        .ok_or(ApiError::BadRequest("Upload-Metadata has no hash"))?;
    let id = UploadId { device: session.device, hash };
    if !app.photos.has(hash) {
        // Whoever announces one makes room for it.
        app.forget_old_uploads().await.map_err(ApiError::internal)?;
        let begun = app.vault.upload_begin(id, length, app.now_ms(), UNFINISHED_MAX).await?;
        if begun.ok_or(ApiError::TooManyUploads)?.length != length {
            return Err(ApiError::BadRequest("the photo was announced with another length"));
        }
    }
    let location = HeaderValue::from_str(&format!("/v1/photos/{hash}")).expect("a hash is hexadecimal");
    let mut response = standing(&app, id).await?.answer(StatusCode::CREATED);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// How far an upload is.
#[utoipa::path(head, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,)),
    responses((status = 200, description = "Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires"),
        (status = 404, description = "not_found: begin anew")))]
pub async fn read(
    State(app): State<App>,
    session: DeviceSession,
    Path(hash): Path<PhotoHash>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    let standing = standing(&app, UploadId { device: session.device, hash }).await?;
    let mut response = standing.answer(StatusCode::OK);
    response.headers_mut().insert(UPLOAD_LENGTH, HeaderValue::from(standing.length));
    let metadata = HeaderValue::from_str(&metadata(hash)).expect("base64 is ASCII");
    response.headers_mut().insert(UPLOAD_METADATA, metadata);
    Ok(response)
}

/// Brings more of a photo. With its last byte it is checked, and then it is either kept or discarded.
#[utoipa::path(patch, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,), ("upload-offset" = u64, Header,),
        ("upload-checksum" = Option<String>, Header, description = "`sha1` and the base64 of the piece's SHA-1")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset is how far it is now"),
        (status = 404, description = "not_found: begin anew"), (status = 409, description = "upload_offset"),
        (status = 422, description = "photo_hash_mismatch, photo_not_picture"),
        (status = 460, description = "upload_checksum"), (status = 507, description = "server_full")))]
pub async fn append(
    State(app): State<App>,
    session: DeviceSession,
    Path(hash): Path<PhotoHash>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != PATCH_TYPE) {
        return Err(ApiError::UploadContentType);
    }
    let from = number(&headers, &UPLOAD_OFFSET).ok_or(ApiError::BadRequest("Upload-Offset is missing"))?;
    let given = headers.get(UPLOAD_CHECKSUM);
    let checksum = match given.map(|given| given.to_str().ok().and_then(checksum)) {
        Some(None) => return Err(ApiError::BadRequest("Upload-Checksum is no sha1")),
        checksum => checksum.flatten(),
    };
    let id = UploadId { device: session.device, hash };
    // A task of its own: when the connection is cut, this handler is dropped in the middle of whatever it does.
    let appending = tokio::spawn(async move {
        let mut arriving = body.into_data_stream();
        let brought = bring(&app, id, from, checksum, &mut arriving).await;
        if brought.is_err() {
            drain(&mut arriving).await;
        }
        brought
    });
    let standing = appending.await.map_err(ApiError::internal)??;
    Ok(standing.answer(StatusCode::NO_CONTENT))
}

/// Takes an announcement back: what has arrived is removed. A photo that is there stays.
#[utoipa::path(delete, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,)),
    responses((status = 204, description = "it is no upload any more"), (status = 404, description = "not_found: nor was it before")))]
pub async fn terminate(
    State(app): State<App>,
    session: DeviceSession,
    Path(hash): Path<PhotoHash>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    require_version(&headers)?;
    let id = UploadId { device: session.device, hash };
    let ending = tokio::spawn(async move {
        let turn = app.uploads.turn(id).await;
        announced(&app, id).await?;
        end(&app, &turn, id).await
    });
    ending.await.map_err(ApiError::internal)??;
    Ok(StatusCode::NO_CONTENT)
}

/// For senders whose surroundings let only GET and POST through: the method that is meant is in a header.
#[utoipa::path(post, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,),
        ("x-http-method-override" = String, Header, description = "PATCH, DELETE or HEAD")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "as the method that is meant answers"), (status = 405, description = "no such method")))]
pub async fn overridden(
    State(app): State<App>,
    session: DeviceSession,
    Path(hash): Path<PhotoHash>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let meant = headers.get(METHOD_OVERRIDE).and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let (app, hash) = (State(app), Path(hash));
    match meant {
        Some(Method::PATCH) => append(app, session, hash, headers, body).await,
        Some(Method::DELETE) => Ok(terminate(app, session, hash, headers).await?.into_response()),
        Some(Method::HEAD) => read(app, session, hash, headers).await,
        Some(_) | None => Ok(StatusCode::METHOD_NOT_ALLOWED.into_response()),
    }
}

/// Every answer says which tus this is; one that refuses another, which it could be.
pub async fn say_version(mut response: Response) -> Response {
    let version = HeaderValue::from_static(VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert(TUS_VERSION, version.clone());
    }
    response.headers_mut().insert(TUS_RESUMABLE, version);
    response
}

/// Adds what a request brings, and takes the photo in when that was the last of it.
async fn bring(
    app: &App,
    id: UploadId,
    from: u64,
    checksum: Option<PieceChecksum>,
    arriving: &mut BodyDataStream,
) -> Result<Standing, ApiError> {
    let mut turn = app.uploads.turn(id).await;
    if let Some(whole) = whole(app, id.hash).await? {
        let there = ApiError::UploadOffset { offset: whole.length };
        return if from == whole.length { Ok(whole) } else { Err(there) };
    }
    // Only now: whoever had the turn before may have ended it.
    let announced = announced(app, id).await?;
    let offset = turn.append(from, announced.length, checksum, arriving).await?;
    if offset == announced.length {
        complete(app, &turn, id).await?;
    }
    Ok(under_way(&announced, offset))
}

/// All bytes are there: keeps the photo if it is the one that was announced, else discards what arrived.
async fn complete(app: &App, turn: &Turn, id: UploadId) -> Result<(), ApiError> {
    let taken = app.photos.take_in(app.uploads.file(id), id.hash).await;
    let keep_trying = matches!(taken, Err(PhotoError::Io(_) | PhotoError::Interrupted(_)));
    if !keep_trying {
        end(app, turn, id).await?;
    }
    taken?;
    app.live.poke();
    Ok(())
}

/// Bytes first: an announcement without any is one that has just been made.
async fn end(app: &App, turn: &Turn, id: UploadId) -> Result<(), ApiError> {
    turn.discard().await.map_err(ApiError::internal)?;
    Ok(app.vault.upload_end(id).await?)
}

/// How far an upload is. After a kill or a disk's failure all bytes may be there and the photo not kept: since
/// nobody would send anything more of it, it is taken in now.
async fn standing(app: &App, id: UploadId) -> Result<Standing, ApiError> {
    if let Some(whole) = whole(app, id.hash).await? {
        return Ok(whole);
    }
    let announced = match announced(app, id).await {
        Err(ApiError::NotFound) => {
            app.forget_old_uploads().await.map_err(ApiError::internal)?;
            return Err(ApiError::NotFound);
        }
        announced => announced?,
    };
    if app.uploads.offset(id).await.map_err(ApiError::internal)? == announced.length {
        let app = app.clone();
        let finishing = tokio::spawn(async move {
            let turn = app.uploads.turn(id).await;
            // A last piece that was still being taken in had the turn before.
            let is_left = app.uploads.offset(id).await.map_err(ApiError::internal)? == announced.length;
            if is_left && !app.photos.has(id.hash) { complete(&app, &turn, id).await } else { Ok(()) }
        });
        finishing.await.map_err(ApiError::internal)??;
    }
    if let Some(whole) = whole(app, id.hash).await? {
        return Ok(whole);
    }
    Ok(under_way(&announced, app.uploads.offset(id).await.map_err(ApiError::internal)?))
}

/// A photo that is there, whoever brought it.
async fn whole(app: &App, hash: PhotoHash) -> Result<Option<Standing>, ApiError> {
    if !app.photos.has(hash) {
        return Ok(None);
    }
    let length = app.photos.length(hash).await.map_err(ApiError::internal)?;
    Ok(Some(Standing { offset: length, length, expires_at: None }))
}

fn under_way(announced: &Announced, offset: u64) -> Standing {
    let Announced { length, at, .. } = *announced;
    // With its last byte it became a photo, and those do not expire.
    let expires_at = (offset < length).then(|| at.saturating_add(UPLOAD_MS_MAX));
    Standing { offset, length, expires_at }
}

/// An upload of this device that has not expired: others do not learn that it exists.
async fn announced(app: &App, id: UploadId) -> Result<Announced, ApiError> {
    let announced = app.vault.upload(id).await?.ok_or(ApiError::NotFound)?;
    let is_expired = app.now_ms() > announced.at.saturating_add(UPLOAD_MS_MAX);
    if is_expired { Err(ApiError::NotFound) } else { Ok(announced) }
}

impl Standing {
    fn answer(&self, status: StatusCode) -> Response {
        let cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let mut response = (status, [(UPLOAD_OFFSET, HeaderValue::from(self.offset)), cache]).into_response();
        response.headers_mut().extend(self.expires_at.and_then(http_date).map(|at| (UPLOAD_EXPIRES, at)));
        response
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Offset(offset) => ApiError::UploadOffset { offset },
            UploadError::TooLong => ApiError::BadRequest("more bytes than were announced"),
            UploadError::Checksum => ApiError::UploadChecksum,
            UploadError::Io(error) => ApiError::internal(error),
        }
    }
}

impl From<PhotoError> for ApiError {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Hash => ApiError::PhotoHashMismatch,
            PhotoError::NotPicture(_) => ApiError::PhotoNotPicture,
            error @ (PhotoError::Io(_) | PhotoError::Interrupted(_)) => ApiError::internal(error),
        }
    }
}
