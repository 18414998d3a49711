//! The administrators: people change their areas and roles, are disabled and enabled again, phones are revoked,
//! assignments are made, checklists get another version.

use rounds_shared::{ids::DeviceId, permission::Role, registry::Event};

use crate::{
    city::City,
    founding::{COMMUNITIES, HOSTILE, INSPECTORS, SCOPES, assignment, code, template, user_id},
};

/// What has been made so far.
pub struct Office {
    /// How many assignments there are.
    pub assignments: u8,
    /// The newest version of the checklist.
    versions: u32,
}

impl Default for Office {
    fn default() -> Self {
        Self { assignments: 2, versions: 1 }
    }
}

impl Office {
    /// Somebody in the office does something.
    pub fn act(&mut self, city: &mut City, phones: &[DeviceId], rng: &mut fastrand::Rng) {
        let event = match rng.usize(..20) {
            0..12 => self.change(city, rng),
            12..16 => Some(self.assign(city.now(), rng)),
            16..18 => {
                self.versions += 1;
                Some(Event::TemplatePublished(Box::new(template(self.versions))))
            }
            _ => rng.choice(phones).map(|device| Event::DeviceRevoked {
                device: *device,
                reason: "手机丢失".to_owned(),
                by: user_id(crate::founding::ADMINISTRATOR),
            }),
        };
        if let Some(event) = event {
            // Its power may go meanwhile; whoever sits there does something else then.
            city.register(vec![event]).ok();
        }
    }

    fn change(&self, city: &City, rng: &mut fastrand::Rng) -> Option<Event> {
        let everybody: Vec<u8> = INSPECTORS.chain([HOSTILE, 21]).collect();
        let mut user = city.law.user(user_id(rng.choice(everybody)?))?.clone();
        match rng.usize(..6) {
            0..3 => user.areas = vec![code(SCOPES[rng.usize(..SCOPES.len())])],
            3 => {
                user.role = [Role::Inspector, Role::Supervisor, Role::Unit, Role::Observer][rng.usize(..4)];
            }
            4 => user.role = Role::Inspector,
            // Mostly enabled: whoever is disabled does not do much.
            _ => user.active = !user.active || rng.usize(..2) > 0,
        }
        Some(Event::UserPut(user))
    }

    fn assign(&mut self, at: i64, rng: &mut fastrand::Rng) -> Event {
        self.assignments += 1;
        let people: Vec<u8> = INSPECTORS.chain([HOSTILE]).filter(|_| rng.bool()).collect();
        let area = COMMUNITIES[rng.usize(..COMMUNITIES.len())];
        let version = rng.u32(1..=self.versions);
        let repeats = (rng.usize(..3) == 0).then(|| rng.u8(1..self.assignments));
        assignment(self.assignments, area, &people, (version, at), repeats)
    }
}
