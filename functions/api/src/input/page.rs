use domain::limits::{DEFAULT_PAGE, PAGE};
use utoipa::IntoParams;

use super::{FromQuery, Params, values::whole};

/// Which page of a list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next_cursor` of the page before.
    #[param(max_length = 500)]
    pub(crate) cursor: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<usize>,
}

impl FromQuery for PageQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            cursor: params.optional("cursor", |text| Ok(text.to_owned())),
            limit: params.optional("limit", whole(PAGE)),
        }
    }
}

impl PageQuery {
    pub(crate) fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_PAGE)
    }
}
