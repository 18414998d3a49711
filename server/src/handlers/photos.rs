//! `GET /v1/photos/{photo}`: a photo's bytes.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use rounds_shared::ids::PhotoHash;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth::Reader,
    error::{ApiError, ErrorBody},
    extract::{Path, Query},
};

/// The bytes of a hash never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// How large a picture is wanted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// With a long edge of 320 pixels.
    Thumb,
    /// As kept.
    Full,
}

/// How large a picture is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PhotoSize {
    /// As kept when it is not said.
    size: Option<Size>,
}

/// A photo of a document that whoever asks may see.
#[utoipa::path(get, path = "/v1/photos/{photo}", tag = "photos", params(("photo" = PhotoHash, Path,), PhotoSize), responses(
    (status = 200, description = "JPEG, PNG or WebP", content_type = "image/*"),
    (status = 404, description = "photo_missing: it has not arrived", body = ErrorBody)))]
pub async fn read(
    State(app): State<App>,
    reader: Reader,
    Path(hash): Path<PhotoHash>,
    Query(wanted): Query<PhotoSize>,
) -> Result<Response, ApiError> {
    crate::sight::require_photo(&app, &reader.user, hash).await?;
    let photo = match wanted.size {
        Some(Size::Thumb) => app.photos.thumbnail(hash).await?,
        Some(Size::Full) | None => app.photos.read(hash).await?,
    };
    let photo = photo.ok_or(ApiError::PhotoMissing)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(photo.kind.media_type())),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, photo.bytes).into_response())
}
