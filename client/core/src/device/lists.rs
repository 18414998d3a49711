//! The lists: today, areas, sites, checklists, inspections. None loads a document.

use std::collections::{BTreeSet, HashMap};

use rounds_shared::{
    area::{Area, AreaCode, Level, Site},
    assignment::Assignment,
    calendar::Day,
    ids::{DocId, PhotoHash, UserId},
    inspection::ReviewState,
    template::{Template, Text},
};

use super::Device;
use crate::{
    failure::Failure,
    store::{
        self,
        inspections::Card,
        outbox::{OutboxState, Standing},
    },
    view::{
        AreaDetail, AreaRow, AssignmentCard, Delivery, DeliveryState, FoundSite, InspectionCard, Person,
        PointView, SiteRow, TemplateRef, TemplateRow, Today,
    },
};

/// Most settled inspections on the first screen.
const DONE_MAX: usize = 50;
/// Most inspections on an area's screen.
const AREA_INSPECTIONS_MAX: u32 = 100;
/// Most rows of a search, whatever is asked.
const SEARCH_ROWS_MAX: usize = 200;

/// Why an inspection needs a person whose photos the server would not take.
const PHOTO_REFUSED: &str = "photo_refused";

impl Device {
    /// What there is to do on a day.
    pub(crate) fn today(&self, day: Day, sending: bool) -> Result<Today, Failure> {
        let me = self.identity()?.user;
        let cards = store::inspections::mine(self.store.read())?;
        let by_doc: HashMap<DocId, &Card> = cards.iter().map(|card| (card.doc, card)).collect();
        let mut assignments = Vec::new();
        for assignment in self.registry.assignments().filter(|assignment| assignment.people.contains(&me)) {
            let card = by_doc.get(&assignment.doc()).copied();
            if card.is_none_or(is_to_do) {
                assignments.push(self.assignment_card(assignment, card, day, sending)?);
            }
        }
        assignments.retain(is_offered);
        let order = |card: &AssignmentCard| {
            (card.superseded.is_some(), card.due.clone(), card.area.code.clone(), card.id.clone())
        };
        assignments.sort_by_cached_key(order);
        let mut today = Today {
            day: day.to_string(),
            returned: Vec::new(),
            cases: self.own_cases(day, sending)?,
            assignments,
            open: Vec::new(),
            done: Vec::new(),
        };
        for card in &cards {
            let asked_of_me = self
                .registry
                .assignment_of(card.doc)
                .is_some_and(|assignment| assignment.people.contains(&me));
            let list = match card.state {
                ReviewState::Returned => &mut today.returned,
                _ if is_to_do(card) && asked_of_me => continue,
                _ if is_to_do(card) => &mut today.open,
                _ if today.done.len() < DONE_MAX => &mut today.done,
                _ => continue,
            };
            list.push(self.inspection_card(card, sending)?);
        }
        Ok(today)
    }

    /// The inspections this person has to do with, the latest first.
    pub(crate) fn inspections(&self, sending: bool) -> Result<Vec<InspectionCard>, Failure> {
        let cards = store::inspections::mine(self.store.read())?;
        cards.iter().map(|card| self.inspection_card(card, sending)).collect()
    }

    /// Areas by short name, official name, pinyin initials or code; communities and villages first.
    pub(crate) fn areas(&self, query: &str, limit: usize) -> Vec<AreaRow> {
        let query = query.trim().to_lowercase();
        let areas = self.registry.areas().values().filter(|area| area.level != Level::City);
        let mut found: Vec<(Match, bool, &Area)> = areas
            .filter_map(|area| {
                let rank = rank(&query, &[&area.short, &area.name], &area.pinyin, area.code.as_str())?;
                Some((rank, area.level < Level::Community, area))
            })
            .collect();
        found.sort_by_key(|(rank, is_wide, area)| (*is_wide, *rank, &area.code));
        found.into_iter().take(limit.min(SEARCH_ROWS_MAX)).map(|(_, _, area)| self.area_row(area)).collect()
    }

