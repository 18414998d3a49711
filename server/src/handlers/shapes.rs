//! JSON shapes that several handlers share, and how they are made from the registry.

use rounds_shared::{
    area::{AreaCode, Level, SiteId},
    ids::{DeviceId, UserId},
    registry::Registry,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

impl Text {
    /// From both languages.
    pub fn new(zh: &str, en: &str) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }
}

impl From<rounds_shared::template::Text> for Text {
    fn from(text: rounds_shared::template::Text) -> Self {
        Self { zh: text.zh, en: text.en }
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// His id; empty when a device is nobody's that is known.
    pub id: String,
    /// His name.
    pub name: String,
}

impl Person {
    /// A user by id.
    pub fn of(registry: &Registry, user: UserId) -> Self {
        let name = registry.user(user).map(|user| user.name.clone()).unwrap_or_default();
        Self { id: user.to_string(), name }
    }

    /// The user of a device.
    pub fn of_device(registry: &Registry, device: Option<DeviceId>) -> Self {
        let user = device.and_then(|device| registry.device(device)).map(|device| device.user);
        user.map_or(Self { id: String::new(), name: String::new() }, |user| Self::of(registry, user))
    }
}

/// An area as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AreaRow {
    /// Its official code.
    pub code: String,
    /// Its official name.
    pub name: String,
    /// What people call it.
    pub short: String,
    /// Initials of the short name's pinyin.
    pub pinyin: String,
    /// Its level.
    pub level: Level,
    /// The areas above it: 五华区·华山街道.
    pub path: String,
}

impl AreaRow {
    /// An area by code; one that is not registered shows its code.
    pub fn of(registry: &Registry, code: &str) -> Self {
        let area = code.parse::<AreaCode>().ok().and_then(|code| registry.areas().get(&code));
        match area {
            Some(area) => Self {
                code: area.code.to_string(),
                name: area.name.clone(),
                short: area.short.clone(),
                pinyin: area.pinyin.clone(),
                level: area.level,
                path: registry.path(&area.code),
            },
            None => Self {
                code: code.to_owned(),
                name: code.to_owned(),
                short: code.to_owned(),
                pinyin: String::new(),
                level: Level::Community,
                path: String::new(),
            },
        }
    }
}

/// A site as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SiteRow {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What sort of place it is: a code.
    pub kind: String,
    /// What sort of place it is, in words.
    pub kind_name: Text,
    /// The code of its area.
    pub area: String,
}

impl SiteRow {
    /// A site by id.
    pub fn of(registry: &Registry, id: &str) -> Option<Self> {
        let site = registry.sites().get(&id.parse::<SiteId>().ok()?)?;
        Some(Self {
            id: site.id.to_string(),
            name: site.name.clone(),
            kind: site.kind.as_str().to_owned(),
            kind_name: site.kind.title().into(),
            area: site.area.to_string(),
        })
    }
}

/// A WGS-84 point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Radius of accuracy in metres; none when it was typed in.
    pub accuracy_m: Option<u32>,
}

impl From<rounds_shared::area::Point> for Point {
    fn from(point: rounds_shared::area::Point) -> Self {
        const E6: f64 = 1_000_000.0;
        Self {
            lat: f64::from(point.latitude_e6) / E6,
            lon: f64::from(point.longitude_e6) / E6,
            accuracy_m: point.accuracy_m,
        }
    }
}

/// A template version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateRef {
    /// Which checklist.
    pub id: String,
    /// Which version of it.
    pub version: u32,
    /// Its name.
    pub title: Text,
}

impl TemplateRef {
    /// A template version; one that is not registered shows its id.
    pub fn of(registry: &Registry, id: &str, version: u32) -> Self {
        let template = id.parse().ok().and_then(|id| registry.template(&id, version));
        let title = template.map_or(Text::new(id, id), |template| Text::new(&template.zh, &template.en));
        Self { id: id.to_owned(), version, title }
    }
}

/// One page of rows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many there are in all.
    pub total: u64,
}

/// Which page is wanted.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
pub struct Paging {
    /// From 1.
    #[serde(default)]
    pub page: Option<u64>,
    /// Rows a page.
    #[serde(default)]
    pub per_page: Option<u64>,
}

const PER_PAGE: u64 = 50;
const PER_PAGE_MAX: u64 = 200;

impl Paging {
    /// The first row and how many.
    pub fn offset_and_limit(self) -> (u64, u64) {
        let limit = self.per_page.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
        (self.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(limit), limit)
    }
}
