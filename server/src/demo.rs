//! The demonstration city: people, assignments and inspections to try things with.
//!
//! Nothing here is a shortcut: the inspections are recorded as phones record them, signed with keys that
//! were enrolled, and go through the same gate as any other. Dates are relative to the day of the first
//! start.

mod phone;
mod picture;
mod visits;

use rounds_shared::{
    area::{AreaCode, Point, Site, SiteKind},
    calendar::Day,
    ids::UserId,
    permission::Role,
    registry::{Event, User},
};

use crate::app::App;

/// The password of every demonstration account.
pub const PASSWORD: &str = "rounds-kunming";

/// A demonstration account.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// The name to sign in with.
    pub login: &'static str,
    /// The person's name.
    pub name: &'static str,
    /// What he may do.
    pub role: Role,
    /// Where: an area's code.
    pub area: &'static str,
}

/// Every demonstration account.
pub const ACCOUNTS: [Account; 6] = [
    Account { login: "supervisor", name: "王敏", role: Role::Supervisor, area: "5301" },
    Account { login: "inspector1", name: "李明", role: Role::Inspector, area: "530102" },
    Account { login: "inspector2", name: "赵芸", role: Role::Inspector, area: "530102" },
    Account { login: "inspector3", name: "陈静", role: Role::Inspector, area: "530103" },
    Account { login: "observer", name: "刘洋", role: Role::Observer, area: "5301" },
    Account { login: "admin", name: "系统管理员", role: Role::Administrator, area: "5301" },
];

impl Account {
    /// The account's user: the same in every demonstration city.
    fn user(self) -> UserId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::derive_key("rounds v1 demo user", self.login.as_bytes())[..16]);
        UserId::new(bytes)
    }
}

/// Fills a city that nobody works in yet; one with accounts is left as it is.
///
/// # Errors
/// When something of it cannot be registered, recorded or kept.
pub async fn fill(app: &App) -> anyhow::Result<()> {
    if app.intake.registry().users().next().is_some() {
        return Ok(());
    }
    settle(app).await?;
    visits::record(app, Day::of(app.now_ms())).await
}

/// Makes the accounts and sites alone: a city in which nothing has happened yet.
///
/// # Errors
/// When something of it cannot be registered.
pub async fn settle(app: &App) -> anyhow::Result<()> {
    let users = ACCOUNTS.iter().map(|account| {
        Ok(Event::UserPut(User {
            id: account.user(),
            login: account.login.to_owned(),
            name: account.name.to_owned(),
            role: account.role,
            areas: vec![account.area.parse()?],
            department: None,
            active: true,
        }))
    });
    let mut events = users.collect::<anyhow::Result<Vec<_>>>()?;
    events.push(Event::SitesPut(sites()?));
    // The passwords first: a start that is interrupted must not leave accounts that nobody can sign in to.
    let hash = app.passwords.hash(PASSWORD.to_owned()).await?;
    for account in ACCOUNTS {
        app.vault.password_set(account.user(), hash.clone(), app.now_ms()).await?;
    }
    app.intake.register(events).await?;
    Ok(())
}

fn user(login: &str) -> UserId {
    let account = ACCOUNTS.into_iter().find(|account| account.login == login);
    account.expect("a demonstration account").user()
}

/// Sites 点位 of two communities by 翠湖; the names are made up, and so is where they are to some hundred metres, in
/// millionths of a degree.
fn sites() -> anyhow::Result<Vec<Site>> {
    /// Community and number in it, kind, name and its initials, latitude and longitude.
    type Spot = ((&'static str, u32), SiteKind, (&'static str, &'static str), (i32, i32));
    const SITES: [Spot; 6] = [
        (
            ("530102001001", 1),
            SiteKind::Compound,
            ("翠湖西路小区（示例）", "chxlxq"),
            (25_048_100, 102_698_500),
        ),
        (("530102001001", 2), SiteKind::Backstreet, ("先生坡（示例）", "xsp"), (25_050_100, 102_700_300)),
        (
            ("530102001001", 3),
            SiteKind::Market,
            ("翠湖农贸市场（示例）", "chnmsc"),
            (25_051_900, 102_702_100),
        ),
        (("530102001007", 1), SiteKind::Park, ("翠湖公园东门（示例）", "chgydm"), (25_048_900, 102_706_800)),
        (
            ("530102001007", 2),
            SiteKind::RefuseStation,
            ("翠湖社区垃圾分类亭（示例）", "chsqljflt"),
            (25_046_200, 102_706_100),
        ),
        (
            ("530102001007", 3),
            SiteKind::Compound,
            ("翠湖南路小区（示例）", "chnlxq"),
            (25_045_100, 102_703_700),
        ),
    ];
    SITES
        .into_iter()
        .map(|((area, number), kind, (name, pinyin), (latitude_e6, longitude_e6))| {
            let area: AreaCode = area.parse()?;
            let id = format!("{area}-{number}").parse()?;
            let point = Some(Point { latitude_e6, longitude_e6, accuracy_m: None });
            Ok(Site { id, area, kind, name: name.to_owned(), pinyin: pinyin.to_owned(), point })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, config::Config, views};

    #[tokio::test]
    async fn the_demonstration_has_something_of_everything_and_is_filled_once() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at(1_795_000_000_000);
        let app = App::open(Config { clock, ..Config::new(folder.path()) }).await.unwrap();
        fill(&app).await.unwrap();
        let position = app.intake.position();
        fill(&app).await.unwrap();
        assert_eq!(app.intake.position(), position, "a second start changes nothing");
        let areas = views::inspections::AreaFilter::within(&["5301".parse().unwrap()]);
        let filter = views::inspections::Filter { areas, ..Default::default() };
        let tallies = app.readers.read(|connection| views::inspections::tally(connection, &filter)).unwrap();
        for state in ["reviewing", "returned", "approved"] {
            assert!(tallies.iter().any(|tally| tally.state == state), "{state}: {tallies:?}");
        }
        let disputed: u64 = tallies.iter().map(|tally| tally.disputed).sum();
        assert_eq!(disputed, 2, "two inspections on which two inspectors differ");
    }
}
