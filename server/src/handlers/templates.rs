//! `/v1/templates`: the published checklists.

use axum::extract::State;
use rounds_shared::{
    registry::Registry,
    template::{
        Below, EvidenceKind, FindingKind, Item, Method, Scale, Severity, Template, TemplateId, WeightedDomain,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{areas::Coded, shapes::Text};
use crate::{
    app::App,
    auth::SignedIn,
    error::{ApiError, ErrorBody},
    extract::{Json, Path},
};

/// A published template version as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateRow {
    id: TemplateId,
    version: u32,
    title: Text,
    /// How many items it has.
    items: usize,
    domains: Vec<DomainRow>,
    /// Why it is withdrawn 停用: nobody is asked for it any more.
    withdrawn: Option<String>,
}

/// A domain as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainRow {
    code: String,
    title: Text,
    /// Its share of the total, in hundredths.
    weight: u32,
    /// How many items it has.
    items: usize,
}

/// A published template version in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateDetail {
    id: TemplateId,
    version: u32,
    title: Text,
    domains: Vec<DomainShape>,
}

/// A domain with its items.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainShape {
    code: String,
    title: Text,
    /// Its share of the total, in hundredths.
    weight: u32,
    /// The policy's clause, by its number and words.
    clause: String,
    items: Vec<ItemShape>,
}

/// What is asked 检查项.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemShape {
    /// Its code.
    pub code: String,
    /// Its text.
    pub title: Text,
    /// How it is found out.
    pub methods: Vec<Method>,
    /// How much is looked at.
    pub extent: Option<Text>,
    /// How it is answered.
    pub scale: ScaleShape,
    /// Its weight in hundredths.
    pub weight: u32,
    /// The evidence it demands.
    pub evidence: Vec<EvidenceShape>,
    /// The policy's own words.
    pub clause: String,
    /// Whether it is shown as 不适用 until the city confirms it.
    pub pending: bool,
    /// The finding kinds it knows.
    pub kinds: Vec<KindShape>,
}

/// How an item is answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "scale", rename_all = "snake_case")]
pub enum ScaleShape {
    /// 合格 or 不合格.
    Pass,
    /// Points off per finding.
    Count {
        /// In hundredths of a point.
        off: u32,
    },
    /// So many of a sample.
    Sample {
        /// The sample's size.
        of: u32,
    },
    /// Done of planned.
    Ratio {
        /// Full points from this percentage on, in hundredths.
        full: u32,
        /// Half the points from this percentage on, in hundredths.
        half: Option<u32>,
        /// Whether what is below counts in proportion.
        proportional: bool,
    },
    /// Named standards.
    Graded {
        /// The standards.
        standards: Vec<Text>,
    },
}

/// Evidence that an item demands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceShape {
    /// What sort.
    pub kind: EvidenceKind,
    /// At least how many.
    pub least: u32,
}

/// A finding kind 问题类型.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KindShape {
    /// Its code.
    pub code: String,
    /// Its name.
    pub title: Text,
    /// How grave it is.
    pub severity: Severity,
    /// Whether it caps the grade while it stands.
    pub veto: bool,
    /// Its deadline class.
    pub deadline: Option<String>,
    /// The department that answers for it.
    pub department: Option<Coded>,
}

/// Every published version of every checklist.
#[utoipa::path(get, path = "/v1/templates", tag = "templates", responses((status = 200, body = Vec<TemplateRow>)))]
pub async fn list(State(app): State<App>, _: SignedIn) -> Json<Vec<TemplateRow>> {
    let registry = app.intake.registry();
    Json(registry.templates().map(|template| TemplateRow::new(template, &registry)).collect())
}

/// A published checklist in full.
#[utoipa::path(get, path = "/v1/templates/{id}/{version}", tag = "templates",
    params(("id" = TemplateId, Path,), ("version" = u32, Path,)), responses(
    (status = 200, body = TemplateDetail),
    (status = 404, description = "not_found", body = ErrorBody)))]
