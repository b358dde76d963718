//! The files of one import: a single file, a folder or a zip archive, in memory.
//!
//! Nothing is ever unpacked to disk. Limits hold for what comes *out* of an archive, counted while it is read, because
//! the sizes that an archive claims may lie. Only `.csv` and
//! `.xlsx` files of a folder or archive are taken. A workbook is an archive too, and is held to the same limits.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::workbook::is_workbook;

const ARCHIVE: &[u8] = b"PK\x03\x04";

/// How much is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of a folder or archive, of any kind.
    pub entries: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// 200 entries, 64 MiB for a file, 256 MiB in all.
    fn default() -> Self {
        Self { entries: 200, file_bytes: 64 << 20, total_bytes: 256 << 20 }
    }
}

/// A file with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The name as a person would say it, without the folders around it.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The files of one import, ordered by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    files: Vec<SourceFile>,
}

/// The files cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file system refused.
    #[error("cannot read the files")]
    Io(#[from] io::Error),
    /// Not a readable zip archive, or an encrypted one.
    #[error("the archive cannot be read")]
    Archive(#[from] ZipError),
    /// More entries than allowed.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// [`Limits::entries`].
        limit: usize,
    },
    /// A file, or all files together, hold more bytes than allowed.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: u64,
    },
    /// An entry's name points outside the archive.
    #[error("an entry of the archive points outside of it")]
    UnsafeEntry,
    /// Two files of one name would shadow each other.
    #[error("two files have the same name")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// There is no CSV file and no workbook.
    #[error("there is no CSV or XLSX file")]
    Empty,
}

impl Bundle {
    /// Reads a file, a zip archive or the CSV and XLSX files of a folder (not of the folders inside it).
    ///
    /// # Errors
    ///
    /// Any [`BundleError`].
    pub fn from_path(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        if path.is_dir() {
            return Self::from_folder(path, limits);
        }
        let file = File::open(path)?;
        let mut budget = Budget::new(limits);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = budget.read(file)?;
        Self::from_bytes(&name, bytes, limits)
    }

    /// Takes an uploaded file, or the CSV and XLSX files of an uploaded zip archive.
    ///
    /// # Errors
    ///
    /// Any [`BundleError`] but [`BundleError::Io`].
    pub fn from_bytes(name: &str, bytes: Vec<u8>, limits: &Limits) -> Result<Self, BundleError> {
        if bytes.starts_with(ARCHIVE) && !is_workbook(&bytes) {
            return Self::from_archive(Cursor::new(bytes), limits);
        }
        Budget::new(limits).check_workbook(&bytes)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > limits.file_bytes {
            return Err(BundleError::TooLarge { limit: limits.file_bytes });
        }
        Self::new(vec![SourceFile { name: base_name(name).to_owned(), bytes }])
    }

    /// Takes uploaded files, each a file of its own or a zip archive of some.
    ///
    /// # Errors
    ///
    /// Any [`BundleError`] but [`BundleError::Io`].
    pub fn from_uploads(uploads: Vec<SourceFile>, limits: &Limits) -> Result<Self, BundleError> {
        let mut files = Vec::new();
        let mut left = limits.total_bytes;
        for upload in uploads {
            let limits = Limits { total_bytes: left, ..*limits };
            let bundle = Self::from_bytes(&upload.name, upload.bytes, &limits)?;
            for file in &bundle.files {
                let length = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
                left = left.checked_sub(length).ok_or(BundleError::TooLarge { limit: limits.total_bytes })?;
            }
            files.extend(bundle.files);
        }
        if files.len() > limits.entries {
            return Err(BundleError::TooManyEntries { limit: limits.entries });
        }
        Self::new(files)
    }

