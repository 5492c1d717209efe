//! One activation of a function: it can be told apart from all others, and it can die at any call that it makes.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::timeout;

use crate::world::world;

/// Who calls.
#[derive(Debug)]
pub(crate) struct Call {
    /// `progress events`, `tick`, …
    pub(crate) name: String,
    pub(crate) number: u64,
    /// How far the clock of this machine is off, in milliseconds.
    pub(crate) skew: i64,
    dying: Cell<bool>,
    /// Whether nothing went wrong in it so far.
    pub(crate) unharmed: Cell<bool>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Call>>> = const { RefCell::new(None) };
}

impl Call {
    /// Whose code runs now; nobody's, if a checker asks.
    pub(crate) fn current() -> Option<Rc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The function is gone as soon as it waits for something.
    pub(crate) fn die(&self) {
        self.dying.set(true);
    }
}

/// Why an activation brought no answer.
#[derive(Debug)]
pub(crate) enum Died {
    Crashed,
    TimedOut,
    Panicked(String),
}

/// Runs an activation to its end, or to its death.
pub(crate) async fn activate<T>(
    name: String,
    limit: Duration,
    work: Pin<Box<dyn Future<Output = T>>>,
) -> Result<T, Died> {
    let world = world();
    let skew = if world.faulty() { world.plan.faults.skew } else { 0 };
    let call = Rc::new(Call {
        name,
        number: world.next_number(),
        skew: if skew == 0 { 0 } else { world.rng.borrow_mut().i64(-skew..=skew) },
        dying: Cell::new(false),
        unharmed: Cell::new(true),
    });
    let activation = Activation { call: call.clone(), work };
    let answer = match timeout(limit, activation).await {
        Ok(answer) => answer,
        Err(_) => Err(Died::TimedOut),
    };
    match &answer {
        Ok(_) => (),
        Err(Died::Crashed) => world.tell(&format!("{}#{} died", call.name, call.number)),
        Err(Died::TimedOut) => world.tell(&format!("{}#{} timed out", call.name, call.number)),
        Err(Died::Panicked(why)) => world.violated(0, format!("{} panicked: {why}", call.name)),
    }
    answer
}

struct Activation<T> {
    call: Rc<Call>,
    /// In a box from the start: tens of KB, which would else be moved from hand to hand.
    work: Pin<Box<dyn Future<Output = T>>>,
}

impl<T> Future for Activation<T> {
    type Output = Result<T, Died>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let before = CURRENT.replace(Some(self.call.clone()));
        let work = AssertUnwindSafe(|| self.work.as_mut().poll(context));
        let polled = std::panic::catch_unwind(work);
        CURRENT.set(before);
        match polled {
            Err(panic) => Poll::Ready(Err(Died::Panicked(message(&*panic)))),
            // Whoever holds this future drops it now, with all that it had begun.
            Ok(_) if self.call.dying.get() => Poll::Ready(Err(Died::Crashed)),
            Ok(polled) => polled.map(Ok),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_owned(),
        (None, None) => "without a word".to_owned(),
    }
}
