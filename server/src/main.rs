//! The `rounds-server` command.

use std::{
    io::{self, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser as _;
use rounds_server::{
    app::{self, App, LOG_FILE},
    backup,
    check::{self, Fault, Report},
    clock::Clock,
    config::{CityData, Command, CommandLine, Config, ServeArguments},
    demo,
    import::{self, Imported},
    losses::{self, Loss, Losses, Silent},
    router, serve,
    stop::Stop,
    telemetry,
    vault::Vault,
};
use rounds_shared::{
    envelope::PublicKey,
    permission::Role,
    protocol::{Outcome, Receipts},
};

/// Judging allocates millions of small pieces in many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long to wait before looking again what devices have brought back.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Stop::Other(error.into())),
    };
    let done = match line.command {
        Command::Serve(arguments) => runtime.block_on(serve_until_told(arguments)),
        Command::Openapi => print_openapi(),
        Command::Check { data } => check_data(&data),
        Command::Rebuild { data } => rebuild(&data),
        Command::Backup { data, photos, file } => back_up(&data, &file, photos.as_deref()),
        Command::Restore { data, photos, key, follow, file } => {
            restore(&data, &file, photos.as_deref(), key.as_deref())
                .and_then(|()| if follow { runtime.block_on(print_losses(&data, true)) } else { Ok(()) })
        }
        Command::Restored { data, follow } => runtime.block_on(print_losses(&data, follow)),
        Command::BackupKey { data, file } => back_up_key(&data, &file),
        Command::Import { data, city_data, file } => runtime.block_on(import_file(data, city_data, &file)),
        Command::VerifyReceipt { server_key, file } => verify_receipt(&server_key, &file),
        Command::SetupCode { data } => runtime.block_on(print_setup_code(&data)),
    };
    done.map_or_else(|stop| failed(&stop), |()| ExitCode::SUCCESS)
}

fn failed(stop: &Stop) -> ExitCode {
    eprintln!("{stop}");
    ExitCode::FAILURE
}

async fn serve_until_told(arguments: ServeArguments) -> Result<(), Stop> {
    telemetry::begin(&arguments.log, arguments.log_form);
    let listener = TcpListener::bind(arguments.listen).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Stop::PortTaken(arguments.listen),
        _ => Stop::from(error),
    })?;
    let address = listener.local_addr()?;
    let config = Config::from(arguments);
    let (scheme, demo) = (config.transport.scheme(), config.demo);
    let door = serve::Door::of(&config.transport).await?;
    let app = App::open(config).await?;
    if demo {
        demo::fill(&app).await?;
    } else if let Some(code) = app.setup_code().await? {
        print_code(code.reveal())?;
    }
    let mut out = io::stdout().lock();
    if demo {
        write_accounts(&mut out)?;
    }
    writeln!(out, "listening on {scheme}://{address}")?;
    out.flush()?;
    drop(out);
    Ok(serve::run(app, door, listener, told_to_stop()).await?)
}

fn write_accounts(out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "演示账号 Demo accounts (密码 password: {})", demo::PASSWORD)?;
    for account in demo::ACCOUNTS {
        let (zh, en, place) = match account.role {
            Role::Inspector => ("巡访员", "inspector", "巡访 App"),
            Role::Supervisor => ("督导员", "supervisor", "控制台 console"),
            Role::Administrator => ("管理员", "administrator", "控制台 console"),
            Role::Observer => ("监督代表", "observer", "控制台 console"),
            Role::Unit => ("责任单位", "responsible unit", "巡访 App"),
        };
        writeln!(out, "  {:<11} {} {zh} {en} · {place}", account.login, account.name)?;
    }
    Ok(())
}

/// Ctrl-C, or the service manager.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler there is nobody to listen to; the process can still be killed.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

fn print_openapi() -> Result<(), Stop> {
    let document = router::openapi().to_pretty_json()?;
    writeln!(io::stdout().lock(), "{document}")?;
    Ok(())
}

