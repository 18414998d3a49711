use rounds_shared::{
    envelope::SecretKey,
    protocol::{EnrolReply, EnrolRequest},
};
use serde_json::json;

use super::*;

/// A phone with its key.
pub(super) struct Phone {
    pub(super) key: SecretKey,
}

impl Phone {
    pub(super) fn new(number: u8) -> Self {
        Self { key: SecretKey::new([number; 32]) }
    }

    pub(super) fn request(&self, city: &City, login: &str) -> EnrolRequest {
        let server = city.app.vault.server_key().public();
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        EnrolRequest {
            login: login.to_owned(),
            password: PASSWORD.to_owned(),
            device_name: "李伟的手机".to_owned(),
            device_key: hex(self.key.public().as_bytes()),
            proof: hex(self.key.sign(&EnrolRequest::proof_message(login, &server)).as_bytes()),
        }
    }

    pub(super) async fn enrol(&self, city: &City, login: &str) -> EnrolReply {
        let answer = enrol(city, &self.request(city, login)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        serde_json::from_value(answer.body).unwrap()
    }

    fn path(&self) -> String {
        format!("/v1/devices/{}/revoke", rounds_shared::ids::DeviceId::of(&self.key.public()))
    }
}

async fn enrol(city: &City, request: &EnrolRequest) -> Answer {
    let body = Body::from(serde_json::to_string(request).unwrap());
    let request =
        Request::post("/v1/devices").header(header::CONTENT_TYPE, "application/json").body(body).unwrap();
    read(city.send(request).await).await
}

async fn listens(city: &City, token: &str) -> StatusCode {
    let request = Request::get("/v1/live").header(header::AUTHORIZATION, format!("Bearer {token}"));
    city.send(request.body(Body::empty()).unwrap()).await.status()
}

#[tokio::test]
async fn a_device_enrols_with_its_key_and_its_latest_token_counts() {
    let city = City::with_people().await;
    let phone = Phone::new(1);
    let first = phone.enrol(&city, "inspector").await;
    assert_eq!(listens(&city, &first.token).await, StatusCode::OK);
    let second = phone.enrol(&city, "inspector").await;
    assert_eq!(listens(&city, &first.token).await, StatusCode::UNAUTHORIZED);
    let city = city.restarted().await;
    assert_eq!(listens(&city, &second.token).await, StatusCode::OK);
    assert_eq!(city.app.intake.registry().devices().count(), 1);
}

#[tokio::test]
async fn a_key_is_one_persons_and_must_be_shown_to_be_his() {
    let city = City::with_people().await;
    let phone = Phone::new(1);
    let mut stolen = phone.request(&city, "inspector");
    stolen.proof = Phone::new(2).request(&city, "inspector").proof;
    assert_eq!(enrol(&city, &stolen).await.code(), "value_invalid");
    let mut replayed = phone.request(&city, "inspector");
    replayed.login = "supervisor".to_owned();
    assert_eq!(enrol(&city, &replayed).await.code(), "value_invalid");

    phone.enrol(&city, "inspector").await;
    assert_eq!(enrol(&city, &phone.request(&city, "supervisor")).await.code(), "value_invalid");
    assert_eq!(enrol(&city, &Phone::new(3).request(&city, "observer")).await.code(), "role_not_allowed");
    let mut wrong = phone.request(&city, "inspector");
    wrong.password = "wrong horse".to_owned();
    assert_eq!(enrol(&city, &wrong).await.code(), "wrong_password");
}

#[tokio::test]
async fn a_revoked_device_may_still_deliver_and_gets_nothing() {
    let city = City::with_people().await;
    let phone = Phone::new(1);
    let token = phone.enrol(&city, "inspector").await.token;
    let supervisor = city.signed_in("supervisor").await;
    let cookie = city.signed_in("administrator").await;
    let revoke = async |cookie: &str, reason: &str| {
        city.ask(Method::POST, &phone.path(), Some(cookie), Some(json!({ "reason": reason }))).await
    };
    assert_eq!(revoke(&supervisor, "丢失").await.code(), "role_not_allowed");
    assert_eq!(revoke(&cookie, " ").await.code(), "reason_required");
    assert_eq!(revoke(&cookie, "丢失").await.status, StatusCode::NO_CONTENT);
    assert_eq!(revoke(&cookie, "又丢失").await.status, StatusCode::NO_CONTENT);
    let trail = city.get("/v1/audit", &cookie).await.body;
    let subject = trail["rows"][0]["subject"].as_str().unwrap();
    assert!(
        subject.contains("·李伟的手机 "),
        "the trail says whose and which, not a number alone: {subject}"
    );
    assert_eq!(listens(&city, &token).await, StatusCode::FORBIDDEN);
    assert_eq!(enrol(&city, &phone.request(&city, "inspector")).await.code(), "device_revoked");
    let announced = super::uploads::announce(&city, &token, &[1; 32], 10).await;
    assert_eq!(announced.status(), StatusCode::CREATED);
}