    /// Takes files that are already at hand.
    ///
    /// # Errors
    ///
    /// [`BundleError::Empty`] and [`BundleError::DuplicateName`].
    pub fn new(mut files: Vec<SourceFile>) -> Result<Self, BundleError> {
        files.sort_by(|left, right| left.name.cmp(&right.name));
        let repeated = files.iter().zip(files.iter().skip(1)).find(|(left, right)| left.name == right.name);
        if let Some((file, _)) = repeated {
            return Err(BundleError::DuplicateName { name: file.name.clone() });
        }
        if files.is_empty() { Err(BundleError::Empty) } else { Ok(Self { files }) }
    }

    /// The files, ordered by name.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    pub(crate) fn into_files(self) -> Vec<SourceFile> {
        self.files
    }

    fn from_folder(folder: &Path, limits: &Limits) -> Result<Self, BundleError> {
        let mut budget = Budget::new(limits);
        let mut files = Vec::new();
        for (index, entry) in folder.read_dir()?.enumerate() {
            if index >= limits.entries {
                return Err(BundleError::TooManyEntries { limit: limits.entries });
            }
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if is_wanted(&name) && path.is_file() {
                files.push(SourceFile { name, bytes: budget.read_file(File::open(path)?)? });
            }
        }
        Self::new(files)
    }

    fn from_archive<R: Read + Seek>(reader: R, limits: &Limits) -> Result<Self, BundleError> {
        let mut archive = ZipArchive::new(reader)?;
        if archive.len() > limits.entries {
            return Err(BundleError::TooManyEntries { limit: limits.entries });
        }
        let mut budget = Budget::new(limits);
        let mut files = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index(index)?;
            let path = entry.enclosed_name().ok_or(BundleError::UnsafeEntry)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entry.is_file() && is_wanted(&name) && !path.starts_with("__MACOSX") {
                files.push(SourceFile { name, bytes: budget.read_file(entry)? });
            }
        }
        Self::new(files)
    }
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn is_wanted(name: &str) -> bool {
    !name.starts_with('.')
        && Path::new(name).extension().is_some_and(|extension| {
            extension.eq_ignore_ascii_case("csv") || extension.eq_ignore_ascii_case("xlsx")
        })
}

/// What may still be read.
struct Budget {
    file_bytes: u64,
    total_bytes: u64,
    left: u64,
}

impl Budget {
    fn new(limits: &Limits) -> Self {
        Self { file_bytes: limits.file_bytes, total_bytes: limits.total_bytes, left: limits.total_bytes }
    }

    /// Reads a file, and sees to it that a workbook does not unpack to too much.
    fn read_file(&mut self, reader: impl Read) -> Result<Vec<u8>, BundleError> {
        let bytes = self.read(reader)?;
        self.check_workbook(&bytes)?;
        Ok(bytes)
    }

