//! The supervisors: they decide what two recorded apart, return, approve, comment, and rule on what is held, within
//! their areas and beyond them.

use rounds_shared::{
    document::WriteError,
    ids::DocId,
    inspection::{OpRef, ReviewAct},
};

use crate::{
    city::City,
    founding::{ADMINISTRATOR, INSPECTORS, SUPERVISORS},
};

/// Somebody in the console does something to a document.
pub fn review(city: &mut City, rng: &mut fastrand::Rng) {
    let (by, _) = SUPERVISORS[rng.usize(..SUPERVISORS.len())];
    let docs: Vec<DocId> = city.law.docs.keys().copied().collect();
    let Some(doc) = rng.choice(docs) else { return };
    let (act, mut random) = (rng.usize(..4), [0; 16]);
    rng.fill(&mut random);
    let now = city.now();
    let done = city.console(by, doc, random, |document, session| {
        let unreadable = |_| WriteError::Unknown("inspection");
        let inspection = document.inspection().map_err(unreadable)?;
        let reason = [(None, "看过")];
        let open = inspection.open_conflicts().first().map(|item| (*item).to_owned());
        match (act, open) {
            (0 | 1, Some(item)) => {
                let recorded = inspection.recorded(&item);
                let decided = inspection.standing_decisions(&item);
                let covers = recorded.iter().map(|one| one.stamp.op.clone());
                let earlier = decided.iter().map(|(review, ..)| inspection.reviews[*review].stamp.op.clone());
                let covers: Vec<OpRef> = covers.chain(earlier).collect();
                let value = recorded.first().map_or("fail", |one| one.value.as_str()).to_owned();
                let decide = ReviewAct::Decide { value, covers };
                document.review(session, now, &decide, &[(Some(item.as_str()), "以此为准")])?;
            }
            (2, None) => {
                let heads =
                    document.heads().iter().map(|head| data_encoding::HEXLOWER.encode(&head.0)).collect();
                document.review(session, now, &ReviewAct::Approve { heads }, &reason)?;
            }
            (3, _) => document.review(session, now, &ReviewAct::Return, &reason)?,
            _ => document.review(session, now, &ReviewAct::Comment, &reason)?,
        }
        Ok(())
    });
    // Its power may have gone meanwhile; whoever sits there tries again some other time.
    done.ok();
}

/// Somebody rules on something that is held, whether or not he may; says whether that was taken.
pub fn rule(city: &mut City, rng: &mut fastrand::Rng) -> bool {
    let open = city.law.held.iter().filter(|(_, held)| !held.is_released);
    let open: Vec<u64> = open.map(|(seq, _)| *seq).collect();
    let Some(held) = rng.choice(open) else { return false };
    let by = match rng.usize(..8) {
        0 => *INSPECTORS.start(),
        1 => ADMINISTRATOR,
        _ => SUPERVISORS[rng.usize(..SUPERVISORS.len())].0,
    };
    city.rule(by, held, rng.usize(..3) > 0).unwrap_or(false)
}
