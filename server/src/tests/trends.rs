//! The trend counts what the overview counts, in the asker's scope.

use serde_json::Value;

use super::City;
use crate::demo;

/// The sum of a figure over the steps of a trend.
fn sum(steps: &Value, figure: &str) -> u64 {
    steps.as_array().unwrap().iter().map(|step| step[figure].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn a_trend_ends_with_what_the_overview_says_of_today_and_counts_the_scope_alone() {
    let city = City::found().await;
    demo::fill(&city.app).await.unwrap();
    let cookie = city.cookie("supervisor").await;
    let asked = async |path: &str| city.get(path, &cookie).await.body;
    let (overview, week, quarter) =
        (asked("/v1/overview").await, asked("/v1/trend").await, asked("/v1/trend?span=quarter").await);
    let today = &week[6];
    assert_eq!(today["findings"], overview["findings_today"]);
    assert_eq!(today["inspections"], overview["done_today"]);
    for figure in ["inspections", "findings"] {
        assert!(sum(&week, figure) > 0, "{week}");
        assert_eq!(
            quarter[12][figure],
            sum(&week, figure),
            "the last seven days are the last step of the quarter"
        );
    }
    let district = asked("/v1/trend?area=530102").await;
    let elsewhere = asked("/v1/trend?area=530129").await;
    assert!(sum(&district, "findings") < sum(&week, "findings"));
    assert_eq!(sum(&elsewhere, "findings") + sum(&elsewhere, "inspections"), 0);
    assert_eq!(city.get("/v1/trend?span=year", &cookie).await.code(), "bad_request");
}
