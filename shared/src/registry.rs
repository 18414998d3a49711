//! The registry 登记: server-side facts that are not documents. [`Event`]s stand in the log; folding
//! them gives the [`Registry`], which server and devices hold alike.

mod event;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

pub use event::{Device, DeviceKind, Event, Route, Superseding, User, Withdrawal};

use crate::{
    area::{Area, AreaCode, Department, DepartmentCode, Site, SiteId, Zone},
    assignment::Assignment,
    deadline::Deadline,
    ids::{AssignmentId, DeviceId, DocId, UserId},
    inspection::Inspection,
    template::{FindingKind, Item, Template, TemplateId, Text},
};

/// What was so from a log position on.
#[derive(Debug, Clone)]
struct Since<T> {
    position: u64,
    /// The server's clock then, in milliseconds.
    at: i64,
    value: T,
}

/// The facts of the log up to a position, with the history that judging authority in the past needs.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    position: u64,
    city: Option<(AreaCode, Text)>,
    areas: BTreeMap<AreaCode, Area>,
    zones: Vec<Zone>,
    departments: BTreeMap<DepartmentCode, Department>,
    routes: Vec<Route>,
    deadlines: Vec<Deadline>,
    sites: BTreeMap<SiteId, Site>,
    templates: BTreeMap<(TemplateId, u32), Arc<Template>>,
    withdrawn: BTreeMap<(TemplateId, u32), Withdrawal>,
    users: BTreeMap<UserId, Vec<Since<User>>>,
    devices: BTreeMap<DeviceId, Since<Device>>,
    revoked: BTreeMap<DeviceId, u64>,
    assignments: BTreeMap<AssignmentId, Arc<Assignment>>,
    assignment_of: BTreeMap<DocId, AssignmentId>,
    /// The first genesis with each checklist: what all others with it say too.
    geneses: BTreeMap<(TemplateId, u32), Arc<[u8]>>,
    superseded: BTreeMap<AssignmentId, Since<Superseding>>,
    /// The assignments that repeat one blindly.
    repeated_by: BTreeMap<AssignmentId, Vec<AssignmentId>>,
}

impl Registry {
    /// Applies the event that was appended at `position` in the log, at `at` by the server's clock in
    /// milliseconds. Positions only rise.
    pub fn apply(&mut self, position: u64, at: i64, event: &Event) {
        self.position = position;
        match event {
            Event::CityFounded { city, name } => self.city = Some((city.clone(), name.clone())),
            Event::AreasPut(areas) => {
                self.areas.extend(areas.iter().map(|area| (area.code.clone(), area.clone())));
            }
            Event::ZonesPut(zones) => self.zones.clone_from(zones),
            Event::DepartmentsPut { departments, routes } => {
                self.departments = departments.iter().map(|d| (d.code.clone(), d.clone())).collect();
                self.routes.clone_from(routes);
            }
            Event::DeadlinesPut(deadlines) => self.deadlines.clone_from(deadlines),
            Event::SitesPut(sites) => {
                self.sites.extend(sites.iter().map(|site| (site.id.clone(), site.clone())));
            }
            Event::TemplatePublished(template) => {
                self.templates
                    .entry((template.id.clone(), template.version))
                    .or_insert_with(|| Arc::new((**template).clone()));
            }
            Event::TemplateWithdrawn(withdrawal) => {
                let version = (withdrawal.template.clone(), withdrawal.version);
                self.withdrawn.entry(version).or_insert_with(|| withdrawal.clone());
            }
            Event::UserPut(user) => {
                self.users.entry(user.id).or_default().push(Since { position, at, value: user.clone() });
            }
            Event::DeviceEnrolled(device) => {
                self.devices.entry(device.id).or_insert_with(|| Since {
                    position,
                    at,
                    value: device.clone(),
                });
            }
            Event::DeviceRevoked { device, .. } => {
                self.revoked.entry(*device).or_insert(position);
            }
            Event::AssignmentSuperseded { assignment, superseding } => {
                self.superseded.entry(*assignment).or_insert_with(|| Since {
                    position,
                    at,
                    value: superseding.clone(),
                });
            }
            Event::AssignmentMade(assignment) => {
                self.assignment_of.insert(assignment.doc(), assignment.id);
                if let Entry::Vacant(vacant) = self.assignments.entry(assignment.id) {
                    let checklist = (assignment.template.clone(), assignment.template_version);
                    let first =
                        self.geneses.entry(checklist).or_insert_with(|| assignment.genesis.to_vec().into());
                    let genesis = assignment.genesis.beside(first);
                    vacant.insert(Arc::new(Assignment { genesis, ..(**assignment).clone() }));
                    if let Some(first) = assignment.repeats {
                        self.repeated_by.entry(first).or_default().push(assignment.id);
                    }
                }
            }
        }
    }

