use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

use crate::head::SCHEMA;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such item.
    #[error("not found")]
    NotFound,
    /// Somebody else was faster. Load again and decide again.
    #[error("somebody else was faster")]
    Conflict,
    /// Throttled, timed out, or unreachable: the same call may succeed later.
    #[error("the table is unavailable")]
    Unavailable(#[source] BoxError),
    /// A row of a task that a later version of the code wrote. That one can read it, and so may the next call.
    #[error("written by a later version: schema {schema}, and this one knows {SCHEMA}")]
    Newer { schema: u32 },
    /// An item that this version of the code cannot read or write: a person must look.
    #[error("an item cannot be read or written")]
    Corrupt(#[source] BoxError),
}

impl StoreError {
    pub(crate) fn corrupt(err: impl Into<BoxError>) -> Self {
        Self::Corrupt(err.into())
    }
}

/// Every call that fails without a meaning of its own is an outage, except what the service calls our mistake.
impl<E> From<SdkError<E>> for StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(err: SdkError<E>) -> Self {
        let code = err
            .as_service_error()
            .and_then(ProvideErrorMetadata::code)
            .unwrap_or_default()
            .to_owned();
        match code.as_str() {
            "ConditionalCheckFailedException" | "TransactionConflictException" => Self::Conflict,
            "ValidationException" | "ResourceNotFoundException" | "AccessDeniedException" => {
                Self::Corrupt(Box::new(err))
            }
            _ => Self::Unavailable(Box::new(err)),
        }
    }
}

/// A transaction that was called off: a failed condition or a race is a conflict, a throttled part an outage.
pub(crate) fn transaction_error(err: SdkError<TransactWriteItemsError>) -> StoreError {
    let any = |code: &str| codes(&err).any(|found| found == code);
    if any("ConditionalCheckFailed") || any("TransactionConflict") {
        return StoreError::Conflict;
    }
    if any("ValidationError") || any("ItemCollectionSizeLimitExceeded") {
        return StoreError::Corrupt(Box::new(err));
    }
    err.into()
}

/// Whether a transaction was called off for no other reason than that another one was at the same items.
pub(crate) fn met_another(err: &SdkError<TransactWriteItemsError>) -> bool {
    let mut codes = codes(err).filter(|code| *code != "None").peekable();
    codes.peek().is_some() && codes.all(|code| code == "TransactionConflict")
}

fn codes(err: &SdkError<TransactWriteItemsError>) -> impl Iterator<Item = &str> {
    let reasons = match err.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        Some(_) | None => &[],
    };
    reasons.iter().filter_map(|reason| reason.code())
}
