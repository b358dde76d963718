//! The domain's port for passwords, served by [`PasswordHasher`].

use async_trait::async_trait;
use madang_domain::accounts::{self as domain, PasswordHash, PasswordVerdict, Passwords};

use crate::passwords::{HashError, PasswordHasher, PasswordPolicy, PasswordProblem, Verdict};

#[async_trait]
impl Passwords for PasswordHasher {
    fn check(&self, password: &str, context: &[&str]) -> Result<(), domain::PasswordProblem> {
        PasswordPolicy::check(password, context).map_err(|problem| match problem {
            PasswordProblem::TooShort => domain::PasswordProblem::TooShort,
            PasswordProblem::TooLong => domain::PasswordProblem::TooLong,
            PasswordProblem::TooCommon => domain::PasswordProblem::TooCommon,
            PasswordProblem::ContainsContext => domain::PasswordProblem::ContainsContext,
        })
    }

    async fn hash(&self, password: &str) -> Result<PasswordHash, domain::HashError> {
        Self::hash(self, password).await.map(PasswordHash).map_err(translate)
    }

    async fn verify(
        &self,
        password: &str,
        hash: &PasswordHash,
    ) -> Result<PasswordVerdict, domain::HashError> {
        match Self::verify(self, password, &hash.0).await {
            Ok(Verdict::Matches) => Ok(PasswordVerdict::Matches),
            Ok(Verdict::MatchesOutdated) => Ok(PasswordVerdict::MatchesOutdated),
            Ok(Verdict::Differs) => Ok(PasswordVerdict::Differs),
            Err(error) => Err(translate(error)),
        }
    }

    async fn verify_nothing(&self, password: &str) -> Result<(), domain::HashError> {
        self.verify_unknown(password).await.map_err(translate)
    }
}

fn translate(error: HashError) -> domain::HashError {
    match error {
        HashError::Busy { retry_after_s } => domain::HashError::Busy { retry_after_s },
        HashError::TooLong | HashError::Malformed | HashError::UnknownPepper | HashError::Failed => {
            tracing::error!(%error, "a password could not be hashed or compared");
            domain::HashError::Failed
        }
    }
}
