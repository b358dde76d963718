//! Mails laid down as files, for installations without a mail server and for a first look.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use madang_domain::{
    ids::JobId,
    jobs::{JobFailure, JobOutcome},
    mail::{MailMessage, Mailer},
};
use tokio::{fs, io::AsyncWriteExt};

use super::Sender;

/// Writes each mail into a folder as `<id>.eml`, readable by the server's user only.
#[derive(Debug, Clone)]
pub struct FolderMailer {
    folder: PathBuf,
    sender: Sender,
}

impl FolderMailer {
    /// Writes into `folder`, which is made when the first mail comes.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender) -> Self {
        Self { folder: folder.into(), sender }
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, id: JobId, message: &MailMessage) -> JobOutcome {
        let letter = self.sender.letter(id, message)?.formatted();
        lay_down(&self.folder, id, &letter)
            .await
            .map_err(|error| JobFailure::temporary(format!("the mail can't be written: {}", error.kind())))
    }
}

/// Under another name until it is whole; a repetition takes the place of what was there.
async fn lay_down(folder: &Path, id: JobId, letter: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(folder).await?;
    let unfinished = folder.join(format!(".{id}.eml"));
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&unfinished).await?;
    file.write_all(letter).await?;
    file.sync_all().await?;
    fs::rename(unfinished, folder.join(format!("{id}.eml"))).await
}