    /// One area with what is in it.
    pub(crate) fn area(&self, code: &str, day: Day, sending: bool) -> Result<AreaDetail, Failure> {
        let area = self.registry.areas().get(code).ok_or(Failure::NotFound)?;
        let cards = store::inspections::of_area(self.store.read(), &area.code, AREA_INSPECTIONS_MAX)?;
        let within = |other: &AreaCode| area.code.contains(other);
        let sites = self.registry.sites().values().filter(|site| within(&site.area));
        let mut assignments = Vec::new();
        for assignment in self.registry.assignments().filter(|assignment| within(&assignment.area)) {
            let card = cards.iter().find(|card| card.doc == assignment.doc());
            assignments.push(self.assignment_card(assignment, card, day, sending)?);
        }
        assignments.retain(is_offered);
        assignments.sort_by(|a, b| (&a.due, &a.id).cmp(&(&b.due, &b.id)));
        Ok(AreaDetail {
            area: self.area_row(area),
            sites: sites.map(site_row).collect(),
            assignments,
            inspections: cards
                .iter()
                .map(|card| self.inspection_card(card, sending))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Sites by name, pinyin initials or id.
    pub(crate) fn sites(&self, query: &str, limit: usize) -> Vec<FoundSite> {
        let query = query.trim().to_lowercase();
        let sites = self.registry.sites().values();
        let mut found: Vec<(Match, &Site)> = sites
            .filter_map(|site| Some((rank(&query, &[&site.name], &site.pinyin, site.id.as_str())?, site)))
            .collect();
        found.sort_by_key(|(rank, site)| (*rank, &site.id));
        let found = found.into_iter().take(limit.min(SEARCH_ROWS_MAX));
        found
            .map(|(_, site)| FoundSite { site: site_row(site), area_row: self.area_row_of(&site.area) })
            .collect()
    }

    /// The reference pictures of all checklists, each once.
    pub(crate) fn references(&self) -> BTreeSet<PhotoHash> {
        self.registry
            .templates()
            .flat_map(|template| template.items())
            .filter_map(|item| item.reference)
            .collect()
    }

    /// The latest version of every checklist that is in use.
    pub(crate) fn templates(&self) -> Vec<TemplateRow> {
        let mut latest: Vec<&Template> = Vec::new();
        // They come by id and rising version.
        for template in self.registry.templates() {
            latest.retain(|older| older.id != template.id);
            latest.push(template);
        }
        let asked = |template: &Template| template.items().filter(|item| item.is_asked()).count();
        latest
            .into_iter()
            .filter(|template| self.registry.withdrawal(&template.id, template.version).is_none())
            .map(|template| TemplateRow {
                template: template_ref(template),
                items: u32::try_from(asked(template)).unwrap_or(u32::MAX),
            })
            .collect()
    }

    fn assignment_card(
        &self,
        assignment: &Assignment,
        card: Option<&Card>,
        day: Day,
        sending: bool,
    ) -> Result<AssignmentCard, Failure> {
        let superseding = self.registry.superseding(assignment.id);
        Ok(AssignmentCard {
            id: assignment.id.to_string(),
            kind: assignment.kind,
            template: self.template_ref(&assignment.template, assignment.template_version),
            area: self.area_row_of(&assignment.area),
            site: assignment.site.as_ref().and_then(|site| self.registry.sites().get(site)).map(site_row),
            due: assignment.due.to_string(),
            overdue: assignment.due < day && card.is_none_or(is_to_do) && superseding.is_none(),
            note: assignment.note.clone(),
            people: assignment.people.iter().map(|user| self.person(*user)).collect(),
            inspection: card.map(|card| self.inspection_card(card, sending)).transpose()?,
            superseded: superseding.map(|(superseding, _)| superseding.reason.clone()),
        })
    }

    fn inspection_card(&self, card: &Card, sending: bool) -> Result<InspectionCard, Failure> {
        let due = self.registry.assignment_of(card.doc).map(|assignment| assignment.due.to_string());
        Ok(InspectionCard {
            id: card.doc.to_string(),
            kind: card.kind,
            area: self.area_row_of(&card.area),
            site: card.site.as_ref().and_then(|site| self.registry.sites().get(site)).map(site_row),
            title: self.template_ref(&card.template, card.template_version).title,
            due,
            assignment: card.assignment.map(|id| id.to_string()),
            continuation: card.doc.is_continuation(),
            state: card.state.into(),
            answered: card.answered,
            asked: card.asked,
            findings: card.findings,
            conflicts: card.conflicts,
            returned: card.returned,
            changed_at: card.changed_at,
            delivery: self.delivery(card.doc, sending)?,
        })
    }

    /// How far an inspection has got. 已送达 only when the server has signed for every change and has every photo.
    pub(crate) fn delivery(&self, doc: DocId, sending: bool) -> Result<Delivery, Failure> {
        let connection = self.store.read();
        let standing = store::outbox::standing(connection, Some(doc))?;
        let photos = store::photos::count(connection, Some(doc))?;
        let unpacked = store::changes::count_unpacked(connection, Some(doc))?;
        let of = |state: OutboxState| standing.iter().find(|one| one.state == state);
        let changes_pending = unpacked + of(OutboxState::Waiting).map_or(0, |waiting| waiting.acts);
        let against = of(OutboxState::Refused).or_else(|| of(OutboxState::Dismissed));
        let held = of(OutboxState::Held);
        let state = if against.is_some() || photos.refused > 0 {
            DeliveryState::Attention
        } else if changes_pending > 0 || photos.pending() > 0 {
            if sending { DeliveryState::Sending } else { DeliveryState::Pending }
        } else if held.is_some() {
            DeliveryState::Held
        } else if of(OutboxState::Delivered).is_some()
            || store::inbox::has_merged(connection, doc)?
            || store::snapshots::is_here(connection, doc)?
        {
            DeliveryState::Delivered
        } else {
            DeliveryState::Stored
        };
        let reason = |standing: &Standing| standing.reason.clone();
        Ok(Delivery {
            state,
            changes_pending,
            photos_total: photos.total,
            photos_delivered: photos.delivered,
            photos_lost: photos.lost,
            reason: match against {
                None if photos.refused > 0 => Some(PHOTO_REFUSED.to_owned()),
                against => against.or(held).and_then(reason),
            },
        })
    }

    /// A person as colleagues read him.
    pub(crate) fn person(&self, user: UserId) -> Person {
        let own = self.identity.as_ref().filter(|identity| identity.user == user);
        let known = self.registry.user(user).map(|user| user.name.clone());
        Person {
            id: user.to_string(),
            name: known.or_else(|| own.map(|own| own.name.clone())).unwrap_or_default(),
            mine: own.is_some(),
        }
    }

    /// The row of an area; an unknown one shows its code.
    pub(crate) fn area_row_of(&self, code: &AreaCode) -> AreaRow {
        self.registry.areas().get(code).map_or_else(
            || AreaRow {
                code: code.to_string(),
                name: code.to_string(),
                short: code.to_string(),
                pinyin: String::new(),
                level: Level::Community,
                path: String::new(),
            },
            |area| self.area_row(area),
        )
    }

    fn area_row(&self, area: &Area) -> AreaRow {
        AreaRow {
            code: area.code.to_string(),
            name: area.name.clone(),
            short: area.short.clone(),
            pinyin: area.pinyin.clone(),
            level: area.level,
            path: self.registry.path(&area.code),
        }
    }

    /// A version of a checklist; an unknown one shows its id.
    pub(crate) fn template_ref(&self, id: &rounds_shared::template::TemplateId, version: u32) -> TemplateRef {
        self.registry.template(id, version).map_or_else(
            || TemplateRef {
                id: id.to_string(),
                version,
                title: Text { zh: id.to_string(), en: id.to_string() },
            },
            |template| template_ref(template),
        )
    }
}

/// The row of a site.
pub(crate) fn site_row(site: &Site) -> SiteRow {
    SiteRow {
        id: site.id.to_string(),
        name: site.name.clone(),
        kind: site.kind.as_str().to_owned(),
        kind_name: site.kind.title(),
        area: site.area.to_string(),
        point: site.point.map(PointView::from),
    }
}

fn template_ref(template: &Template) -> TemplateRef {
    TemplateRef {
        id: template.id.to_string(),
        version: template.version,
        title: Text { zh: template.zh.clone(), en: template.en.clone() },
    }
}

/// Whether an assignment is shown: one that is superseded 已被取代 only when something was recorded under it.
fn is_offered(card: &AssignmentCard) -> bool {
    card.superseded.is_none()
        || card.inspection.as_ref().is_some_and(|card| card.delivery.state != DeliveryState::Stored)
}

/// Whether I have still to submit it: others may have.
fn is_to_do(card: &Card) -> bool {
    match card.state {
        ReviewState::Draft => true,
        ReviewState::Submitted => !card.submitted,
        ReviewState::Reviewing
        | ReviewState::Returned
        | ReviewState::Approved
        | ReviewState::Dismissed
        | ReviewState::Struck => false,
    }
}

/// How well something matches a query; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Beginning,
    Within,
}

/// Whether names, pinyin initials or a code match what was typed, in lower case.
fn rank(query: &str, names: &[&str], pinyin: &str, code: &str) -> Option<Match> {
    if names.iter().any(|name| name.starts_with(query))
        || pinyin.starts_with(query)
        || code.starts_with(query)
    {
        Some(Match::Beginning)
    } else if names.iter().any(|name| name.contains(query)) || pinyin.contains(query) {
        Some(Match::Within)
    } else {
        None
    }
}
