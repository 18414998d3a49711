//! The `rounds-server` command.

use std::{
    io::{self, Write as _},
    net::TcpListener,
    path::Path,
    process::ExitCode,
};

use clap::Parser as _;
use rounds_server::{
    app::{self, App, LOG_FILE, StartError},
    backup::{self, BackupError},
    check::{self, Fault, Report},
    clock::Clock,
    config::{Command, CommandLine, Config, ServeArguments},
    demo,
    intake::KeeperError,
    log::LogError,
    router, serve,
    telemetry::{self, chain},
    vault::Vault,
};
use rounds_shared::permission::Role;

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
        Command::Restore { data, photos, key, file } => {
            restore(&data, &file, photos.as_deref(), key.as_deref())
        }
        Command::BackupKey { data, file } => back_up_key(&data, &file),
        Command::SetupCode { data } => runtime.block_on(print_setup_code(&data)),
    };
    done.map_or_else(|stop| failed(&stop), |()| ExitCode::SUCCESS)
}

/// Why the command ends without having done what it was told.
enum Stop {
    PortTaken(std::net::SocketAddr),
    DataInUse(std::path::PathBuf),
    NoData(std::path::PathBuf),
    SetupDone,
    Faults,
    LogDamaged { seq: u64, what: &'static str },
    RestoreUnfinished(std::path::PathBuf),
    Backup(BackupError),
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref() {
            Some(StartError::DataInUse(folder)) => Self::DataInUse(folder.clone()),
            Some(StartError::Log(KeeperError::Log(LogError::Damaged { seq, what }))) => {
                Self::LogDamaged { seq: *seq, what }
            }
            Some(StartError::RestoreUnfinished(folder)) => Self::RestoreUnfinished(folder.clone()),
            _ => Self::Other(error),
        }
    }
}

impl Stop {
    /// A backup's error, where it is not the same as that of a start.
    fn of_backup(error: BackupError) -> Self {
        match error {
            BackupError::NoData(folder) => Self::NoData(folder),
            BackupError::Start(error) => error.into(),
            error => Self::Backup(error),
        }
    }
}

fn failed(stop: &Stop) -> ExitCode {
    let (zh, en) = match stop {
        Stop::PortTaken(address) => (
            format!("地址 {address} 已被占用。请停止占用该端口的程序，或用 --listen 指定其他端口。"),
            format!(
                "{address} is taken. Stop the program that uses the port, or name another with --listen."
            ),
        ),
        Stop::DataInUse(folder) => (
            format!("数据目录 {} 正被另一个服务进程使用。", folder.display()),
            format!("Another server uses the data folder {}.", folder.display()),
        ),
        Stop::NoData(folder) => (
            format!("目录 {} 中没有服务数据。请先用 serve 启动一次。", folder.display()),
            format!("There is no server's data in {}. Start it once with serve.", folder.display()),
        ),
        Stop::SetupDone => (
            "管理员已经建立，不再需要初始化码。".to_owned(),
            "There is an administrator already: no setup code is needed.".to_owned(),
        ),
        Stop::Faults => (
            "数据有上列问题。日志和照片的问题请用备份恢复；视图的问题可用 rebuild 修复。".to_owned(),
            "The data has the faults above. Restore log and photos from a backup; rebuild puts views right."
                .to_owned(),
        ),
        Stop::LogDamaged { seq, what } => (
            format!(
                "日志第 {seq} 条已损坏（{what}），服务不启动，以免在损坏的日志上继续写入。请运行 check 查看哪些可以挽回，并用备份恢复。"
            ),
            format!(
                "Entry {seq} of the log is damaged: {what}. The server does not start, so that nothing is written on top of it. Run check to see what can be saved, and restore a backup."
            ),
        ),
        Stop::RestoreUnfinished(folder) => (
            format!("数据目录 {} 的恢复中途中断，请重新执行 restore。原有数据已移入 before-restore 目录，没有删除。", folder.display()),
            format!("Restoring into {} was cut off: run restore again. What was there before is in a before-restore folder, nothing was deleted.", folder.display()),
        ),
        Stop::Backup(BackupError::Key) => (
            "没有与该备份相符的服务密钥。请用 --key 指定密钥备份文件（由 backup-key 生成）。".to_owned(),
            "The server's key that belongs to this backup is not there. Name its file with --key (backup-key wrote it)."
                .to_owned(),
        ),
        Stop::Backup(BackupError::NotWhole(what)) => (
            "备份文件不完整或已被改动，没有恢复任何内容。请换用另一份备份。".to_owned(),
            format!("The backup is not whole: {what}. Nothing was restored; use another one."),
        ),
        Stop::Backup(BackupError::Later(form)) => (
            format!("备份文件由更新的版本生成（格式 {form}），请先升级服务程序。"),
            format!("The backup was made by a later version (form {form}): update the server first."),
        ),
        Stop::Backup(BackupError::Damaged { seq, what }) => (
            format!("日志第 {seq} 条已损坏（{what}），没有生成备份，已有的备份保持不变。请运行 check。"),
            format!("Entry {seq} of the log is damaged: {what}. No backup was made, and older ones are as they were. Run check."),
        ),
        Stop::Backup(error) => {
            let chain = chain(error);
            (format!("没有完成：{chain}"), format!("Not done: {chain}"))
        }
        Stop::Other(error) => {
            let chain = chain(error.as_ref());
            (format!("无法运行：{chain}"), format!("Cannot run: {chain}"))
        }
    };
    eprintln!("{zh}\n{en}");
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
    let Report { entries, envelopes, photos, photos_awaited, faults } = report;
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
    if faults.is_empty() {
        writeln!(out, "✓ 数据完好 · all of it is as it was written")?;
        return Ok(());
    }
    Err(Stop::Faults)
}

fn said(fault: &Fault) -> (String, String) {
    match fault {
        Fault::Entry { seq, what, sound_after } => (
            format!(
                "日志第 {seq} 条与校验值不符（{what}）；此前全部完好，从该条起仍可读取且签名有效 {sound_after} 条"
            ),
            format!(
                "entry {seq} does not match: {what}; all before it is sound, and {sound_after} from there on can be read and hold"
            ),
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

fn back_up_key(data: &Path, file: &Path) -> Result<(), Stop> {
    backup::back_up_key(data, file).map_err(Stop::of_backup)?;
    let mut out = io::stdout().lock();
    writeln!(out, "✓ 密钥已写入 {}。请离线妥善保管，不要与备份放在一起。", file.display())?;
    writeln!(out, "  the key is in {}: keep it in a safe, apart from the backups", file.display())?;
    Ok(())
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
