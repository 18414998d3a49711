//! Every command of the screens, one line each over [`rounds_client_core::App`].

use std::sync::Arc;

use rounds_client_core::{
    PhotoSize, UnplannedInput, check_pin as check_a_pin,
    view::{
        AppState, AreaDetail, AreaRow, CaseActView, CaseView, Cases, DraftView, Exported, FoundSite,
        InspectionCard, InspectionView, ItemView, OpinionView, PassageView, PhotoView, PointView, RestPassed,
        StrikeTarget, SyncStatus, TemplateRow, Today,
    },
};
use tauri::{
    AppHandle, Runtime, State,
    ipc::{Invoke, InvokeError, Response},
};

use crate::arguments::{Arguments, ChangedFinding, NewFinding, NewPhoto, Picture, SignIn};
use crate::shell::{Shell, ask, ask_phone};
use crate::{log, recognise};

type Shared<'a> = State<'a, Arc<Shell>>;
type Answer<T> = Result<T, InvokeError>;

/// The commands, for the builder of the app.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        state,
        enrol,
        check_pin,
        lock,
        pause,
        resume,
        unlock,
        set_pin,
        set_server,
        recover,
        today,
        areas,
        area,
        sites,
        templates,
        open_assignment,
        open_unplanned,
        open_continuation,
        inspection,
        inspections,
        answer,
        take_back,
        pass_rest,
        take_back_rest,
        bring_items,
        finding_add,
        draft_keep,
        draft,
        finding_edit,
        finding_join,
        photo_add,
        read_code,
        photo,
        strike,
        remark_add,
        pass,
        respond,
        take_back_response,
        phrases,
        submit,
        cases,
        case,
        case_act,
        case_photo_strike,
        sync_now,
        sync_status,
        photos_policy,
        export,
        export_log,
    ]
}

#[tauri::command]
async fn state(shell: Shared<'_>) -> Answer<AppState> {
    ask_phone(&shell, |phone| phone.state()).await
}

#[tauri::command]
async fn enrol(shell: Shared<'_>, sign_in: Arguments<SignIn>) -> Answer<AppState> {
    ask_phone(&shell, move |phone| phone.enrol(&sign_in.0.input, sign_in.0.pin.as_deref())).await
}

#[tauri::command]
async fn check_pin(pin: String) -> Answer<()> {
    Ok(check_a_pin(&pin)?)
}

#[tauri::command]
async fn lock(shell: Shared<'_>) -> Answer<AppState> {
    ask_phone(&shell, |phone| phone.lock().state()).await
}

#[tauri::command]
async fn pause(shell: Shared<'_>) -> Answer<AppState> {
    ask_phone(&shell, |phone| phone.pause()?.state()).await
}

/// The system is asked here and not by the page: no page can say that it has recognised somebody.
#[tauri::command]
async fn resume<R: Runtime>(
    app: AppHandle<R>,
    shell: Shared<'_>,
    holder: String,
    reason: String,
) -> Answer<AppState> {
    ask_phone(&shell, move |phone| {
        recognise(&app, reason)?;
        phone.resume(&holder)
    })
    .await
}

#[tauri::command]
async fn unlock(shell: Shared<'_>, holder: String, pin: Option<String>) -> Answer<AppState> {
    ask_phone(&shell, move |phone| phone.unlock(&holder, pin.as_deref())).await
}

#[tauri::command]
async fn set_pin(shell: Shared<'_>, current: Option<String>, pin: String) -> Answer<AppState> {
    ask_phone(&shell, move |phone| phone.set_pin(current.as_deref(), &pin)).await
}

#[tauri::command]
async fn set_server(shell: Shared<'_>, address: String) -> Answer<AppState> {
    ask_phone(&shell, move |phone| phone.set_server(&address)).await
}

#[tauri::command]
async fn recover(shell: Shared<'_>, holder: String, password: String, pin: String) -> Answer<AppState> {
    ask_phone(&shell, move |phone| phone.recover(&holder, &password, &pin)).await
}

#[tauri::command]
async fn today(shell: Shared<'_>) -> Answer<Today> {
    ask(&shell, |app| app.today()).await
}

