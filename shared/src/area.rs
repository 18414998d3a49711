//! Where: areas by official statistical code, sites below communities, management zones, departments.

use crate::code::{code_type, is_plain_code};
use crate::template::Text;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Most digits of an area code; official codes have at most twelve.
pub const AREA_CODE_DIGITS_MAX: usize = 20;

code_type!(
    /// The official statistical code of an area. A code is a prefix of its descendants' codes; how many levels
    /// there are is not assumed.
    AreaCode, "an area code (digits)", is_area_code
);

code_type!(
    /// A site's id: its community's code, a hyphen and a local part, as in `530102002002-7`. The local part is a
    /// number in data files; a device that creates a site makes one that cannot collide.
    SiteId, "a site id (area code, hyphen, local number)", is_site_id
);

code_type!(
    /// The code of a management zone.
    ZoneCode, "a zone code", is_plain_code
);

code_type!(
    /// The code of a department.
    DepartmentCode, "a department code", is_plain_code
);

impl AreaCode {
    /// Whether `other` is this area or lies in it.
    pub fn contains(&self, other: &AreaCode) -> bool {
        other.as_str().starts_with(self.as_str())
    }
}

impl SiteId {
    /// The community the site lies in.
    pub fn area(&self) -> AreaCode {
        let (area, _) = self.as_str().split_once('-').expect("the hyphen was checked at construction");
        AreaCode::parse(area).expect("the area code was checked at construction")
    }
}

/// The level of an area; its order is from the widest to the narrowest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Level {
    /// 市
    #[n(0)]
    City,
    /// 区县
    #[n(1)]
    District,
    /// 街道, 乡镇
    #[n(2)]
    Subdistrict,
    /// 社区
    #[n(3)]
    Community,
    /// 村
    #[n(4)]
    Village,
}

/// 辖区: a node of the tree of areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Area {
    /// Its official code.
    #[n(0)]
    pub code: AreaCode,
    /// The official name, which at the lowest level is the organisation's (翠湖西路社区居民委员会).
    #[n(1)]
    pub name: String,
    /// What people call it (翠湖西路社区).
    #[n(2)]
    pub short: String,
    /// Initials of the short name's pinyin in lower case, for searching (`chxlsq`).
    #[n(3)]
    pub pinyin: String,
    /// Its level.
    #[n(4)]
    pub level: Level,
    /// The area it lies in; none for the city.
    #[n(5)]
    pub parent: Option<AreaCode>,
}

/// What sort of place a site is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum SiteKind {
    /// 小区
    #[n(0)]
    Compound,
    /// 背街小巷
    #[n(1)]
    Backstreet,
    /// 主次干道
    #[n(2)]
    MainRoad,
    /// 农贸市场
    #[n(3)]
    Market,
    /// 公园广场
    #[n(4)]
    Park,
    /// 沿街商铺
    #[n(5)]
    Shops,
    /// 公共厕所
    #[n(6)]
    Toilet,
    /// 垃圾房（站）
    #[n(7)]
    RefuseStation,
    /// 河道沟渠
    #[n(8)]
    Waterway,
    /// 建筑工地
    #[n(9)]
    ConstructionSite,
    /// 学校周边
    #[n(10)]
    School,
    /// 医院及卫生服务站
    #[n(11)]
    Clinic,
    /// 交通场站
    #[n(12)]
    TransportStation,
    /// 社区服务站
    #[n(13)]
    ServiceStation,
    /// 文体活动场所
    #[n(14)]
    CultureVenue,
    /// 自然村
    #[n(15)]
    Hamlet,
    /// 其他
    #[n(16)]
    Other,
}

impl SiteKind {
    /// Every kind, in the order lists show them.
    pub const ALL: [SiteKind; 17] = [
        SiteKind::Compound,
        SiteKind::Backstreet,
        SiteKind::MainRoad,
        SiteKind::Market,
        SiteKind::Park,
        SiteKind::Shops,
        SiteKind::Toilet,
        SiteKind::RefuseStation,
        SiteKind::Waterway,
        SiteKind::ConstructionSite,
        SiteKind::School,
        SiteKind::Clinic,
        SiteKind::TransportStation,
        SiteKind::ServiceStation,
        SiteKind::CultureVenue,
        SiteKind::Hamlet,
        SiteKind::Other,
    ];

