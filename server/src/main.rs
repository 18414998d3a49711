//! The `rounds-server` command.

use std::{
    io::{self, Write as _},
    net::TcpListener,
    path::Path,
    process::ExitCode,
};

use clap::Parser as _;
use rounds_server::{
    app::{App, StartError},
    config::{Command, CommandLine, Config, ServeArguments},
    demo, router, serve,
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
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref() {
            Some(StartError::DataInUse(folder)) => Self::DataInUse(folder.clone()),
            _ => Self::Other(error),
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

async fn print_setup_code(data: &Path) -> Result<(), Stop> {
    if !Vault::is_in(data) {
        return Err(Stop::NoData(data.to_owned()));
    }
    let vault = Vault::open(data)?;
    if !vault.is_untouched().await? {
        return Err(Stop::SetupDone);
    }
    let now_ms = rounds_server::clock::Clock::System.now_ms();
    Ok(print_code(vault.setup_code_make(now_ms).await?.reveal())?)
}

fn print_code(code: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "初始化码（24 小时内有效，仅可使用一次）：{code}")?;
    writeln!(out, "Setup code (good for 24 hours, once): {code}")?;
    out.flush()
}