fn check_data(data: &Path) -> Result<(), Stop> {
    if !Vault::is_in(data) {
        return Err(Stop::NoData(data.to_owned()));
    }
    let report = check::check(data, LOG_FILE)?;
    let mut out = io::stdout().lock();
    let sound_to = report.sound_to();
    let Report { entries, sound, envelopes, photos, photos_awaited, faults } = report;
    writeln!(
        out,
        "日志 {entries} 条，数据包 {envelopes} 个，照片 {photos} 张（另有 {photos_awaited} 张未送达）"
    )?;
    writeln!(
        out,
        "{entries} entries, {envelopes} envelopes, {photos} photos ({photos_awaited} have not arrived)"
    )?;
    for fault in &faults {
        let (zh, en) = said(fault);
        writeln!(out, "✗ {zh}\n  {en}")?;
    }
    if let Some(sound_to) = sound_to {
        writeln!(out, "可以挽回：第 1 至 {sound_to} 条完好；共 {sound} 条与写入时一致")?;
        writeln!(out, "what can be saved: entries 1 to {sound_to}; {sound} in all are as they were written")?;
        writeln!(out, "恢复最近的备份后，设备会补送其后的内容，缺少哪些可用 restored 查看")?;
        writeln!(
            out,
            "after a backup is restored devices give back what came later; restored names what is missing"
        )?;
    }
    if faults.is_empty() {
        writeln!(out, "✓ 数据完好 · all of it is as it was written")?;
        return Ok(());
    }
    Err(Stop::Faults)
}

fn said(fault: &Fault) -> (String, String) {
    match fault {
        Fault::File(what) => {
            (format!("数据库文件内部已损坏（{what}）"), format!("the database's file is in disorder: {what}"))
        }
        Fault::Entry { seq, what, is_signed: false } => (
            format!("日志第 {seq} 条与写入时不一致（{what}）"),
            format!("entry {seq} is not as it was written: {what}"),
        ),
        Fault::Entry { seq, what, is_signed: true } => (
            format!("日志第 {seq} 条与写入时不一致（{what}），但其中数据包的签名有效"),
            format!("entry {seq} is not as it was written: {what}; its envelope holds by its own signature"),
        ),
        Fault::Unreadable { first, last } => (
            format!("日志第 {first} 至 {last} 条无法读取"),
            format!("entries {first} to {last} cannot be read"),
        ),
        Fault::Signature { seq } => {
            (format!("日志第 {seq} 条的签名无效"), format!("the signature of entry {seq} does not hold"))
        }
        Fault::View { table, surplus, lacking } => (
            format!("视图 {table} 与日志不符：多 {surplus} 行，少 {lacking} 行"),
            format!("view {table} is not what the log makes: {surplus} rows too many, {lacking} too few"),
        ),
        Fault::Photo(hash) => {
            (format!("照片 {hash} 的内容已损坏"), format!("the bytes of photo {hash} are damaged"))
        }
    }
}

fn rebuild(data: &Path) -> Result<(), Stop> {
    if !Vault::is_in(data) {
        return Err(Stop::NoData(data.to_owned()));
    }
    let entries = app::rebuild(data)?;
    Ok(writeln!(io::stdout().lock(), "已由日志 {entries} 条重建视图 · views rebuilt from {entries} entries")?)
}

fn back_up(data: &Path, file: &Path, photos: Option<&Path>) -> Result<(), Stop> {
    let done = backup::back_up(data, file, photos, Clock::System.now_ms()).map_err(Stop::of_backup)?;
    let mut out = io::stdout().lock();
    let (seq, bytes, photos) = (done.manifest.seq, done.bytes, done.photos);
    writeln!(out, "✓ 已备份并复核：日志 {seq} 条，照片清单 {photos} 张，文件 {bytes} 字节")?;
    writeln!(out, "  backed up and read again: {seq} entries, a list of {photos} photos, {bytes} bytes")?;
    match done.mirrored {
        Some(mirrored) => {
            let (copied, damaged) = (mirrored.copied, mirrored.damaged);
            writeln!(out, "  照片：新复制 {copied} 张，损坏未复制 {damaged} 张")?;
            writeln!(out, "  photos: {copied} copied, {damaged} damaged and left out")?;
        }
        None => {
            writeln!(out, "  照片没有复制；可用 --photos 目录 一并复制")?;
            writeln!(out, "  photos were not copied; --photos FOLDER does that, too")?;
        }
    }
    Ok(())
}