#[tauri::command]
async fn areas(shell: Shared<'_>, query: String, limit: usize) -> Answer<Vec<AreaRow>> {
    ask(&shell, move |app| Ok(app.areas(&query, limit))).await
}

#[tauri::command]
async fn area(shell: Shared<'_>, code: String) -> Answer<AreaDetail> {
    ask(&shell, move |app| app.area(&code)).await
}

#[tauri::command]
async fn sites(shell: Shared<'_>, query: String, limit: usize) -> Answer<Vec<FoundSite>> {
    ask(&shell, move |app| Ok(app.sites(&query, limit))).await
}

#[tauri::command]
async fn templates(shell: Shared<'_>) -> Answer<Vec<TemplateRow>> {
    ask(&shell, |app| Ok(app.templates())).await
}

#[tauri::command]
async fn open_assignment(shell: Shared<'_>, assignment: String) -> Answer<String> {
    ask(&shell, move |app| app.open_assignment(&assignment)).await
}

#[tauri::command]
async fn open_unplanned(shell: Shared<'_>, input: Arguments<UnplannedInput>) -> Answer<String> {
    ask(&shell, move |app| app.open_unplanned(&input.0)).await
}

#[tauri::command]
async fn open_continuation(shell: Shared<'_>, inspection: String) -> Answer<String> {
    ask(&shell, move |app| app.open_continuation(&inspection)).await
}

#[tauri::command]
async fn inspection(shell: Shared<'_>, id: String) -> Answer<InspectionView> {
    ask(&shell, move |app| app.inspection(&id)).await
}

#[tauri::command]
async fn inspections(shell: Shared<'_>) -> Answer<Vec<InspectionCard>> {
    ask(&shell, |app| app.inspections()).await
}

#[tauri::command]
async fn answer(
    shell: Shared<'_>,
    inspection: String,
    item: String,
    value: Option<String>,
) -> Answer<ItemView> {
    ask(&shell, move |app| app.answer(&inspection, &item, value.as_deref())).await
}

#[tauri::command]
async fn take_back(shell: Shared<'_>, inspection: String, item: String) -> Answer<ItemView> {
    ask(&shell, move |app| app.take_back(&inspection, &item)).await
}

#[tauri::command]
async fn pass_rest(shell: Shared<'_>, inspection: String, domain: String) -> Answer<RestPassed> {
    ask(&shell, move |app| app.pass_rest(&inspection, &domain)).await
}

#[tauri::command]
async fn take_back_rest(shell: Shared<'_>, inspection: String, items: Vec<String>) -> Answer<InspectionView> {
    ask(&shell, move |app| app.take_back_rest(&inspection, &items)).await
}

#[tauri::command]
async fn bring_items(shell: Shared<'_>, inspection: String) -> Answer<InspectionView> {
    ask(&shell, move |app| app.bring_items(&inspection)).await
}

#[tauri::command]
async fn finding_add(shell: Shared<'_>, new: Arguments<NewFinding>) -> Answer<ItemView> {
    let NewFinding { inspection, item, finding, photos } = new.0;
    ask(&shell, move |app| app.finding_add(&inspection, &item, &finding, &photos)).await
}

#[tauri::command]
async fn draft_keep(shell: Shared<'_>, inspection: String, item: String, draft: DraftView) -> Answer<()> {
    ask(&shell, move |app| app.draft_keep(&inspection, &item, &draft)).await
}

#[tauri::command]
async fn draft(shell: Shared<'_>, inspection: String, item: String) -> Answer<Option<DraftView>> {
    ask(&shell, move |app| app.draft(&inspection, &item)).await
}

#[tauri::command]
async fn finding_edit(shell: Shared<'_>, changed: Arguments<ChangedFinding>) -> Answer<ItemView> {
    let ChangedFinding { inspection, finding, input } = changed.0;
    ask(&shell, move |app| app.finding_edit(&inspection, &finding, &input)).await
}

#[tauri::command]
async fn finding_join(
    shell: Shared<'_>,
    inspection: String,
    finding: String,
    into: String,
    reason: String,
) -> Answer<ItemView> {
    ask(&shell, move |app| app.finding_join(&inspection, &finding, &into, &reason)).await
}

