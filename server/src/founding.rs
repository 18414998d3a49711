//! A city's data into its log: all of it on the first start, later what has changed since.

use rounds_shared::{
    area::{Area, Zone},
    registry::{Event, Registry, Route, Withdrawal},
    template::Text,
};
use rust_embed::Embed;

use crate::{
    city::City,
    intake::{Intake, IntakeError},
};

/// Areas of one event: an event fits the smallest page a device may ask for.
const AREAS_PER_EVENT: usize = 200;

#[derive(Embed)]
#[folder = "data/kunming"]
struct Kunming;

/// A file of the built-in city.
pub(crate) fn built_in(file: &str) -> Option<Vec<u8>> {
    Some(Kunming::get(file)?.data.into_owned())
}

/// Registers what the log does not know yet of a city's data.
pub(crate) async fn register(intake: &Intake, city: &City) -> Result<(), IntakeError> {
    let events = news(&intake.registry(), city);
    if !events.is_empty() {
        tracing::info!(events = events.len(), "registering the city's data");
        intake.register(events).await?;
    }
    Ok(())
}

/// The events that bring a registry up to a city's data.
fn news(registry: &Registry, city: &City) -> Vec<Event> {
    let mut events = Vec::new();
    if registry.city().is_none() {
        let name = Text { zh: city.zh.clone(), en: city.en.clone() };
        events.push(Event::CityFounded { city: city.code.clone(), name });
    }
    let areas: Vec<Area> =
        city.areas.iter().filter(|area| registry.areas().get(&area.code) != Some(area)).cloned().collect();
    events.extend(areas.chunks(AREAS_PER_EVENT).map(|areas| Event::AreasPut(areas.to_vec())));
    // What the city has decided since of a zone stands: a newer file only adds zones.
    let known = |zone: &&Zone| registry.zones().iter().any(|known| known.code == zone.code);
    let zones: Vec<Zone> = city.zones.iter().filter(|zone| !known(zone)).cloned().collect();
    if !zones.is_empty() {
        events.push(Event::ZonesPut(registry.zones().iter().cloned().chain(zones).collect()));
    }
    events.extend(departments(registry, city));
    if registry.deadlines() != city.deadlines {
        events.push(Event::DeadlinesPut(city.deadlines.clone()));
    }
    for template in &city.templates {
        match registry.template(&template.id, template.version) {
            None => events.push(Event::TemplatePublished(Box::new(template.clone()))),
            Some(published) if **published == *template => {}
            Some(_) => tracing::warn!(
                template = template.id.as_str(),
                version = template.version,
                "template differs from the version that was published and stays as it was: raise its version"
            ),
        }
    }
    // For good: a checklist that is to be used again is another version.
    let is_new = |one: &&Withdrawal| registry.withdrawal(&one.template, one.version).is_none();
    events.extend(city.withdrawn.iter().filter(is_new).cloned().map(Event::TemplateWithdrawn));
    events
}

fn departments(registry: &Registry, city: &City) -> Option<Event> {
    let routes: Vec<Route> = city
        .routes
        .iter()
        .map(|route| Route { prefix: route.prefix.clone(), department: route.department.clone() })
        .collect();
    let known: Vec<_> = registry.departments().values().collect();
    let mut departments: Vec<_> = city.departments.iter().collect();
    departments.sort_by(|one, other| one.code.cmp(&other.code));
    let unchanged = known == departments && registry.routes() == routes;
    (!unchanged).then(|| Event::DepartmentsPut { departments: city.departments.clone(), routes })
}

#[cfg(test)]
mod tests {
    use rounds_shared::template::Template;

    use super::*;

    fn applied(mut registry: Registry, events: &[Event]) -> Registry {
        for event in events {
            registry.apply(registry.position() + 1, 0, event);
        }
        registry
    }

    #[test]
    fn a_first_start_registers_everything_and_a_second_nothing() {
        let city = City::load(built_in).unwrap();
        let registry = applied(Registry::default(), &news(&Registry::default(), &city));
        assert_eq!(registry.areas().len(), city.areas.len());
        assert_eq!(registry.templates().count(), city.templates.len());
        assert_eq!(news(&registry, &city), []);
    }

    #[test]
    fn a_checklist_that_a_city_no_longer_has_stays_for_whoever_inspects_with_it() {
        let mut city = City::load(built_in).unwrap();
        let registry = applied(Registry::default(), &news(&Registry::default(), &city));
        let withdrawn = city.templates.remove(0);
        assert_eq!(news(&registry, &city), []);
        assert_eq!(registry.template(&withdrawn.id, withdrawn.version).map(|kept| &**kept), Some(&withdrawn));
    }

    #[test]
    fn a_checklist_is_withdrawn_once_with_the_versions_before_it_and_a_later_one_is_not() {
        let mut city = City::load(built_in).unwrap();
        let mut registry = applied(Registry::default(), &news(&Registry::default(), &city));
        let Template { id, version, .. } = city.templates[0].clone();
        city.templates[0].version += 1;
        let reason = "标准修订".to_owned();
        city.withdrawn.push(Withdrawal { template: id.clone(), version: version + 1, reason });
        let events = news(&registry, &city);
        assert!(matches!(events[..], [Event::TemplatePublished(_), Event::TemplateWithdrawn(_)]));
        registry = applied(registry, &events);
        assert_eq!(news(&registry, &city), []);
        // Whoever takes the word back from the file has not taken it back.
        city.withdrawn.clear();
        assert_eq!(news(&registry, &city), []);
        let is_withdrawn = |version| registry.withdrawal(&id, version).is_some();
        let versions = [version, version + 1, version + 2];
        assert_eq!(versions.map(is_withdrawn), [true, true, false]);
        assert!(registry.withdrawal(&city.templates[1].id, 1).is_none());
    }

    #[test]
    fn newer_data_registers_only_what_changed_and_no_published_template_changes() {
        let mut city = City::load(built_in).unwrap();
        let registry = applied(Registry::default(), &news(&Registry::default(), &city));

        city.areas[7].short = "改名社区".to_owned();
        city.templates[0].zh = "改过的检查表".to_owned();
        let mut newer = city.templates[1].clone();
        newer.version += 1;
        city.templates.push(newer.clone());
        let expected =
            [Event::AreasPut(vec![city.areas[7].clone()]), Event::TemplatePublished(Box::new(newer))];
        assert_eq!(news(&registry, &city), expected);
    }
}
