//! What a command is given, where it is more than a few words.

use rounds_client_core::{EnrolInput, FindingInput, PhotoInput, view::PointView};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IntoDeserializer, value::Error as NotAWord},
};
use tauri::{
    Runtime,
    http::HeaderMap,
    ipc::{CommandArg, CommandItem, InvokeBody, InvokeError},
};

/// All arguments of a command as one value.
pub(crate) struct Arguments<T>(pub(crate) T);

impl<'de, R: Runtime, T: DeserializeOwned> CommandArg<'de, R> for Arguments<T> {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        match command.message.payload() {
            InvokeBody::Json(json) => T::deserialize(json).map(Self).map_err(InvokeError::from_error),
            InvokeBody::Raw(_) => Err(InvokeError::from(format!("{} takes JSON", command.name))),
        }
    }
}

/// A person who signs in, and the PIN he has chosen, where he is new on this phone and chose one.
#[derive(Deserialize)]
pub(crate) struct SignIn {
    #[serde(flatten)]
    pub(crate) input: EnrolInput,
    pub(crate) pin: Option<String>,
}

/// A finding to be recorded.
#[derive(Deserialize)]
pub(crate) struct NewFinding {
    pub(crate) inspection: String,
    pub(crate) item: String,
    #[serde(flatten)]
    pub(crate) finding: FindingInput,
    /// The photos that were taken for it, by id.
    pub(crate) photos: Vec<String>,
}

/// A finding that says something else now.
#[derive(Deserialize)]
pub(crate) struct ChangedFinding {
    pub(crate) inspection: String,
    /// Its id.
    pub(crate) finding: String,
    #[serde(flatten)]
    pub(crate) input: FindingInput,
}

/// A photo: its bytes are the body, what is known of it stands in the headers.
pub(crate) struct NewPhoto {
    pub(crate) photo: PhotoInput,
    pub(crate) bytes: Vec<u8>,
}

impl<'de, R: Runtime> CommandArg<'de, R> for NewPhoto {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let InvokeBody::Raw(bytes) = command.message.payload() else {
            return Err(InvokeError::from("a photo crosses as bytes"));
        };
        let headers = command.message.headers();
        let photo = PhotoInput {
            inspection: required(headers, "x-inspection")?.to_owned(),
            item: header(headers, "x-item").map(str::to_owned),
            finding: header(headers, "x-finding").map(str::to_owned),
            copy_of: header(headers, "x-copy-of").map(str::to_owned),
            source: word(required(headers, "x-source")?)?,
            role: word(required(headers, "x-role")?)?,
            point: header(headers, "x-point").map(point).transpose()?,
            detail: word(required(headers, "x-detail")?)?,
        };
        Ok(Self { photo, bytes: bytes.clone() })
    }
}

/// The bytes of a picture that is only looked at.
pub(crate) struct Picture(pub(crate) Vec<u8>);

impl<'de, R: Runtime> CommandArg<'de, R> for Picture {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        match command.message.payload() {
            InvokeBody::Raw(bytes) => Ok(Self(bytes.clone())),
            InvokeBody::Json(_) => Err(InvokeError::from("a picture crosses as bytes")),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn required<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, InvokeError> {
    header(headers, name).ok_or_else(|| InvokeError::from(format!("no header {name}")))
}

/// One of an enumeration's words.
fn word<'a, T: Deserialize<'a>>(word: &'a str) -> Result<T, InvokeError> {
    T::deserialize(word.into_deserializer()).map_err(|error: NotAWord| InvokeError::from_error(error))
}

/// Latitude, longitude and accuracy, with commas between.
fn point(text: &str) -> Result<PointView, InvokeError> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(str::parse).collect();
    match numbers.map_err(InvokeError::from_error)?[..] {
        [lat, lon, accuracy_m] => Ok(PointView { lat, lon, accuracy_m }),
        _ => Err(InvokeError::from(format!("not a point: {text}"))),
    }
}
