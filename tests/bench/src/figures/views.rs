//! What the views cost whoever writes.

use std::{
    cell::Cell,
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use rounds_server::{app::LOG_FILE, intake::Bearer};
use rounds_shared::protocol::Outcome;
use tracing::{Subscriber, span};
use tracing_subscriber::{
    Layer, Registry,
    filter::filter_fn,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

use super::{Figure, Measured, measured, median};
use crate::{city, prepared::Prepared};

/// Visits delivered, one after the other.
const VISITS: usize = 400;
/// What the server calls the time it spends on views.
const SPAN: &str = "views";

pub(super) const FIGURE: Figure = Figure {
    names: &["view_update_ms", "view_update_commit_ms"],
    wanted: "view_update_ms < 1",
    how: "On a copy of the city of list_p99_ms, 400 visits of 60 answers are delivered, each alone in its commit. Of each, the time that \
          the writer spends on bringing the views forward (its span `views`: the document as it is saved, its row, people, conflicts, \
          findings, photos, labels and device); the median. view_update_commit_ms is the median of the whole, from the delivery to the \
          signed verdict, judging and fsync included. The pages that the views add to the fsync are in the second figure only.",
    measure,
};

fn measure(prepared: &mut Prepared) -> Result<Vec<Measured>> {
    let city = prepared.city()?;
    let copy = tempfile::tempdir_in(city.parent().context("a folder of cities")?)?;
    for file in fs::read_dir(&city)? {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
    }
    ensure!(copy.path().join(LOG_FILE).exists(), "the city has a log");
    let spent = Arc::new(AtomicU64::new(0));
    let clock = SpanClock { spent: Arc::clone(&spent) }.with_filter(filter_fn(|span| span.name() == SPAN));
    tracing::subscriber::set_global_default(Registry::default().with(clock))?;

    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let city::Later { app, device, envelopes } = city::later(copy.path(), VISITS).await?;
        let server = app.vault.server_key().public();
        let (mut views, mut commits) = (Vec::new(), Vec::new());
        for envelope in envelopes {
            spent.store(0, Ordering::SeqCst);
            let began = Instant::now();
            let confirmed = app.intake.position();
            let verdicts = app.intake.envelopes(vec![envelope], Bearer { device, confirmed }).await?;
            commits.push(began.elapsed().as_secs_f64() * 1000.0);
            views.push(spent.load(Ordering::SeqCst) as f64 / 1_000_000.0);
            let outcome = verdicts.first().and_then(|verdict| verdict.verify(&server)).map(|one| one.outcome);
            ensure!(matches!(outcome, Some(Outcome::Receipt { .. })), "a visit was not merged: {outcome:?}");
        }
        Ok(vec![
            measured("view_update_ms", median(&mut views)),
            measured("view_update_commit_ms", median(&mut commits)),
        ])
    })
}

/// Adds up the time within spans; one within another counts once.
struct SpanClock {
    /// In nanoseconds.
    spent: Arc<AtomicU64>,
}

thread_local! {
    static ENTERED: Cell<(u32, Option<Instant>)> = const { Cell::new((0, None)) };
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for SpanClock {
    fn on_enter(&self, _: &span::Id, _: Context<'_, S>) {
        let (depth, began) = ENTERED.get();
        ENTERED.set((depth + 1, began.or_else(|| Some(Instant::now()))));
    }

    fn on_exit(&self, _: &span::Id, _: Context<'_, S>) {
        let (depth, began) = ENTERED.get();
        match began {
            Some(began) if depth == 1 => {
                let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.spent.fetch_add(nanoseconds, Ordering::SeqCst);
                ENTERED.set((0, None));
            }
            _ => ENTERED.set((depth.saturating_sub(1), began)),
        }
    }
}
