//! Whatever happens in a city, and whatever pages are lost on the way: nobody is sent what he may not see, and in the end
//! everybody has all he may see and nothing else.

mod town;

use std::collections::{BTreeMap, BTreeSet};

use rounds_shared::{
    ids::{DocId, UserId},
    protocol::{Entry, EntryBody, Snapshot, event_id},
    registry::Event,
};

use self::town::{Dice, PEOPLE, Town};
use super::*;

/// What happens in a run.
const STEPS: usize = 150;
/// Pages after which a device that is left alone must have everything.
const PAGES_MAX: usize = 300;

/// A device that only reads.
#[derive(Default)]
struct Reader {
    user: u8,
    takes_snapshots: bool,
    cursor: Option<Vec<u8>>,
    events: BTreeMap<u64, [u8; 32]>,
    assignments: BTreeMap<DocId, u64>,
    documents: BTreeMap<DocId, BTreeSet<[u8; 32]>>,
    pages: usize,
}

impl Reader {
    fn device(&self) -> DeviceId {
        town::reader_key(self.user, self.takes_snapshots)
    }

    fn ask(&self, town: &Town) -> Page {
        town.read(|connection, log, registry, position| {
            let reading = Reading {
                registry,
                device: self.device(),
                user: town::user_id(self.user),
                cursor: self.cursor.as_deref(),
                own: None,
                bytes_max: 0,
                takes_snapshots: self.takes_snapshots,
            };
            page(connection, log, position, &reading).unwrap()
        })
    }

    fn take(&mut self, page: Page) -> bool {
        self.pages += 1;
        for entry in page.entries {
            self.keep(&entry);
        }
        for Snapshot { doc, covers, .. } in page.snapshots {
            self.documents.entry(doc).or_default().extend(covers.iter().map(|id| *id.as_bytes()));
        }
        for doc in page.forget {
            self.documents.remove(&doc);
            if let Some(seq) = self.assignments.remove(&doc) {
                self.events.remove(&seq);
            }
        }
        self.cursor = Some(page.cursor.to_bytes());
        page.more
    }

    fn keep(&mut self, entry: &Entry) {
        let envelope = match entry.parse() {
            EntryBody::Registry(event) => {
                self.events.insert(entry.seq, event_id(&entry.body));
                if let Event::AssignmentMade(assignment) = event {
                    self.assignments.insert(assignment.doc(), entry.seq);
                }
                return;
            }
            EntryBody::Envelope(bytes, Judgement::Merged) => bytes,
            EntryBody::Release(release) => release.envelope,
            other => panic!("{other:?} is nobody's but its author's"),
        };
        let envelope = Verified::from_log(envelope).unwrap();
        self.documents.entry(envelope.body().doc).or_default().insert(*envelope.id().as_bytes());
    }
}

/// The documents a page is about.
fn subjects(page: &Page) -> BTreeSet<DocId> {
    let of_entry = |entry: &Entry| match entry.parse() {
        EntryBody::Registry(Event::AssignmentMade(assignment)) => Some(assignment.doc()),
        EntryBody::Registry(_) => None,
        EntryBody::Envelope(bytes, _) => Some(Verified::from_log(bytes).unwrap().body().doc),
        EntryBody::Release(release) => Some(Verified::from_log(release.envelope).unwrap().body().doc),
        EntryBody::Ruling(_) | EntryBody::Later(_) => panic!("this is nobody's but its author's"),
    };
    let snapshots = page.snapshots.iter().map(|snapshot| snapshot.doc);
    page.entries.iter().filter_map(of_entry).chain(snapshots).collect()
}

fn run(seed: u64) {
    let mut dice = Dice::new(seed);
    let mut town = Town::new();
    let both =
        |user| [true, false].map(|takes_snapshots| Reader { user, takes_snapshots, ..Reader::default() });
    let mut readers: Vec<Reader> = (1..=PEOPLE).flat_map(both).collect();
    for step in 0..STEPS {
        town.happen(&mut dice);
        for reader in &mut readers {
            if dice.below(3) > 0 {
                continue;
            }
            let page = reader.ask(&town);
            for doc in subjects(&page) {
                let user = town::user_id(reader.user);
                assert!(town.sees(user, doc), "seed {seed}, step {step}: {} was sent {doc}", reader.user);
            }
            // What is lost on the way is asked for again.
            if dice.below(3) > 0 {
                reader.take(page);
            }
        }
    }
    for reader in &mut readers {
        let mut pages = 0;
        loop {
            let page = reader.ask(&town);
            if !reader.take(page) {
                break;
            }
            pages += 1;
            assert!(pages < PAGES_MAX, "seed {seed}: {} never has everything", reader.user);
        }
        let has: BTreeMap<DocId, BTreeSet<[u8; 32]>> = reader.documents.clone();
        assert_eq!(has, town.visible(reader.user), "seed {seed}: documents of {}", reader.user);
        let mut ids: Vec<[u8; 32]> = reader.events.values().copied().collect();
        ids.extend(has.into_values().flatten());
        ids.sort_unstable();
        assert_eq!(ids, town.holdings(reader.device()), "seed {seed}: a comparison of {}", reader.user);
    }
    town.assert_replays();
}

#[test]
fn nobody_is_sent_what_he_may_not_see_and_everybody_ends_with_all_he_may() {
    for seed in 0..4 {
        run(seed);
    }
}

#[test]
fn a_lost_page_costs_one_page_and_a_question_with_nothing_new_looks_at_nothing() {
    let mut dice = Dice::new(99);
    let mut town = Town::new();
    for _ in 0..3 * STEPS {
        town.happen(&mut dice);
    }
    let supervisor = || Reader { user: 5, takes_snapshots: true, ..Reader::default() };
    let (mut sound, mut lossy, mut losses) = (supervisor(), supervisor(), 0);
    while {
        let page = sound.ask(&town);
        sound.take(page)
    } {}
    assert!(sound.pages > 5, "it takes several pages");
    loop {
        let lost = lossy.ask(&town);
        losses += 1;
        let page = lossy.ask(&town);
        assert_eq!(
            (&lost.cursor, lost.entries.len(), lost.snapshots.len()),
            (&page.cursor, page.entries.len(), page.snapshots.len())
        );
        if !lossy.take(page) {
            break;
        }
    }
    assert_eq!(losses, sound.pages, "each page was lost once, and sent once more");
    assert_eq!(lossy.documents, sound.documents);
    let nothing = sound.ask(&town);
    assert!(nothing.entries.is_empty() && nothing.snapshots.is_empty() && !nothing.more);
    assert_eq!(Some(nothing.cursor.to_bytes()), sound.cursor);
    assert_eq!(nothing.confirmed, town.position());
}

#[test]
fn somebody_nobody_knows_sees_nothing() {
    let mut dice = Dice::new(7);
    let mut town = Town::new();
    for _ in 0..STEPS {
        town.happen(&mut dice);
    }
    let stranger = Reader { user: 90, takes_snapshots: true, ..Reader::default() };
    let page = stranger.ask(&town);
    assert!(subjects(&page).is_empty() && page.forget.is_empty());
    let user: UserId = town::user_id(90);
    assert!(Advance::of(&town.registry(), user, None).from().is_none());
}
