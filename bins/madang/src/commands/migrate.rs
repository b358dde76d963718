//! `madang migrate`.

use anyhow::Result;

use crate::{cli::MigrateAction, console::say, settings::Settings, wiring::open_database};

pub async fn migrate(settings: Settings, action: MigrateAction) -> Result<()> {
    let database = open_database(&settings).await?;
    match action {
        MigrateAction::Up => {
            let applied = database.migrate_up().await?;
            for name in &applied {
                say(&format!("applied   {name}"));
            }
            if applied.is_empty() {
                say("The database is up to date.");
            }
        }
        MigrateAction::Down { n } => {
            for name in database.migrate_down(n).await? {
                say(&format!("reverted  {name}"));
            }
        }
        MigrateAction::Status => {
            for (name, applied) in database.migrations().await? {
                say(&format!("{}  {name}", if applied { "applied" } else { "pending" }));
            }
        }
    }
    Ok(())
}
