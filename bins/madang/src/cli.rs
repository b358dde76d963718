//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Madang (마당): the backend of an organisation that runs courses, takes attendance and issues certificates.
///
/// Settings come from the environment and from a file `.env`; see `.env.example`. Without any, the data is in the
/// embedded database `data/madang.db`.
#[derive(Debug, Parser)]
#[command(name = "madang", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `madang` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API. Brings the database up to date first, and creates the first admin where there is none.
    Serve(ServeArgs),
    /// Do jobs (mails, notices, cleaning) without serving. Servers do them too, unless `JOB_CONCURRENCY` is 0.
    Worker,
    /// Bring the database up to date, take migrations back, or show where it stands.
    Migrate {
        /// What to do with the migrations.
        #[command(subcommand)]
        action: MigrateAction,
    },
    /// List or rotate the keys that sign access tokens.
    Keys {
        /// What to do with the keys.
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Create an account that may do everything.
    CreateAdmin(CreateAdminArgs),
    /// Import files: CSV per table, a `OneRoster` bundle, the Korean standard course list, or OULAD.
    Import(ImportArgs),
    /// Export every table as files that can be imported again.
    Export(ExportArgs),
    /// Seal the months of the ledger of marks that are over: a digest of each, chained to the one before.
    SealLedger,
    /// Check that the sealed months of the ledger of marks are what they were; ends with status 3 where they are not.
    VerifyLedger(VerifyLedgerArgs),
    /// Compare the counters of attendance with the marks, or remake them while servers go on.
    Statistics {
        /// What to do with the counters.
        #[command(subcommand)]
        action: StatisticsAction,
    },
    /// Print the `OpenAPI` document.
    Openapi {
        /// Print the table of problem codes (Markdown) in its place.
        #[arg(long)]
        errors: bool,
        /// Print the table of permissions (Markdown) in its place.
        #[arg(long, conflicts_with = "errors")]
        permissions: bool,
    },
    /// Check settings, database and clock, and say what to do about what is wrong.
    Doctor,
    /// Ask a running server whether it is ready; for container health checks.
    Healthcheck,
}

/// What to do with the counters of attendance.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum StatisticsAction {
    /// Compare every counter with the marks; ends with status 3 where one differs.
    Verify,
    /// Remake every counter from the marks.
    Rebuild,
}

/// What to check the ledger against.
#[derive(Debug, Args)]
pub struct VerifyLedgerArgs {
    /// A digest that was kept outside of the database: who can write there could make all digests anew.
    #[arg(long, value_name = "DIGEST")]
    pub expect: Option<String>,
}

/// How to serve.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Load a small Korean sample into an empty database.
    #[arg(long)]
    pub sample: bool,
}

/// What to do with the migrations.
#[derive(Debug, Subcommand)]
pub enum MigrateAction {
    /// Apply every pending migration.
    Up,
    /// Take the last N migrations back. Data in what they made is lost.
    Down {
        /// How many.
        n: usize,
    },
    /// List the migrations, applied and pending.
    Status,
}

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// List the keys: which signs, which comes next, which still verify.
    List,
    /// Let the next key sign from now on. Tokens of the one before hold until their time is over.
    Rotate,
    /// List the keys that sign certificates as credentials; makes the first one.
    ListIssuer,
    /// Let a new key sign certificates as credentials from now on. What the ones before signed is verified with them for good.
    RotateIssuer,
}

/// Who the new admin is.
#[derive(Debug, Args)]
pub struct CreateAdminArgs {
    /// The name to sign in with.
    #[arg(long, default_value = "admin")]
    pub username: String,
    /// What the admin is called.
    #[arg(long, default_value = "관리자")]
    pub name: String,
    /// Read the password from standard input in place of making up a random one.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What to import.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file, a zip archive, or a folder of files that belong together.
    pub path: PathBuf,
    /// What it is; found out where it is not said.
    #[arg(long, value_enum)]
    pub format: Option<ImportFormat>,
    /// Check everything and keep nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Keep the good rows where others are bad; otherwise one bad row keeps all out.
    #[arg(long)]
    pub skip_bad_rows: bool,
    /// A file of days without lectures, one `YYYY-MM-DD` a line, for formats that give weekdays.
    #[arg(long)]
    pub holidays: Option<PathBuf>,
}

/// The formats that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// Our own CSV or XLSX per table.
    Tables,
    /// A `OneRoster` or School Data Sync bundle.
    Oneroster,
    /// The Korean open-data standard of lifelong-learning courses.
    KoreanStandard,
    /// The Open University Learning Analytics Dataset, mapped.
    Oulad,
}

/// Where to export to.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The folder; made where it does not exist.
    #[arg(long)]
    pub out: PathBuf,
    /// The form of the files.
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
}

/// The forms of exported files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Comma-separated values, UTF-8 with a BOM.
    Csv,
    /// Spreadsheets.
    Xlsx,
}