#[tauri::command]
async fn photo_add(shell: Shared<'_>, new: NewPhoto) -> Answer<PhotoView> {
    ask(&shell, move |app| app.photo_add(&new.photo, &new.bytes)).await
}

#[tauri::command]
async fn read_code(shell: Shared<'_>, picture: Picture) -> Answer<String> {
    ask(&shell, move |app| app.read_code(&picture.0)).await
}

#[tauri::command]
async fn photo(shell: Shared<'_>, hash: String, size: PhotoSize) -> Answer<Response> {
    ask(&shell, move |app| app.photo(&hash, size).map(Response::new)).await
}

#[tauri::command]
async fn strike(
    shell: Shared<'_>,
    inspection: String,
    target: StrikeTarget,
    reason: String,
) -> Answer<InspectionView> {
    ask(&shell, move |app| app.strike(&inspection, &target, &reason)).await
}

#[tauri::command]
async fn remark_add(
    shell: Shared<'_>,
    inspection: String,
    item: Option<String>,
    text: String,
) -> Answer<InspectionView> {
    ask(&shell, move |app| app.remark_add(&inspection, item.as_deref(), &text)).await
}

#[tauri::command]
async fn pass(
    shell: Shared<'_>,
    inspection: String,
    passage: PassageView,
    point: Option<PointView>,
) -> Answer<InspectionView> {
    ask(&shell, move |app| app.pass(&inspection, passage.into(), point)).await
}

#[tauri::command]
async fn respond(
    shell: Shared<'_>,
    inspection: String,
    item: String,
    opinion: OpinionView,
) -> Answer<ItemView> {
    ask(&shell, move |app| app.respond(&inspection, &item, opinion.into())).await
}

#[tauri::command]
async fn take_back_response(shell: Shared<'_>, inspection: String, item: String) -> Answer<ItemView> {
    ask(&shell, move |app| app.take_back_response(&inspection, &item)).await
}

#[tauri::command]
async fn phrases(shell: Shared<'_>, item: String) -> Answer<Vec<String>> {
    ask(&shell, move |app| app.phrases(&item)).await
}

#[tauri::command]
async fn submit(shell: Shared<'_>, inspection: String) -> Answer<InspectionView> {
    ask(&shell, move |app| app.submit(&inspection)).await
}

#[tauri::command]
async fn cases(shell: Shared<'_>) -> Answer<Cases> {
    ask(&shell, |app| app.cases()).await
}

#[tauri::command]
async fn case(shell: Shared<'_>, id: String) -> Answer<CaseView> {
    ask(&shell, move |app| app.case(&id)).await
}

#[tauri::command]
async fn case_act(
    shell: Shared<'_>,
    case: String,
    act: CaseActView,
    text: String,
    photos: Vec<String>,
) -> Answer<CaseView> {
    ask(&shell, move |app| app.case_act(&case, act, &text, &photos)).await
}

#[tauri::command]
async fn case_photo_strike(
    shell: Shared<'_>,
    case: String,
    photo: String,
    reason: String,
) -> Answer<CaseView> {
    ask(&shell, move |app| app.case_photo_strike(&case, &photo, &reason)).await
}

#[tauri::command]
async fn sync_now(shell: Shared<'_>) -> Answer<SyncStatus> {
    ask(&shell, |app| app.sync_now()).await
}

#[tauri::command]
async fn sync_status(shell: Shared<'_>) -> Answer<SyncStatus> {
    ask(&shell, |app| app.sync_status()).await
}

#[tauri::command]
async fn photos_policy(shell: Shared<'_>, wifi_only: bool, metered: bool) -> Answer<Option<SyncStatus>> {
    ask_phone(&shell, move |phone| phone.photos_policy(wifi_only, metered)).await
}

#[tauri::command]
async fn export(shell: Shared<'_>) -> Answer<Exported> {
    let folder = shell.exports().to_owned();
    ask(&shell, move |app| app.export(&folder)).await
}

#[tauri::command]
async fn export_log(shell: Shared<'_>) -> Answer<String> {
    let shell = Arc::clone(&shell);
    let path = tauri::async_runtime::spawn_blocking(move || log::export(shell.data_dir(), shell.exports()));
    Ok(path.await??.display().to_string())
}
