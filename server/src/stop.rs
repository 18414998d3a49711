//! Why a command ends without having done what it was told, for the person at the terminal.

use std::fmt;

use crate::{
    app::StartError,
    backup::BackupError,
    import::ImportError,
    intake::KeeperError,
    log::{LogError, is_unreadable},
    telemetry::chain,
};

/// Why the command ends without having done what it was told.
#[derive(Debug)]
pub enum Stop {
    /// Somebody else listens there.
    PortTaken(std::net::SocketAddr),
    /// Another server uses the data folder.
    DataInUse(std::path::PathBuf),
    /// There is no server's data in the folder.
    NoData(std::path::PathBuf),
    /// There is an administrator already.
    SetupDone,
    /// What was checked has faults.
    Faults,
    /// The log is not as it was written.
    LogDamaged {
        /// Which entry.
        seq: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A database's file cannot be read.
    FileDamaged(String),
    /// A restore was cut off.
    RestoreUnfinished(std::path::PathBuf),
    /// A backup was not made or restored.
    Backup(BackupError),
    /// What was given is no file of receipts, or no key.
    NoReceipts,
    /// So many receipts do not hold.
    Unproven(usize),
    /// A device's file was not taken in.
    Import(ImportError),
    /// Whatever else.
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
            _ => {
                let by_sqlite = error.chain().filter_map(|cause| cause.downcast_ref());
                match by_sqlite.filter(|cause| is_unreadable(cause)).map(ToString::to_string).next() {
                    Some(what) => Self::FileDamaged(what),
                    None => Self::Other(error),
                }
            }
        }
    }
}

impl Stop {
    /// A backup's error, where it is not the same as that of a start.
    pub fn of_backup(error: BackupError) -> Self {
        match error {
            BackupError::NoData(folder) => Self::NoData(folder),
            BackupError::Start(error) => error.into(),
            error => Self::Backup(error),
        }
    }
}

/// Says it in both languages.
impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (zh, en) = match self {
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
        Stop::FileDamaged(what) => (
            format!(
                "数据库文件已损坏，无法读取（{what}），服务不启动，以免在损坏的数据上继续写入。请运行 check 查看哪些可以挽回，并用备份恢复。"
            ),
            format!(
                "A database's file is damaged and cannot be read: {what}. The server does not start, so that nothing is written on top of it. Run check to see what can be saved, and restore a backup."
            ),
        ),
        Stop::RestoreUnfinished(folder) => (
            format!("数据目录 {} 的恢复中途中断，请重新执行 restore。原有数据已移入 before-restore 目录，没有删除。", folder.display()),
            format!("Restoring into {} was cut off: run restore again. What was there before is in a before-restore folder, nothing was deleted.", folder.display()),
        ),
        Stop::NoReceipts => (
            "文件或公钥无法识别：需要设备导出的回执文件，以及 64 位十六进制的服务公钥。".to_owned(),
            "The file or the key cannot be read: a file of receipts that a device exported is needed, and the server's public key in 64 hexadecimal digits."
                .to_owned(),
        ),
        Stop::Import(ImportError::NoExport) => (
            "这不是设备导出的文件，或由更新版本的应用导出。没有导入任何内容。".to_owned(),
            "This is no file that a device exported, or one of a later version. Nothing was imported.".to_owned(),
        ),
        Stop::Import(ImportError::OtherCity(city)) => (
            format!("该文件属于另一个城市（{city}）。没有导入任何内容。"),
            format!("The file is of another city ({city}). Nothing was imported."),
        ),
        Stop::Import(error) => (
            "导入中断。已导入的部分有效，排除故障后可重新导入同一文件。".to_owned(),
            format!("The import broke off: {}. What was taken in stays; import the same file again.", chain(error)),
        ),
        Stop::Unproven(count) => {
            (format!("有 {count} 份回执不成立。"), format!("{count} receipts do not hold."))
        }
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
        write!(formatter, "{zh}\n{en}")
    }
}
