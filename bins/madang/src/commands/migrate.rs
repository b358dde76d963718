//! `madang migrate`.

use anyhow::Result;
use madang_persistence::MigrationState;

use crate::{cli::MigrateAction, console::say, settings::Settings, wiring::open_database};

pub async fn migrate(settings: Settings, action: MigrateAction) -> Result<()> {
    let database = open_database(&settings)?;
    match action {
        MigrateAction::Up => {
            let applied = database.migrations().run_pending().await?;
            for name in &applied {
                say(&format!("applied   {name}"));
            }
            if applied.is_empty() {
                say("The database is up to date.");
            }
        }
        MigrateAction::Down { n } => {
            for name in database.migrations().revert(n).await? {
                say(&format!("reverted  {name}"));
            }
        }
        MigrateAction::Status => {
            for one in database.migrations().status().await? {
                let state = match one.state {
                    MigrationState::Applied => "applied",
                    MigrationState::Pending => "pending",
                    MigrationState::Unknown => "unknown",
                };
                say(&format!("{state}  {}", one.name));
            }
        }
    }
    Ok(())
}