    /// The kind's name in data files, SQL and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SiteKind::Compound => "compound",
            SiteKind::Backstreet => "backstreet",
            SiteKind::MainRoad => "main_road",
            SiteKind::Market => "market",
            SiteKind::Park => "park",
            SiteKind::Shops => "shops",
            SiteKind::Toilet => "toilet",
            SiteKind::RefuseStation => "refuse_station",
            SiteKind::Waterway => "waterway",
            SiteKind::ConstructionSite => "construction_site",
            SiteKind::School => "school",
            SiteKind::Clinic => "clinic",
            SiteKind::TransportStation => "transport_station",
            SiteKind::ServiceStation => "service_station",
            SiteKind::CultureVenue => "culture_venue",
            SiteKind::Hamlet => "hamlet",
            SiteKind::Other => "other",
        }
    }

    /// The kind with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What people call it.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            SiteKind::Compound => ("小区", "Residential compound"),
            SiteKind::Backstreet => ("背街小巷", "Back street or lane"),
            SiteKind::MainRoad => ("主次干道", "Main or secondary road"),
            SiteKind::Market => ("农贸市场", "Farmers' market"),
            SiteKind::Park => ("公园广场", "Park or square"),
            SiteKind::Shops => ("沿街商铺", "Street-front shops"),
            SiteKind::Toilet => ("公共厕所", "Public toilet"),
            SiteKind::RefuseStation => ("垃圾房（站）", "Refuse room or station"),
            SiteKind::Waterway => ("河道沟渠", "River or ditch"),
            SiteKind::ConstructionSite => ("建筑工地", "Construction site"),
            SiteKind::School => ("学校周边", "School surroundings"),
            SiteKind::Clinic => ("医院及卫生服务站", "Hospital or health station"),
            SiteKind::TransportStation => ("交通场站", "Transport station"),
            SiteKind::ServiceStation => ("社区服务站", "Community service station"),
            SiteKind::CultureVenue => ("文体活动场所", "Culture or sports venue"),
            SiteKind::Hamlet => ("自然村", "Hamlet"),
            SiteKind::Other => ("其他", "Other"),
        };
        Text { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// A WGS-84 point. Whole numbers, so that the same point always has the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Point {
    /// Latitude in millionths of a degree (about 11 cm).
    #[n(0)]
    pub latitude_e6: i32,
    /// Longitude in millionths of a degree.
    #[n(1)]
    pub longitude_e6: i32,
    /// Radius of accuracy in metres, as the device said it; none when typed in.
    #[n(2)]
    pub accuracy_m: Option<u32>,
}

/// 点位: what is really walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Site {
    /// Its id; begins with the code of its community.
    #[n(0)]
    pub id: SiteId,
    /// The community it lies in.
    #[n(1)]
    pub area: AreaCode,
    /// What sort of place it is.
    #[n(2)]
    pub kind: SiteKind,
    /// What people call it.
    #[n(3)]
    pub name: String,
    /// Initials of the name's pinyin in lower case.
    #[n(4)]
    pub pinyin: String,
    /// Where it is, when somebody has recorded it.
    #[n(5)]
    pub point: Option<Point>,
}

/// 管理区: a named set of areas that is ranked beside the districts and taken out of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Zone {
    /// Its code.
    #[n(0)]
    pub code: ZoneCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
    /// The areas that make it up.
    #[n(3)]
    pub members: Vec<AreaCode>,
    /// Why the list of members is not final, when it is not.
    #[n(4)]
    pub pending: Option<Text>,
}

impl Zone {
    /// Whether an area belongs to the zone.
    pub fn contains(&self, area: &AreaCode) -> bool {
        self.members.iter().any(|member| member.contains(area))
    }
}

/// 责任部门: who answers for a class of items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Department {
    /// Its code.
    #[n(0)]
    pub code: DepartmentCode,
    /// 中文
    #[n(1)]
    pub zh: String,
    /// English
    #[n(2)]
    pub en: String,
}

fn is_area_code(text: &str) -> bool {
    (1..=AREA_CODE_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_site_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(area, local)| is_area_code(area) && is_plain_code(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_contains_itself_and_its_descendants_only() {
        let district = AreaCode::parse("530102").unwrap();
        let community = AreaCode::parse("530102002002").unwrap();
        assert!(district.contains(&district) && district.contains(&community));
        assert!(!community.contains(&district));
        assert!(!AreaCode::parse("530103").unwrap().contains(&community));
    }

    #[test]
    fn a_site_kinds_name_is_the_one_data_files_use() {
        for kind in SiteKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(SiteKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn codes_that_are_not_digits_are_refused() {
        for text in ["", "53a1", "5301-1", " 5301", "530102002002530102002"] {
            assert!(AreaCode::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_site_knows_its_community() {
        let site = SiteId::parse("530102002002-7").unwrap();
        assert_eq!(site.area().as_str(), "530102002002");
        assert!(SiteId::parse("530102002002").is_err());
        assert!(SiteId::parse("530102002002-").is_err());
    }

    #[test]
    fn an_area_survives_cbor() {
        let area = Area {
            code: AreaCode::parse("530102002002").unwrap(),
            name: "翠湖西路社区居民委员会".into(),
            short: "翠湖西路社区".into(),
            pinyin: "chxlsq".into(),
            level: Level::Community,
            parent: Some(AreaCode::parse("530102002").unwrap()),
        };
        let bytes = minicbor::to_vec(&area).unwrap();
        assert_eq!(minicbor::decode::<Area>(&bytes).unwrap(), area);
    }
}
