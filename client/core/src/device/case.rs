//! What a person does about a case on his phone: he puts it right and proves it, gives it back, or checks it. And how the
//! screen shows it.

use rounds_shared::{
    calendar::Day,
    case::{Act, ActKind, CASE_PHOTOS_MAX, Case, CaseEvent, Standing},
    document::Document,
    ids::{DocId, UserId},
    inspection::{Photo, PhotoRole, Stamp},
    permission::{Duty, duty_of, may_act},
    template::Text,
};

use super::{Device, damaged, lists::site_row};
use crate::{
    failure::Failure,
    store::{self, cases::CaseRow},
    surroundings::Surroundings,
    view::{CaseActView, CaseCard, CaseEventView, CasePart, CaseView, Cases, PhotoView},
};

/// Most cases on the screen of all that ask nothing of this person now: a supervisor's phone has those of his areas.
const OTHERS_MAX: usize = 200;

impl Device {
    /// The cases here, by what is to be done about them.
    pub(crate) fn cases(&self, day: Day, sending: bool) -> Result<Cases, Failure> {
        let me = self.identity()?.user;
        let rows = store::cases::all(self.store.read())?;
        let cards = |wanted: CasePart, cases_max: usize| {
            let rows = rows.iter().filter(|row| part(row, me) == wanted).take(cases_max);
            rows.map(|row| self.case_card(row, day, sending)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Cases {
            to_fix: cards(CasePart::Fix, usize::MAX)?,
            to_check: cards(CasePart::Check, usize::MAX)?,
            others: cards(CasePart::None, OTHERS_MAX)?,
        })
    }

    /// Those that this person has to put right or to check.
    pub(super) fn own_cases(&self, day: Day, sending: bool) -> Result<Vec<CaseCard>, Failure> {
        let me = self.identity()?.user;
        let rows = store::cases::all(self.store.read())?;
        let own = rows.iter().filter(|row| part(row, me) != CasePart::None);
        own.map(|row| self.case_card(row, day, sending)).collect()
    }

    fn case_card(&self, row: &CaseRow, day: Day, sending: bool) -> Result<CaseCard, Failure> {
        let me = self.identity()?.user;
        let item = self.registry.item(&row.template, row.template_version, &row.item);
        let kind = self.registry.finding_kind(&row.template, row.template_version, &row.kind);
        let text = |zh: &str, en: &str| Text { zh: zh.to_owned(), en: en.to_owned() };
        Ok(CaseCard {
            id: row.doc.to_string(),
            area: self.area_row_of(&row.area),
            site: row.site.as_ref().and_then(|site| self.registry.sites().get(site)).map(site_row),
            item: row.item.clone(),
            title: item.map_or_else(|| text(&row.item, &row.item), |item| text(&item.zh, &item.en)),
            kind: kind.map_or_else(|| text(&row.kind, &row.kind), |(_, kind)| text(&kind.zh, &kind.en)),
            place: row.place.clone(),
            note: row.note.clone(),
            state: row.state.into(),
            part: part(row, me),
            responsible: row.responsible.map(|user| self.person(user)),
            due: row.due.map(|due| due.to_string()),
            overdue: row.state.is_to_fix() && row.due.is_some_and(|due| due < day),
            reworks: row.reworks,
            changed_at: row.changed_at,
            delivery: self.delivery(row.doc, sending)?,
        })
    }

    /// A case, with its events in the order in which they count.
    fn case(&mut self, doc: DocId) -> Result<Case, Failure> {
        let order = self.log_order(doc)?;
        let document = self.opened.for_reading(&self.store, doc)?;
        document.case(&order).map_err(|_| Failure::NotFound)
    }

    /// A whole case. `on_device` says whether a photo's bytes are here.
    pub(crate) fn case_view(
        &mut self,
        doc: DocId,
        day: Day,
        sending: bool,
        on_device: impl Fn(&Photo) -> bool,
    ) -> Result<CaseView, Failure> {
        let case = self.case(doc)?;
        let held = self.case_apart(doc, &case)?;
        let standing = case.standing(|device| self.user_of(device));
        let row = store::cases::get(self.store.read(), doc)?.ok_or(Failure::NotFound)?;
        let me = self.identity()?.user;
        let mut shown = case.standing_photos();
        shown.extend(held.photos.iter().filter(|photo| photo.struck.is_none()));
        let named = |photo: &Photo| {
            case.events.iter().chain(&held.events).any(|event| event.act.photos().contains(&photo.id))
        };
        let by_me = |photo: &Photo| photo.stamp.device.and_then(|device| self.user_of(device)) == Some(me);
        let views = |wanted: &dyn Fn(&Photo) -> bool| {
            let wanted = shown.iter().filter(|photo| wanted(photo));
            let views = wanted.map(|photo| {
                let (device, at) = case.taken(photo);
                let by = self.by(&Stamp { device, ..photo.stamp.clone() });
                Ok::<_, Failure>(PhotoView {
                    by,
                    at,
                    copy_of: None,
                    ..self.photo(photo, &case.photos, &on_device)?
                })
            });
            views.collect::<Result<Vec<_>, _>>()
        };
        let is_before = |photo: &Photo| photo.role == PhotoRole::Before;
        let events = case.events.iter().zip(&standing.took_effect);
        let events = events.map(|(event, took_effect)| self.event_view(event, *took_effect, false));
        Ok(CaseView {
            point: match case.opened().map(|event| &event.act) {
                Some(Act::Open { point, .. }) => point.map(Into::into),
                Some(_) | None => None,
            },
            found_at: case.about.at,
            checker: standing.checker.map(|user| self.person(user)),
            before: views(&is_before)?,
            after: views(&|photo| !is_before(photo) && named(photo))?,
            // Taken here, and not said yet what of.
            taken: views(&|photo| !is_before(photo) && !named(photo) && by_me(photo))?,
            events: events
                .chain(held.events.iter().map(|event| self.event_view(event, false, true)))
                .collect(),
            allowed: CaseActView::ALL
                .into_iter()
                .filter(|act| self.may(&case, &standing, ActKind::from(*act), me))
                .collect(),
            card: self.case_card(&row, day, sending)?,
        })
    }

    /// What a person recorded in a case that waits for a ruling, and is not in it.
    fn case_apart(&mut self, doc: DocId, case: &Case) -> Result<Apart, Failure> {
        let Some(waiting) = self.waiting(doc)? else { return Ok(Apart::default()) };
        let read = |document: &Document| document.case(&[]).map_err(|error| damaged(&error));
        let (mut whole, ground) = (read(&waiting.whole)?, waiting.ground.as_ref().map(read).transpose()?);
        for known in [Some(case), ground.as_ref()].into_iter().flatten() {
            whole.events.retain(|event| !known.events.iter().any(|one| one.stamp.op == event.stamp.op));
            whole.photos.retain(|photo| !known.photos.iter().any(|one| one.id == photo.id));
        }
        Ok(Apart { events: whole.events, photos: whole.photos })
    }

    fn event_view(&self, event: &CaseEvent, took_effect: bool, held: bool) -> CaseEventView {
        let (to, due) = match &event.act {
            Act::Dispatch { to, due, .. } => (Some(self.person(*to)), Some(due.to_string())),
            Act::Extend { due } => (None, Some(due.to_string())),
            Act::Open { .. }
            | Act::GiveBack
            | Act::Fix { .. }
            | Act::Pass { .. }
            | Act::Fail { .. }
            | Act::Close
            | Act::Withdraw
            | Act::Later => (None, None),
        };
        CaseEventView {
            id: event.stamp.op.0.clone(),
            act: event.act.kind().as_str().to_owned(),
            text: event.text.clone(),
            by: self.by(&event.stamp),
            at: event.stamp.at,
            to,
            due,
            took_effect,
            held,
        }
    }

    /// Whether an act of this person would have effect, and the gate take it.
    fn may(&self, case: &Case, standing: &Standing, act: ActKind, me: UserId) -> bool {
        let Some(user) = self.registry.user(me) else { return false };
        let is_his = match duty_of(act) {
            // The fold asks whether it is still his.
            Some(Duty::Handle) => true,
            Some(Duty::Check) => {
                standing.checker == Some(me) || (user.role.reviews() && user.covers(&case.about.area))
            }
            Some(Duty::Lead) => user.covers(&case.about.area),
            None => false,
        };
        is_his && may_act(user.role, act) && standing.allows(act, Some(me)).is_some()
    }

    /// Does something about a case, with the photos that were taken for it.
    pub(crate) fn case_act(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        act: CaseActView,
        text: &str,
        photos: &[String],
    ) -> Result<(), Failure> {
        let case = self.case(doc)?;
        let standing = case.standing(|device| self.user_of(device));
        let me = self.identity()?.user;
        if !self.may(&case, &standing, act.into(), me) {
            return Err(Failure::CaseChanged);
        }
        let text = text.trim();
        super::inspect::check_text(text)?;
        let photos = self.nameable(photos, &case.photos)?;
        let is_struck = |id: &String| case.photos.iter().any(|one| one.id == *id && one.struck.is_some());
        if photos.len() > CASE_PHOTOS_MAX || photos.iter().any(is_struck) {
            return Err(Failure::NotFound);
        }
        let act = match act {
            CaseActView::Fix if photos.is_empty() => return Err(Failure::CasePhotoRequired),
            CaseActView::GiveBack | CaseActView::Fail if text.is_empty() => {
                return Err(Failure::ReasonRequired);
            }
            CaseActView::Fix => Act::Fix { photos },
            CaseActView::GiveBack => Act::GiveBack,
            CaseActView::Pass => Act::Pass { photos },
            CaseActView::Fail => Act::Fail { photos },
        };
        self.act(surroundings, doc, |document, session, at| document.act(session, at, &act, text))
    }

    /// Checks that a photo may be named in a case: by whoever may put it right or check it now.
    pub(super) fn check_case_photo(&mut self, doc: DocId) -> Result<(), Failure> {
        let case = self.case(doc)?;
        let standing = case.standing(|device| self.user_of(device));
        let me = self.identity()?.user;
        let is_his = CaseActView::ALL.into_iter().any(|act| self.may(&case, &standing, act.into(), me));
        if is_his { Ok(()) } else { Err(Failure::CaseChanged) }
    }

    /// Strikes 作废 a photo of one's own that no event names yet: it was not the right one.
    pub(crate) fn case_photo_strike(
        &mut self,
        surroundings: &Surroundings,
        doc: DocId,
        id: &str,
        reason: &str,
    ) -> Result<(), Failure> {
        let case = self.case(doc)?;
        let me = self.identity()?.device;
        let photo = case.photos.iter().find(|photo| photo.id == id).ok_or(Failure::NotFound)?;
        let is_named = case.events.iter().any(|event| event.act.photos().contains(&photo.id));
        if photo.stamp.device != Some(me) || is_named {
            return Err(Failure::NotFound);
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Failure::ReasonRequired);
        }
        super::inspect::check_text(reason)?;
        self.act(surroundings, doc, |document, session, at| document.strike_photo(session, at, id, reason))
    }
}

/// What waits for a ruling.
#[derive(Default)]
struct Apart {
    events: Vec<CaseEvent>,
    photos: Vec<Photo>,
}

/// What a case asks of somebody now.
fn part(row: &CaseRow, me: UserId) -> CasePart {
    let is_mine = row.state.is_to_fix() && row.responsible == Some(me);
    let is_to_check = row.state == rounds_shared::case::CaseState::Checking
        && row.checker == Some(me)
        && row.fixed_by != Some(me);
    match (is_mine, is_to_check) {
        (true, _) => CasePart::Fix,
        (false, true) => CasePart::Check,
        (false, false) => CasePart::None,
    }
}