    /// The position of the last event applied; 0 before any.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The city's code and name, once the log has begun.
    pub fn city(&self) -> Option<(&AreaCode, &Text)> {
        self.city.as_ref().map(|(code, name)| (code, name))
    }

    /// All areas by code.
    pub fn areas(&self) -> &BTreeMap<AreaCode, Area> {
        &self.areas
    }

    /// All management zones.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// All departments by code.
    pub fn departments(&self) -> &BTreeMap<DepartmentCode, Department> {
        &self.departments
    }

    /// What goes to which department.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Who answers for a finding kind.
    pub fn department_of(&self, kind: &str) -> Option<&Department> {
        let route = self
            .routes
            .iter()
            .filter(|route| kind.starts_with(&route.prefix))
            .max_by_key(|route| route.prefix.len())?;
        self.departments.get(&route.department)
    }

    /// All deadline classes.
    pub fn deadlines(&self) -> &[Deadline] {
        &self.deadlines
    }

    /// All sites by id.
    pub fn sites(&self) -> &BTreeMap<SiteId, Site> {
        &self.sites
    }

    /// Every published template version.
    pub fn templates(&self) -> impl Iterator<Item = &Arc<Template>> {
        self.templates.values()
    }

    /// A published template version.
    pub fn template(&self, id: &TemplateId, version: u32) -> Option<&Arc<Template>> {
        self.templates.get(&(id.clone(), version))
    }

    /// Why nobody may be asked for a version of a checklist any more 停用. What was begun with it is judged as before.
    pub fn withdrawal(&self, id: &TemplateId, version: u32) -> Option<&Withdrawal> {
        let from = (id.clone(), version);
        self.withdrawn.range(from..=(id.clone(), u32::MAX)).map(|(_, withdrawal)| withdrawal).next()
    }

    /// The checklist of an inspection: the version it began with, and behind it what was brought in of later ones. An item is
    /// asked as the first version that asks for it does, so a further version changes nothing.
    pub fn checklist(&self, inspection: &Inspection) -> Option<Arc<Template>> {
        let about = &inspection.about;
        self.checklist_with(&about.template, about.template_version, &inspection.brought)
    }

    /// A version of a checklist with these items brought in of later ones.
    pub fn checklist_with(&self, id: &TemplateId, version: u32, brought: &[String]) -> Option<Arc<Template>> {
        let base = self.template(id, version)?;
        if brought.iter().all(|code| base.item(code).is_some()) {
            return Some(Arc::clone(base));
        }
        let mut checklist = Template::clone(base);
        for later in self.versions_after(base) {
            checklist.take_over(later, |item| {
                item.is_asked() && brought.iter().any(|code| code == item.code.as_str())
            });
        }
        Some(Arc::new(checklist))
    }

    /// What later versions of its checklist ask and an inspection does not have: it may be brought in 补入. With the latest
    /// version; none when there is nothing.
    pub fn newer_items(&self, inspection: &Inspection) -> Option<(&Arc<Template>, Vec<&Item>)> {
        let about = &inspection.about;
        let base = self.template(&about.template, about.template_version)?;
        let latest = self.versions_after(base).last()?;
        if self.withdrawal(&latest.id, latest.version).is_some() {
            return None;
        }
        let has = |item: &Item| {
            base.item(item.code.as_str()).is_some()
                || inspection.brought.iter().any(|code| code == item.code.as_str())
        };
        let items: Vec<&Item> = latest.items().filter(|item| item.is_asked() && !has(item)).collect();
        (!items.is_empty()).then_some((latest, items))
    }

