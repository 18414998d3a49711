//! Photos arrive by tus 1.0.0 (core and creation): `POST /v1/photos` announces one, `HEAD` says how far it
//! is, `PATCH` brings more of it. The announcement's metadata has the photo's `hash`; a photo that is there
//! already is created complete, which its `Upload-Offset` says.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use rounds_shared::{ids::PhotoHash, protocol::limits::PHOTO_BYTES_MAX};

use crate::{
    app::App,
    auth::DeviceSession,
    error::ApiError,
    extract::Path,
    photos::{PhotoError, UploadError},
    vault::{Announced, UploadId},
};

/// Most unfinished uploads of one device.
const UNFINISHED_MAX: u64 = 64;

const VERSION: &str = "1.0.0";
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const PATCH_TYPE: &str = "application/offset+octet-stream";

/// What the server can do.
#[utoipa::path(options, path = "/v1/photos", tag = "photos", responses((status = 204, description = "tus 1.0.0, creation")))]
pub async fn options() -> Response {
    let headers = [
        (TUS_RESUMABLE, HeaderValue::from_static(VERSION)),
        (TUS_VERSION, HeaderValue::from_static(VERSION)),
        (TUS_EXTENSION, HeaderValue::from_static("creation")),
        (TUS_MAX_SIZE, HeaderValue::from(PHOTO_BYTES_MAX)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Announces a photo.
#[utoipa::path(post, path = "/v1/photos", tag = "photos", params(
    ("tus-resumable" = String, Header,), ("upload-length" = u64, Header,),
    ("upload-metadata" = String, Header, description = "`hash` and the base64 of the photo's hash in hexadecimal")),
    responses((status = 201, description = "Location is where the bytes go; Upload-Offset is how far they are")))]
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
    let hash = announced_hash(&headers).ok_or(ApiError::BadRequest("Upload-Metadata has no hash"))?;
    if app.photos.has(hash) {
        return Ok(created(&hash.to_string(), app.photos.length(hash).await.map_err(ApiError::internal)?));
    }
    // Whoever announces one makes room for it.
    app.forget_old_uploads().await.map_err(ApiError::internal)?;
    let begun = app.vault.upload_begin(session.device, hash, length, app.now_ms(), UNFINISHED_MAX).await?;
    let announced = begun.ok_or(ApiError::TooManyUploads)?;
    Ok(created(&announced.id.to_string(), reached(&app, announced).await?))
}

/// How far an upload is.
#[utoipa::path(head, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,)),
    responses((status = 200, description = "Upload-Offset and Upload-Length")))]
pub async fn read(
    State(app): State<App>,
    session: DeviceSession,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    let (offset, length) = match id.parse::<PhotoHash>() {
        Ok(hash) if app.photos.has(hash) => {
            let length = app.photos.length(hash).await.map_err(ApiError::internal)?;
            (length, length)
        }
        Ok(_) => return Err(ApiError::NotFound),
        Err(_) => {
            let announced = own_upload(&app, &session, &id).await?;
            (reached(&app, announced).await?, announced.length)
        }
    };
    let headers = [
        (TUS_RESUMABLE, HeaderValue::from_static(VERSION)),
        (UPLOAD_OFFSET, HeaderValue::from(offset)),
        (UPLOAD_LENGTH, HeaderValue::from(length)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers).into_response())
}

/// Brings more of a photo. With its last byte it is checked, and then it is either kept or discarded.
#[utoipa::path(patch, path = "/v1/photos/{photo}", tag = "photos",
    params(("photo" = String, Path, description = "what Location named"), ("tus-resumable" = String, Header,), ("upload-offset" = u64, Header,)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset is how far it is now"),
        (status = 409, description = "upload_offset"), (status = 422, description = "photo_hash_mismatch, photo_not_picture")))]
pub async fn append(
    State(app): State<App>,
    session: DeviceSession,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    require_version(&headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != PATCH_TYPE) {
        return Err(ApiError::UploadContentType);
    }
    let from = number(&headers, &UPLOAD_OFFSET).ok_or(ApiError::BadRequest("Upload-Offset is missing"))?;
    let announced = own_upload(&app, &session, &id).await?;
    let Announced { id, length, .. } = announced;
    // A task of its own: when the connection is cut, this handler is dropped in the middle of whatever it does.
    let appending = tokio::spawn(async move {
        app.uploads.append(id, from, length, body, async || complete(&app, &announced).await).await
    });
    let stands = appending.await.map_err(ApiError::internal)??;
    let headers =
        [(TUS_RESUMABLE, HeaderValue::from_static(VERSION)), (UPLOAD_OFFSET, HeaderValue::from(stands))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// All bytes are there: keeps the photo if it is the one that was announced, else discards what arrived.
async fn complete(app: &App, announced: &Announced) -> Result<(), ApiError> {
    let taken = app.photos.take_in(app.uploads.file(announced.id), announced.hash).await;
    let keep_trying = matches!(taken, Err(PhotoError::Io(_) | PhotoError::Interrupted(_)));
    if !keep_trying {
        app.uploads.discard(announced.id).await.map_err(ApiError::internal)?;
        app.vault.upload_end(announced.id).await?;
    }
    taken?;
    app.live.poke();
    Ok(())
}

/// How far an upload is. After a kill or a disk's failure all bytes may be there and the photo not kept: since
/// nobody would send anything more of it, it is taken in now.
async fn reached(app: &App, announced: Announced) -> Result<u64, ApiError> {
    let Announced { id, hash, length, .. } = announced;
    if app.photos.has(hash) {
        return Ok(length);
    }
    let stands = app.uploads.offset(id).await.map_err(ApiError::internal)?;
    if stands != length {
        return Ok(stands);
    }
    let finishing = {
        let app = app.clone();
        tokio::spawn(async move {
            app.uploads.finish(id, length, async || complete(&app, &announced).await).await
        })
    };
    let stands = finishing.await.map_err(ApiError::internal)??;
    // A last piece that was still being taken in had the turn before.
    Ok(if app.photos.has(hash) { length } else { stands })
}

/// An upload of this device: others do not learn that it exists.
async fn own_upload(app: &App, session: &DeviceSession, id: &str) -> Result<Announced, ApiError> {
    let id: UploadId = id.parse().map_err(|_| ApiError::NotFound)?;
    let announced = app.vault.upload(id).await?;
    announced.filter(|announced| announced.device == session.device).ok_or(ApiError::NotFound)
}

fn created(name: &str, offset: u64) -> Response {
    let location = HeaderValue::from_str(&format!("/v1/photos/{name}")).expect("a name is hexadecimal");
    let headers = [
        (TUS_RESUMABLE, HeaderValue::from_static(VERSION)),
        (UPLOAD_OFFSET, HeaderValue::from(offset)),
        (header::LOCATION, location),
    ];
    (StatusCode::CREATED, headers).into_response()
}

fn require_version(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(TUS_RESUMABLE).is_some_and(|version| version == VERSION) {
        Ok(())
    } else {
        Err(ApiError::UploadVersion)
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// `Upload-Metadata: hash <base64>, …`
fn announced_hash(headers: &HeaderMap) -> Option<PhotoHash> {
    let pairs = headers.get(UPLOAD_METADATA)?.to_str().ok()?;
    let value = pairs.split(',').find_map(|pair| pair.trim().strip_prefix("hash "))?;
    String::from_utf8(BASE64.decode(value.trim().as_bytes()).ok()?).ok()?.parse().ok()
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Offset(offset) => ApiError::UploadOffset { offset },
            UploadError::TooLong => ApiError::BadRequest("more bytes than were announced"),
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