    /// Unpacks a workbook to nowhere, counting.
    fn check_workbook(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        if !is_workbook(bytes) {
            return Ok(());
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes))?;
        for index in 0..archive.len() {
            let allowed = self.left;
            let mut entry = archive.by_index(index)?.take(allowed.saturating_add(1));
            let length = io::copy(&mut entry, &mut io::sink())?;
            if length > allowed {
                return Err(BundleError::TooLarge { limit: self.total_bytes });
            }
            self.left -= length;
        }
        Ok(())
    }

    fn read(&mut self, reader: impl Read) -> Result<Vec<u8>, BundleError> {
        let allowed = self.file_bytes.min(self.left);
        let mut bytes = Vec::new();
        let length = u64::try_from(reader.take(allowed.saturating_add(1)).read_to_end(&mut bytes)?);
        let length = length.unwrap_or(u64::MAX);
        if length > allowed {
            let limit = if allowed == self.file_bytes { self.file_bytes } else { self.total_bytes };
            return Err(BundleError::TooLarge { limit });
        }
        self.left -= length;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_gives_its_csv_files_by_base_name() {
        let bytes = archive(&[
            ("export/users.csv", b"u"),
            ("export/courses.CSV", b"c"),
            ("README.txt", b"-"),
            ("__MACOSX/export/._users.csv", b"-"),
        ]);
        let bundle = Bundle::from_bytes("roster.zip", bytes, &Limits::default()).unwrap();
        let names: Vec<_> = bundle.files().iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["courses.CSV", "users.csv"]);
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused() {
        let limits = Limits { entries: 3, file_bytes: 1_000, total_bytes: 1_500 };
        let large = vec![b'a'; 100_000];
        let error = Bundle::from_bytes("a.zip", archive(&[("a.csv", &large)]), &limits).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge { limit: 1_000 }));

        let part = vec![b'a'; 900];
        let error = Bundle::from_bytes("a.zip", archive(&[("a.csv", &part), ("b.csv", &part)]), &limits);
        assert!(matches!(error.unwrap_err(), BundleError::TooLarge { limit: 1_500 }));

        let many: Vec<_> = ["a.csv", "b.csv", "c.csv", "d.txt"].map(|name| (name, b"x".as_slice())).into();
        let error = Bundle::from_bytes("a.zip", archive(&many), &limits).unwrap_err();
        assert!(matches!(error, BundleError::TooManyEntries { limit: 3 }));
    }

    #[test]
    fn a_workbook_is_one_file_and_may_not_unpack_to_too_much() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.add_worksheet().write_string(0, 0, "가".repeat(30_000)).unwrap();
        let bytes = workbook.save_to_buffer().unwrap();
        let bundle = Bundle::from_bytes("table.xlsx", bytes.clone(), &Limits::default()).unwrap();
        assert_eq!(bundle.files().len(), 1);
        let limits = Limits { total_bytes: 90_000, ..Limits::default() };
        assert!(matches!(
            Bundle::from_bytes("table.xlsx", bytes.clone(), &limits).unwrap_err(),
            BundleError::TooLarge { limit: 90_000 }
        ));
        let nested = archive(&[("table.xlsx", &bytes)]);
        assert!(matches!(
            Bundle::from_bytes("a.zip", nested, &limits).unwrap_err(),
            BundleError::TooLarge { limit: 90_000 }
        ));
    }

    #[test]
    fn uploads_are_files_and_archives_within_one_limit() {
        let upload = |name: &str, bytes: Vec<u8>| SourceFile { name: name.into(), bytes };
        let uploads = || {
            vec![
                upload("more.zip", archive(&[("x/users.csv", b"u"), ("x/courses.csv", &[b'c'; 50])])),
                upload("C:\\files\\classes.csv", vec![b'k'; 50]),
            ]
        };
        let bundle = Bundle::from_uploads(uploads(), &Limits::default()).unwrap();
        let names: Vec<_> = bundle.files().iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["classes.csv", "courses.csv", "users.csv"]);
        let limits = Limits { total_bytes: 100, ..Limits::default() };
        let error = Bundle::from_uploads(uploads(), &limits).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge { .. }));
        let limits = Limits { entries: 2, ..Limits::default() };
        let error = Bundle::from_uploads(uploads(), &limits).unwrap_err();
        assert!(matches!(error, BundleError::TooManyEntries { limit: 2 }));
    }

    #[test]
    fn an_entry_that_points_outside_is_refused() {
        let error = Bundle::from_bytes("a.zip", archive(&[("../../users.csv", b"u")]), &Limits::default());
        assert!(matches!(error.unwrap_err(), BundleError::UnsafeEntry));
    }

    #[test]
    fn files_of_one_name_and_archives_without_csv_are_refused() {
        let limits = Limits::default();
        let twice = archive(&[("a/users.csv", b"u"), ("b/users.csv", b"u")]);
        assert!(matches!(
            Bundle::from_bytes("a.zip", twice, &limits).unwrap_err(),
            BundleError::DuplicateName { name } if name == "users.csv"
        ));
        let none = archive(&[("LICENSE.txt", b"-")]);
        assert!(matches!(Bundle::from_bytes("a.zip", none, &limits).unwrap_err(), BundleError::Empty));
    }
}