    /// A finding kind of a version of a checklist, or of the first later one that has it.
    pub fn finding_kind(&self, id: &TemplateId, version: u32, kind: &str) -> Option<(&Item, &FindingKind)> {
        self.versions_from(id, version).find_map(|template| template.kind(kind))
    }

    /// An item of a version of a checklist, or of the first later one that asks for it: it may have been brought in.
    pub fn item(&self, id: &TemplateId, version: u32, code: &str) -> Option<&Item> {
        self.versions_from(id, version).find_map(|template| template.item(code))
    }

    fn versions_from(&self, id: &TemplateId, version: u32) -> impl Iterator<Item = &Arc<Template>> {
        self.templates.range((id.clone(), version)..=(id.clone(), u32::MAX)).map(|(_, template)| template)
    }

    fn versions_after<'r>(&'r self, base: &'r Template) -> impl Iterator<Item = &'r Arc<Template>> {
        self.versions_from(&base.id, base.version).filter(|template| template.version > base.version)
    }

    /// Every user as he is now.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values().filter_map(|history| history.last()).map(|since| &since.value)
    }

    /// A user as he is now.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.user_at(id, u64::MAX)
    }

    /// A user as he was at a log position.
    pub fn user_at(&self, id: UserId, position: u64) -> Option<&User> {
        let history = self.users.get(&id)?;
        history.iter().rev().find(|since| since.position <= position).map(|since| &since.value)
    }

    /// A user as he was at a log position and everything he has been since, in that order.
    pub fn user_since(&self, id: UserId, position: u64) -> impl Iterator<Item = &User> {
        let history = self.users.get(&id).map_or(&[][..], Vec::as_slice);
        let later = history.partition_point(|since| since.position <= position);
        history[later.saturating_sub(1)..].iter().map(|since| &since.value)
    }

    /// When the user was first changed after a log position, by the server's clock in milliseconds.
    pub fn user_changed_after(&self, id: UserId, position: u64) -> Option<i64> {
        let history = self.users.get(&id)?;
        history.iter().find(|since| since.position > position).map(|since| since.at)
    }

    /// Every device ever enrolled.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values().map(|since| &since.value)
    }

    /// A device, revoked or not.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(&id).map(|since| &since.value)
    }

    /// The position at which a device was revoked.
    pub fn revoked_at(&self, id: DeviceId) -> Option<u64> {
        self.revoked.get(&id).copied()
    }

    /// Every assignment.
    pub fn assignments(&self) -> impl Iterator<Item = &Arc<Assignment>> {
        self.assignments.values()
    }

    /// An assignment.
    pub fn assignment(&self, id: AssignmentId) -> Option<&Arc<Assignment>> {
        self.assignments.get(&id)
    }

    /// The assignment whose inspection a document is.
    pub fn assignment_of(&self, doc: DocId) -> Option<&Arc<Assignment>> {
        self.assignments.get(self.assignment_of.get(&doc)?)
    }

    /// What replaced an assignment 已被取代, and when, by the server's clock in milliseconds.
    pub fn superseding(&self, id: AssignmentId) -> Option<(&Superseding, i64)> {
        self.superseded.get(&id).map(|since| (&since.value, since.at))
    }

    /// The other halves of the blind pairs 背靠背 of an assignment, each as the first and the one that repeats it.
    pub fn pairs_of<'r>(
        &'r self,
        assignment: &'r Arc<Assignment>,
    ) -> impl Iterator<Item = (&'r Assignment, &'r Assignment)> {
        let first = assignment.repeats.and_then(|first| self.assignments.get(&first));
        let repeating = self.repeated_by.get(&assignment.id).into_iter().flatten();
        let repeating = repeating.filter_map(|id| self.assignments.get(id));
        let as_second = first.map(|first| (&**first, &**assignment));
        as_second.into_iter().chain(repeating.map(|second| (&**assignment, &**second)))
    }

    /// The names of the areas above an area, widest first, without the city: 五华区·华山街道.
    pub fn path(&self, code: &AreaCode) -> String {
        let mut names = Vec::new();
        let mut next = self.areas.get(code).and_then(|area| area.parent.as_ref());
        while let Some(area) = next.and_then(|code| self.areas.get(code)) {
            if area.parent.is_some() {
                names.push(area.short.as_str());
            }
            next = area.parent.as_ref();
        }
        names.reverse();
        names.join("·")
    }
}
