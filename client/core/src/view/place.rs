//! Areas, sites and points as rows.

use rounds_shared::area::{Level, Point};
use rounds_shared::template::Text;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Millionths of a degree in a degree.
const E6: f64 = 1e6;

/// An area 辖区.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AreaRow {
    /// Its official code.
    pub code: String,
    /// The official name.
    pub name: String,
    /// What people call it.
    pub short: String,
    /// Initials of the short name's pinyin.
    pub pinyin: String,
    /// Its level.
    pub level: Level,
    /// The areas above it without the city: 五华区·华山街道. Names repeat, so it is always shown.
    pub path: String,
}

/// A site 点位.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SiteRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The code of its kind.
    pub kind: String,
    /// The kind in words.
    pub kind_name: Text,
    /// The code of the community it lies in.
    pub area: String,
    /// Where it is, when somebody has recorded it.
    pub point: Option<PointView>,
}

/// A site found by its name, with where it lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FoundSite {
    /// The site.
    #[serde(flatten)]
    pub site: SiteRow,
    /// Its community.
    pub area_row: AreaRow,
}

/// A WGS-84 point with its accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(rename = "Point")]
pub struct PointView {
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Radius of accuracy in metres; 0 when the point was typed in.
    pub accuracy_m: f64,
}

impl From<Point> for PointView {
    fn from(point: Point) -> Self {
        PointView {
            lat: f64::from(point.latitude_e6) / E6,
            lon: f64::from(point.longitude_e6) / E6,
            accuracy_m: f64::from(point.accuracy_m.unwrap_or(0)),
        }
    }
}

impl PointView {
    /// The point as it is recorded; none when it lies outside the earth.
    pub fn to_point(self) -> Option<Point> {
        let on_earth = (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in range, and `as` saturates"
        )]
        (on_earth && self.accuracy_m.is_finite() && self.accuracy_m >= 0.0).then(|| Point {
            latitude_e6: (self.lat * E6).round() as i32,
            longitude_e6: (self.lon * E6).round() as i32,
            accuracy_m: Some(self.accuracy_m.ceil() as u32),
        })
    }
}
