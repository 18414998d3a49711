//! What the server is told when it starts: the arguments as typed, and the checked configuration.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::{clock::Clock, telemetry::LogForm};

/// How long a session may be left alone, in minutes, when nothing else is said.
pub const SESSION_IDLE_MINUTES: u32 = 30;
/// How long a session lasts at most, in milliseconds: a working day and no longer.
pub const SESSION_MS_MAX: i64 = 12 * 60 * 60 * 1000;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "rounds-server", version, about = "巡访服务器 · The city server of Rounds")]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the command can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 启动服务 · Serves the console and the devices until it is told to stop.
    Serve(ServeArguments),
    /// 检查数据 · Proves log, views and photos against each other; a running server goes on meanwhile.
    Check {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
    },
    /// 重建视图 · Drops every view and computes it again from the log; the server must be stopped.
    Rebuild {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
    },
    /// 备份 · Writes a backup file and proves it by reading it again; a running server goes on meanwhile.
    Backup {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
        /// A folder that photos are copied into, those that it lacks.
        #[arg(long)]
        photos: Option<PathBuf>,
        /// The file to write.
        file: PathBuf,
    },
    /// 恢复 · Restores a backup into a data folder; what was there is set aside. The server must be stopped.
    Restore {
        /// The folder that is to hold the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
        /// The folder that photos were copied into.
        #[arg(long)]
        photos: Option<PathBuf>,
        /// The backup of the server's key, when the data folder has lost it.
        #[arg(long)]
        key: Option<PathBuf>,
        /// Goes on printing what devices bring back, until nothing is missing any more.
        #[arg(long)]
        follow: bool,
        /// The backup file.
        file: PathBuf,
    },
    /// 补回情况 · Prints what restores have lost and what of it devices have brought back. The server may be running.
    Restored {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
        /// Prints it again whenever it changes, until nothing is missing any more.
        #[arg(long)]
        follow: bool,
    },
    /// 备份密钥 · Writes the server's key into a file of its own: keep it in a safe, apart from the backups.
    BackupKey {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
        /// The file to write.
        file: PathBuf,
    },
    /// 核对回执 · Checks a file of receipts that a device exported; needs neither data nor connection.
    VerifyReceipt {
        /// The server's public key, in hexadecimal, as `GET /v1/server` and every backup say it.
        #[arg(long)]
        server_key: String,
        /// The file.
        file: PathBuf,
    },
    /// 导入设备文件 · Takes in the file of a device that can no longer connect (its sync screen writes it); twice is harmless.
    /// The server must be stopped.
    Import {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
        /// As for serve: a folder with another city's data instead of the built-in.
        #[arg(long, env = "ROUNDS_CITY_DATA")]
        city_data: Option<PathBuf>,
        /// The file.
        file: PathBuf,
    },
    /// 接口文档 · Prints the OpenAPI document of the JSON endpoints.
    Openapi,
    /// 初始化码 · Prints a new one-time code for making the first administrator.
    SetupCode {
        /// The folder that holds the city's data.
        #[arg(long, env = "ROUNDS_DATA")]
        data: PathBuf,
    },
}

/// The arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// The folder that holds everything the server keeps; made when it is not there.
    #[arg(long, env = "ROUNDS_DATA")]
    pub data: PathBuf,
    /// Where to listen.
    #[arg(long, env = "ROUNDS_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Starts with the demonstration city: people, assignments and inspections to try things with.
    #[arg(long, env = "ROUNDS_DEMO")]
    pub demo: bool,
    /// A folder with another city's areas, templates and deadlines instead of the built-in ones.
    #[arg(long, env = "ROUNDS_CITY_DATA")]
    pub city_data: Option<PathBuf>,
    /// A PEM file with the certificate chain: the server then speaks HTTPS itself.
    #[arg(long, env = "ROUNDS_TLS_CERT", requires = "tls_key", conflicts_with = "behind_proxy")]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with the certificate's private key.
    #[arg(long, env = "ROUNDS_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front speaks HTTPS: cookies are for HTTPS only, and addresses come from X-Forwarded-For.
    #[arg(long, env = "ROUNDS_BEHIND_PROXY")]
    pub behind_proxy: bool,
    /// After how many minutes without a request a person must sign in again.
    #[arg(long, env = "ROUNDS_SESSION_MINUTES", default_value_t = SESSION_IDLE_MINUTES,
          value_parser = clap::value_parser!(u32).range(1..=720))]
    pub session_minutes: u32,
    /// What to log: `info`, or directives such as `info,rounds_server=debug`.
    #[arg(long, env = "ROUNDS_LOG", default_value = "info")]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "ROUNDS_LOG_FORM", value_enum, default_value_t = LogForm::Text)]
    pub log_form: LogForm,
}

