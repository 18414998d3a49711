//! Authority per operation: the permission table, asked at the time at which it is fair to ask.

use std::sync::Arc;

use super::{Circumstances, Subject};
use crate::{
    assignment::Assignment,
    case::Case,
    document::Write,
    envelope::Verified,
    inspection::About,
    permission::{Duty, Part, duty_of, may_be_asked, may_have, may_write},
    protocol::{HeldReason, limits::AUTHORITY_GRACE_MS},
    registry::User,
};

/// Whether the author was allowed every write.
///
/// Authority is judged at the registry position the device had seen (or has confirmed since), because it
/// could not know of later changes; but only for the time of grace after such a change. No writes at all are those of
/// somebody who records and has recorded nothing yet.
pub(super) fn check(
    circumstances: Circumstances<'_>,
    envelope: &Verified,
    subject: &Subject<'_>,
    writes: &[Write],
) -> Result<(), HeldReason> {
    let Circumstances { registry, now, confirmed } = circumstances;
    let body = envelope.body();
    if registry.revoked_at(body.device).is_some() {
        return Err(HeldReason::Revoked);
    }
    let device = registry.device(body.device).ok_or(HeldReason::Role)?;
    // A disabled account is like a revoked device: whoever disabled it does not want to wait.
    if registry.user(device.user).is_none_or(|user| !user.active) {
        return Err(HeldReason::Revoked);
    }
    let position = body.seen.max(confirmed);
    let user = registry.user_at(device.user, position);
    // A device that had not even seen its own account is judged by the account as it is.
    let user = user.or_else(|| registry.user(device.user)).ok_or(HeldReason::Role)?;
    permitted(user, subject, writes)?;
    match registry.user_changed_after(device.user, position) {
        Some(at) if now.saturating_sub(at) > AUTHORITY_GRACE_MS => {
            let today = registry.user(device.user).ok_or(HeldReason::Role)?;
            permitted(today, subject, writes).map_err(|_| HeldReason::StaleAuthority)
        }
        Some(_) | None => Ok(()),
    }
}

fn permitted(user: &User, subject: &Subject<'_>, writes: &[Write]) -> Result<(), HeldReason> {
    match subject {
        Subject::Inspection { about, assignment } => inspects(user, about, *assignment, writes),
        Subject::Case(case) => acts(user, case, writes),
    }
}

fn inspects(
    user: &User,
    about: &About,
    assignment: Option<&Arc<Assignment>>,
    writes: &[Write],
) -> Result<(), HeldReason> {
    let does = |part| writes.iter().any(|write| write.part() == part);
    let (records, reviews) = (does(Part::Record) || writes.is_empty(), does(Part::Reviews));
    let assigned = assignment.is_some_and(|assignment| assignment.people.contains(&user.id));
    let may_record = may_write(user.role, Part::Record) || (assigned && may_be_asked(user.role, about.kind));
    if !user.active || (records && !may_record) || (reviews && !may_write(user.role, Part::Reviews)) {
        return Err(HeldReason::Role);
    }
    // Whoever is asked by name may inspect there; everybody else, and every reviewer, within his areas.
    let in_scope = user.covers(&about.area);
    if (records && !assigned && !in_scope) || (reviews && !in_scope) {
        return Err(HeldReason::Scope);
    }
    Ok(())
}

/// Whether somebody may act so in a case. Photos are named by whoever may act at all, and so is a case begun or repeated.
fn acts(user: &User, case: &Case, writes: &[Write]) -> Result<(), HeldReason> {
    if !user.active {
        return Err(HeldReason::Role);
    }
    let in_scope = user.covers(&case.about.area);
    let has = |duty: Duty| {
        if !may_have(user.role, duty) {
            return Err(HeldReason::Role);
        }
        let is_his = match duty {
            Duty::Lead => in_scope,
            Duty::Handle => case.dispatched_to().any(|named| named == user.id),
            Duty::Check => (in_scope && user.role.reviews()) || case.checkers().any(|named| named == user.id),
        };
        if is_his { Ok(()) } else { Err(HeldReason::Scope) }
    };
    let duties = [Duty::Handle, Duty::Check, Duty::Lead];
    let any = duties.into_iter().map(has).reduce(|first, second| match (first, second) {
        (Ok(()), _) | (_, Ok(())) => Ok(()),
        (Err(HeldReason::Scope), Err(_)) | (Err(_), Err(HeldReason::Scope)) => Err(HeldReason::Scope),
        (Err(_), Err(_)) => Err(HeldReason::Role),
    });
    any.unwrap_or(Err(HeldReason::Role))?;
    // An act that this version does not know is the domain's matter.
    writes.iter().filter_map(Write::act).filter_map(duty_of).try_for_each(has)
}
