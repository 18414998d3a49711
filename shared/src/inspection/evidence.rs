//! Findings 问题, and the photos that prove them.

use super::{Stamp, Strike, names};
use crate::{
    area::Point,
    ids::{DeviceId, PhotoHash},
};

/// A finding 问题.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its key: the device's id, a hyphen, a random part.
    pub id: String,
    /// The item.
    pub item: String,
    /// The finding kind.
    pub kind: String,
    /// What was seen, in words.
    pub note: String,
    /// Where, in words.
    pub place: String,
    /// Where, as a point.
    pub point: Option<Point>,
    /// 当场处置: put right on the spot.
    pub fixed_on_spot: bool,
    /// 设施编号: the number on the plate of the asset it is about; empty when it is about none.
    pub asset: String,
    /// Who recorded it.
    pub stamp: Stamp,
    /// Struck, and why.
    pub struck: Option<Strike>,
    /// The fields that hold values recorded without knowledge of each other.
    pub conflicts: Vec<&'static str>,
}

/// Where a photo came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum PhotoSource {
    /// 拍摄
    Camera,
    /// 相册
    Album,
    /// 手绘: drawn on the screen, such as a signature, or arrows on a copy of a photo.
    Drawn,
}

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(rename_all = "snake_case"))]
pub enum PhotoRole {
    /// The defect, or the state.
    Evidence,
    /// Before it was put right.
    Before,
    /// After it was put right.
    After,
    /// 签名: of the person met.
    Signature,
}

names!(PhotoSource { Camera => "camera", Album => "album", Drawn => "drawn" });
names!(PhotoRole { Evidence => "evidence", Before => "before", After => "after", Signature => "signature" });

/// A photo as the document names it; its bytes are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Its key: the device's id, a hyphen, a random part.
    pub id: String,
    /// The address of its bytes.
    pub hash: PhotoHash,
    /// How many bytes.
    pub bytes: u64,
    /// The item it belongs to; none for a signature of the whole visit.
    pub item: Option<String>,
    /// The finding it belongs to.
    pub finding: Option<String>,
    /// The photo it is a copy of, with something drawn on it.
    pub copy_of: Option<String>,
    /// Where it came from.
    pub source: PhotoSource,
    /// What it shows.
    pub role: PhotoRole,
    /// Where it was taken.
    pub point: Option<Point>,
    /// Who and when.
    pub stamp: Stamp,
    /// Struck, and why.
    pub struck: Option<Strike>,
}

impl Photo {
    /// The device that took the photo it is a copy of: every key begins with its maker's.
    pub fn copied_from(&self) -> Option<DeviceId> {
        let (device, _) = self.copy_of.as_deref()?.split_once('-')?;
        device.parse().ok()
    }
}
