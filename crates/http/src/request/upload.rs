//! Uploaded files: streamed to disk as they come, bounded in size, and in time by the rate at which they come.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpMessage, HttpRequest, web};
use aws_lc_rs::digest::{Context, SHA256};
use futures_util::StreamExt;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    time::Instant,
};

use super::BodyDigest;
use crate::{
    app::Limits,
    problem::{Problem, ProblemCode},
};

/// The slowest upload that is waited for, in bytes a second: 64 MiB take half an hour at most.
const SLOWEST_RATE: f64 = 32.0 * 1024.0;
/// The most files of one upload.
const MOST_FILES: usize = 50;

/// A file that was uploaded; it lies on disk without a name and vanishes with this value.
pub struct UploadedFile {
    /// What the client calls it.
    pub name: String,
    file: File,
}

impl UploadedFile {
    /// The content.
    pub async fn read(mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.rewind().await?;
        self.file.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }
}

/// Receives the files of a `multipart/form-data` body; parts that are no files are passed over.
///
/// Like a JSON body it leaves its hash with the request, for idempotency keys.
pub async fn upload(request: &HttpRequest, payload: web::Payload) -> Result<Vec<UploadedFile>, Problem> {
    if !request.content_type().eq_ignore_ascii_case("multipart/form-data") {
        return Err(Problem::new(ProblemCode::UnsupportedMediaType).with_detail("multipart/form-data"));
    }
    let limits = request.app_data::<web::Data<Limits>>().map_or(Limits::DEFAULT, |data| ***data);
    let mut reception = Reception {
        began: Instant::now(),
        patience: limits.body_deadline,
        left: limits.upload_bytes,
        received: 0,
        digest: Context::new(&SHA256),
    };
    let mut parts = Multipart::new(request.headers(), payload);
    let mut files = Vec::new();
    while let Some(part) = reception.in_time(parts.next()).await? {
        let part = part.map_err(|error| malformed(&error))?;
        let name = part.content_disposition().and_then(|part| part.get_filename()).map(str::to_owned);
        let file = reception.receive(part, name.as_deref()).await?;
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            files.push(UploadedFile { name, file });
        }
        if files.len() > MOST_FILES {
            return Err(Problem::new(ProblemCode::BodyTooLarge).with_detail(format!("files: {MOST_FILES}")));
        }
    }
    if files.is_empty() {
        return Err(Problem::new(ProblemCode::UploadInvalid));
    }
    request.extensions_mut().insert(BodyDigest(format!("{:?}", reception.digest.finish())));
    Ok(files)
}

/// An upload under way.
struct Reception {
    began: Instant,
    patience: Duration,
    left: usize,
    received: usize,
    digest: Context,
}

impl Reception {
    /// Waits for more, as long as the upload is not slower than it may be.
    async fn in_time<T>(&self, more: impl Future<Output = T>) -> Result<T, Problem> {
        let received = u32::try_from(self.received).unwrap_or(u32::MAX);
        let deadline =
            self.began + self.patience + Duration::from_secs_f64(f64::from(received) / SLOWEST_RATE);
        let outcome = tokio::time::timeout_at(deadline, more).await;
        outcome.map_err(|_| Problem::new(ProblemCode::RequestTimeout))
    }

    /// Writes a part to disk.
    async fn receive(&mut self, mut part: Field, name: Option<&str>) -> Result<File, Problem> {
        let mut file = File::from_std(tempfile::tempfile().map_err(|error| disk(&error))?);
        self.digest.update(name.unwrap_or_default().as_bytes());
        while let Some(chunk) = self.in_time(part.next()).await? {
            let chunk = chunk.map_err(|error| malformed(&error))?;
            self.left =
                self.left.checked_sub(chunk.len()).ok_or_else(|| Problem::new(ProblemCode::BodyTooLarge))?;
            self.received += chunk.len();
            self.digest.update(&chunk);
            file.write_all(&chunk).await.map_err(|error| disk(&error))?;
        }
        file.flush().await.map_err(|error| disk(&error))?;
        Ok(file)
    }
}

fn malformed(error: &MultipartError) -> Problem {
    Problem::new(ProblemCode::UploadInvalid).with_detail(error.to_string())
}

fn disk(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload could not be written to disk");
    Problem::new(ProblemCode::Internal)
}