pub async fn one(
    State(app): State<App>,
    _: SignedIn,
    Path((id, version)): Path<(TemplateId, u32)>,
) -> Result<Json<TemplateDetail>, ApiError> {
    let registry = app.intake.registry();
    let template = registry.template(&id, version).ok_or(ApiError::NotFound)?;
    Ok(Json(TemplateDetail::new(template, &registry)))
}

impl TemplateRow {
    fn new(template: &Template, registry: &Registry) -> Self {
        let domain = |weighted: &WeightedDomain| DomainRow {
            code: weighted.domain.code.to_string(),
            title: Text::new(&weighted.domain.zh, &weighted.domain.en),
            weight: weighted.weight.as_hundredths(),
            items: weighted.domain.items.len(),
        };
        Self {
            id: template.id.clone(),
            version: template.version,
            title: Text::new(&template.zh, &template.en),
            items: template.items().count(),
            domains: template.domains.iter().map(domain).collect(),
            withdrawn: registry
                .withdrawal(&template.id, template.version)
                .map(|withdrawal| withdrawal.reason.clone()),
        }
    }
}

impl TemplateDetail {
    fn new(template: &Template, registry: &Registry) -> Self {
        let domain = |weighted: &WeightedDomain| DomainShape {
            code: weighted.domain.code.to_string(),
            title: Text::new(&weighted.domain.zh, &weighted.domain.en),
            weight: weighted.weight.as_hundredths(),
            clause: weighted.domain.clause.clone(),
            items: weighted.domain.items.iter().map(|item| ItemShape::new(item, registry)).collect(),
        };
        Self {
            id: template.id.clone(),
            version: template.version,
            title: Text::new(&template.zh, &template.en),
            domains: template.domains.iter().map(domain).collect(),
        }
    }
}

impl ItemShape {
    /// What an item asks.
    pub fn new(item: &Item, registry: &Registry) -> Self {
        let evidence = item.evidence.iter();
        Self {
            code: item.code.to_string(),
            title: Text::new(&item.zh, &item.en),
            methods: item.methods.clone(),
            extent: item.extent.clone().map(Into::into),
            scale: (&item.scale).into(),
            weight: item.weight.as_hundredths(),
            evidence: evidence
                .map(|evidence| EvidenceShape { kind: evidence.kind, least: evidence.min.unwrap_or(1) })
                .collect(),
            clause: item.clause.clone(),
            pending: item.pending.is_some(),
            kinds: item.kinds.iter().map(|kind| KindShape::new(kind, registry)).collect(),
        }
    }
}

impl From<&Scale> for ScaleShape {
    fn from(scale: &Scale) -> Self {
        match scale {
            Scale::Pass => Self::Pass,
            Scale::Count { off } => Self::Count { off: off.as_hundredths() },
            Scale::Sample { of, .. } => Self::Sample { of: *of },
            Scale::Ratio { full, half, below } => Self::Ratio {
                full: full.as_hundredths(),
                half: half.map(|half| half.as_hundredths()),
                proportional: match below {
                    Below::Proportional => true,
                    Below::Zero => false,
                },
            },
            Scale::Graded { standards } => {
                Self::Graded { standards: standards.iter().cloned().map(Into::into).collect() }
            }
        }
    }
}

impl KindShape {
    fn new(kind: &FindingKind, registry: &Registry) -> Self {
        let department = kind.department.as_ref().and_then(|code| registry.departments().get(code));
        Self {
            code: kind.code.to_string(),
            title: Text::new(&kind.zh, &kind.en),
            severity: kind.severity,
            veto: kind.veto,
            deadline: kind.deadline.as_ref().map(ToString::to_string),
            department: department.map(|department| Coded {
                code: department.code.to_string(),
                title: Text::new(&department.zh, &department.en),
            }),
        }
    }
}