fn restore(data: &Path, file: &Path, photos: Option<&Path>, key: Option<&Path>) -> Result<(), Stop> {
    let (epoch, now) = (app::random_epoch()?, Clock::System.now_ms());
    let restored = backup::restore(data, file, photos, key, (epoch, now)).map_err(Stop::of_backup)?;
    let entries = app::rebuild(data)?;
    let mut out = io::stdout().lock();
    writeln!(out, "✓ 已恢复日志 {entries} 条并重建视图；设备下次连接时会补送备份之后的内容")?;
    writeln!(
        out,
        "  {entries} entries restored, views rebuilt; devices bring what came after the backup when they connect"
    )?;
    writeln!(out, "  补回情况可用 restored 查看 · see what they have brought back with: restored")?;
    if let Some(before) = &restored.before {
        writeln!(out, "  原有数据移入 {0} · what was there is in {0}", before.display())?;
    }
    for hash in &restored.photos_missing {
        writeln!(
            out,
            "✗ 照片 {hash} 缺失，将向设备索取 · photo {hash} is missing, devices will be asked for it"
        )?;
    }
    Ok(())
}

async fn print_losses(data: &Path, follow: bool) -> Result<(), Stop> {
    if !Vault::is_in(data) {
        return Err(Stop::NoData(data.to_owned()));
    }
    let mut printed = None;
    loop {
        let losses = losses::losses(data).await?;
        if printed.as_ref() != Some(&losses) {
            say_losses(&losses)?;
        }
        if !follow || losses.is_all_back() {
            return Ok(());
        }
        printed = Some(losses);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn say_losses(losses: &Losses) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if losses.logs.is_empty() {
        writeln!(out, "没有执行过恢复 · nothing was ever restored here")?;
    }
    for Loss { epoch, after, reached, back, unsatisfied, unknown } in &losses.logs {
        if reached == after {
            writeln!(out, "日志 {epoch}：备份止于第 {after} 条；其后有无条目，尚无设备说明")?;
            writeln!(
                out,
                "log {epoch}: the backup ends with entry {after}; no device has shown that it went on"
            )?;
            continue;
        }
        let lost = reached - after;
        writeln!(
            out,
            "日志 {epoch}：备份止于第 {after} 条，原有至少 {reached} 条；其后 {lost} 条中已补回 {back} 条"
        )?;
        writeln!(
            out,
            "log {epoch}: the backup ends with entry {after}, the log went to {reached} at least; of the {lost} beyond, {back} are back"
        )?;
        for (seq, envelope) in unsatisfied {
            writeln!(out, "✗ 第 {seq} 条：设备出示了回执，数据包尚未补回（{envelope}）")?;
            writeln!(out, "  entry {seq}: a device has its receipt, the envelope is not back ({envelope})")?;
        }
        for range in unknown {
            let (first, last) = (range.start(), range.end());
            let range = if first == last { first.to_string() } else { format!("{first}–{last}") };
            writeln!(out, "✗ 第 {range} 条：尚无设备补送（审定结论不由设备补送，须重新作出）")?;
            writeln!(
                out,
                "  entry {range}: no device has brought it (rulings do not come back and are made again)"
            )?;
        }
    }
    for Silent { device, name, owner } in &losses.silent {
        writeln!(
            out,
            "· 恢复后尚未连接：{owner} 的设备 {name}（{device}） · has not called since the restore"
        )?;
    }
    if losses.is_all_back() && !losses.logs.is_empty() {
        writeln!(out, "✓ 已知的条目均已补回 · all that is known of is back")?;
    }
    out.flush()
}

fn back_up_key(data: &Path, file: &Path) -> Result<(), Stop> {
    backup::back_up_key(data, file).map_err(Stop::of_backup)?;
    let mut out = io::stdout().lock();
    writeln!(out, "✓ 密钥已写入 {}。请离线妥善保管，不要与备份放在一起。", file.display())?;
    writeln!(out, "  the key is in {}: keep it in a safe, apart from the backups", file.display())?;
    Ok(())
}

async fn import_file(data: PathBuf, city_data: Option<PathBuf>, file: &Path) -> Result<(), Stop> {
    if !Vault::is_in(&data) {
        return Err(Stop::NoData(data));
    }
    let city_data = city_data.map_or(CityData::BuiltIn, CityData::Folder);
    let app = App::open(Config { city_data, ..Config::new(data) }).await?;
    let Imported { merged, held, refused, photos, photos_known, photos_refused } =
        import::import(&app, file).await.map_err(Stop::Import)?;
    let mut out = io::stdout().lock();
    writeln!(out, "数据包：已入库 {merged}，待审定 {held}，未收 {refused}")?;
    writeln!(out, "照片：收下 {photos}，原已有 {photos_known}，未收 {photos_refused}")?;
    writeln!(out, "envelopes: {merged} merged, {held} held, {refused} refused")?;
    writeln!(out, "photos: {photos} taken in, {photos_known} here before, {photos_refused} refused")?;
    Ok(())
}

fn verify_receipt(server_key: &str, file: &Path) -> Result<(), Stop> {
    let key = PublicKey::from_hex(server_key).ok_or(Stop::NoReceipts)?;
    let file: Receipts = serde_json::from_slice(&std::fs::read(file)?).map_err(|_| Stop::NoReceipts)?;
    let mut out = io::stdout().lock();
    let mut unproven = 0;
    for proven in file.prove(&key)? {
        match proven {
            Ok((envelope, verdict)) => {
                let body = envelope.body();
                let (n, doc, device) = (body.n, body.doc, body.device);
                let (zh, en) = outcome_said(&verdict.outcome);
                writeln!(out, "✓ 设备 {device} 第 {n} 个数据包（文档 {doc}）：{zh}")?;
                writeln!(out, "  envelope {n} of device {device}, document {doc}: {en}")?;
            }
            Err(error) => {
                unproven += 1;
                writeln!(out, "✗ 回执不成立 · {error}")?;
            }
        }
    }
    if unproven > 0 { Err(Stop::Unproven(unproven)) } else { Ok(()) }
}

fn outcome_said(outcome: &Outcome) -> (String, String) {
    match outcome {
        Outcome::Receipt { epoch, seq } => {
            (format!("已送达，流水号 {seq}（日志 {epoch}）"), format!("in the log as entry {seq} of {epoch}"))
        }
        Outcome::Held { epoch, seq, reason, .. } => (
            format!("已收存、待审定，流水号 {seq}（日志 {epoch}，{}）", reason.code()),
            format!("held as entry {seq} of {epoch}: {}", reason.code()),
        ),
        Outcome::Refused { reason } => {
            (format!("未收存（{}）", reason.code()), format!("refused: {}", reason.code()))
        }
        Outcome::Later => ("更新版本的回执".to_owned(), "of a later version".to_owned()),
    }
}

async fn print_setup_code(data: &Path) -> Result<(), Stop> {
    if !Vault::is_in(data) {
        return Err(Stop::NoData(data.to_owned()));
    }
    let vault = Vault::open(data)?;
    if !vault.is_untouched().await? {
        return Err(Stop::SetupDone);
    }
    let now_ms = Clock::System.now_ms();
    Ok(print_code(vault.setup_code_make(now_ms).await?.reveal())?)
}

fn print_code(code: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "初始化码（24 小时内有效，仅可使用一次）：{code}")?;
    writeln!(out, "Setup code (good for 24 hours, once): {code}")?;
    out.flush()
}
