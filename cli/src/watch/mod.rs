//! Following a task until it is over, on whatever wire there is.

mod fold;
mod live;
mod render;
mod sink;
mod socket;
mod text;
mod tools;
mod view;

pub(crate) use self::{
    live::{Timing, follow},
    render::demo_notice,
    sink::JsonLines,
    text::paragraphs,
    view::View,
};