/// How requests reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Plain HTTP: for one machine, or a network that is trusted.
    Plain,
    /// Plain HTTP from a proxy that speaks HTTPS to everybody else.
    BehindProxy,
    /// HTTPS.
    Tls {
        /// The certificate chain's file.
        cert: PathBuf,
        /// The private key's file.
        key: PathBuf,
    },
}

impl Transport {
    /// Whether everybody outside speaks HTTPS to it.
    pub fn is_secure(&self) -> bool {
        match self {
            Transport::Plain => false,
            Transport::BehindProxy | Transport::Tls { .. } => true,
        }
    }

    /// The scheme of the address it listens at.
    pub fn scheme(&self) -> &'static str {
        match self {
            Transport::Plain | Transport::BehindProxy => "http",
            Transport::Tls { .. } => "https",
        }
    }
}

/// Which city data a first start registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CityData {
    /// What is built in.
    BuiltIn,
    /// A folder.
    Folder(PathBuf),
}

/// The configuration of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds everything the server keeps.
    pub data: PathBuf,
    /// Whether to start with the demonstration city.
    pub demo: bool,
    /// Which city.
    pub city_data: CityData,
    /// How requests reach it.
    pub transport: Transport,
    /// How long a session may be left alone, in milliseconds.
    pub session_idle_ms: i64,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Config {
    /// A server with its data in a folder and everything else as when nothing is said.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            demo: false,
            city_data: CityData::BuiltIn,
            transport: Transport::Plain,
            session_idle_ms: minutes_ms(SESSION_IDLE_MINUTES),
            clock: Clock::System,
        }
    }
}

impl From<ServeArguments> for Config {
    fn from(arguments: ServeArguments) -> Self {
        let transport = match (arguments.tls_cert, arguments.tls_key, arguments.behind_proxy) {
            (Some(cert), Some(key), _) => Transport::Tls { cert, key },
            (_, _, true) => Transport::BehindProxy,
            (_, _, false) => Transport::Plain,
        };
        Self {
            demo: arguments.demo,
            city_data: arguments.city_data.map_or(CityData::BuiltIn, CityData::Folder),
            transport,
            session_idle_ms: minutes_ms(arguments.session_minutes),
            ..Self::new(arguments.data)
        }
    }
}

fn minutes_ms(minutes: u32) -> i64 {
    i64::from(minutes) * 60 * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arguments: &[&str]) -> Result<Config, clap::Error> {
        let line = ["rounds-server", "serve", "--data", "d"].iter().chain(arguments);
        match CommandLine::try_parse_from(line)?.command {
            Command::Serve(arguments) => Ok(arguments.into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_certificate_needs_its_key_and_excludes_a_proxy() {
        assert_eq!(config(&[]).unwrap().transport, Transport::Plain);
        assert_eq!(config(&["--behind-proxy"]).unwrap().transport, Transport::BehindProxy);
        assert!(config(&["--tls-cert", "c", "--tls-key", "k"]).unwrap().transport.is_secure());
        assert!(config(&["--tls-cert", "c"]).is_err());
        assert!(config(&["--tls-cert", "c", "--tls-key", "k", "--behind-proxy"]).is_err());
    }
}
