use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

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
    let reasons = match err.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        Some(_) | None => &[],
    };
    let codes = || reasons.iter().filter_map(|reason| reason.code());
    if codes().any(|code| code == "ConditionalCheckFailed" || code == "TransactionConflict") {
        return StoreError::Conflict;
    }
    if codes().any(|code| code == "ValidationError" || code == "ItemCollectionSizeLimitExceeded") {
        return StoreError::Corrupt(Box::new(err));
    }
    err.into()
}
