//! The same done to many tasks: so many a request, and the caller goes on with a cursor.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use auth::{Action, Caller};
use domain::{
    id::{TaskId, UserId},
    limits::{self, Fault, TAGS, TITLE_CHARS, URL_CHARS},
    problem::Code,
    reason::Reason,
    task::State,
};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{Head, Whose};
use utoipa::ToSchema;

use super::{
    command::{Act, Acted, decided},
    filter::{Filter, SCOPES, Scope, VIEWS, View, made, state},
};
use crate::{
    answers::Turn,
    audit,
    edge::{KeyHash, Origin},
    error::{Error, Result},
    input::{
        Fields, FromBody, Rules,
        values::{boolean, line, text, time, word},
    },
    services::{Services, ring_after},
};

const ACTS: [&str; 3] = ["cancel", "retry", "review"];
/// Tasks that can be named in one request.
const MAX_IDS: usize = 100;
const CURSOR_CHARS: usize = 500;
/// Tasks that one request changes at most.
const MATCHES: usize = 50;
/// Tasks that one request looks at, times the rounds.
const SIFTED: usize = 100;
const MAX_ROUNDS: usize = 5;
/// Changes under way at once. They meet at the same counters, so many at once would only lose races.
const AT_ONCE: usize = 4;

/// Something that is to be done to many tasks: to those with these ids, or to all that a filter keeps.
#[derive(Debug, ToSchema)]
#[schema(as = Bulk)]
pub(crate) struct BulkRequest {
    action: Act,
    /// At most 100.
    #[schema(required = false, max_items = 100)]
    ids: Vec<TaskId>,
    filter: Option<BulkFilter>,
    /// My own if absent; everybody's are for administrators.
    scope: Option<Scope>,
    /// Only say which tasks it would be.
    #[schema(default = false)]
    dry_run: Option<bool>,
    /// `cursor` of the answer before, with the same action and filter.
    #[schema(max_length = 500)]
    cursor: Option<String>,
}

/// Which tasks: what is absent is not asked. The fields are those of the list.
#[derive(Clone, Debug, Default, ToSchema)]
pub(crate) struct BulkFilter {
    view: Option<View>,
    /// In one of these states. To retry without naming any means `failed`.
    #[schema(required = false, max_items = 8)]
    state: Vec<State>,
    /// With all of these tags.
    #[schema(required = false, max_items = 20)]
    tag: Vec<String>,
    #[schema(max_length = 2_000)]
    repository: Option<String>,
    #[schema(max_length = 100)]
    model: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[schema(max_length = 200)]
    q: Option<String>,
    /// That failed for this reason.
    reason: Option<Reason>,
}

impl FromBody for BulkRequest {
    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            action: fields.required("action", text(word(&ACTS))),
            ids: fields.list("ids", MAX_IDS, text(id)),
            filter: fields.object("filter", BulkFilter::read),
            scope: fields.optional("scope", text(word(&SCOPES))),
            dry_run: fields.optional("dry_run", boolean),
            cursor: fields.optional("cursor", text(line(CURSOR_CHARS))),
        }
    }
}

impl BulkRequest {
    /// Refuses who may not ask for whose tasks they are.
    pub(crate) fn may(&self, caller: &Caller) -> Result<()> {
        self.scope.unwrap_or_default().of(caller, Action::OperateQueue).map(drop)
    }
}

impl BulkFilter {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            view: fields.optional("view", text(word(&VIEWS))),
            state: fields.list("state", State::ALL.len(), text(state)),
            tag: fields.list("tag", TAGS, text(limits::tag)),
            repository: fields.optional("repository", text(line(URL_CHARS))),
            model: fields.optional("model", text(limits::model)),
            from: fields.optional("from", text(time)),
            to: fields.optional("to", text(time)),
            q: fields.optional("q", text(line(TITLE_CHARS))),
            reason: fields.optional("reason", reason),
        }
    }

    fn filter(self) -> Result<Filter> {
        Ok(Filter {
            view: self.view.unwrap_or_default(),
            state: self.state,
            tag: self.tag,
            repository: self.repository.map(|url| limits::repository_label(&url)),
            model: self.model,
            made: made(self.from, self.to)?,
            q: self.q.map(|q| q.to_lowercase()),
            reason: self.reason,
        })
    }
}

/// What was done, so far.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct BulkAnswer {
    /// Tasks of this request that were meant.
    matched: usize,
    /// Of these, those that are now otherwise than before; none where it was only asked.
    changed: usize,
    /// Of these, those that could not be changed, and why.
    skipped: Vec<Skipped>,
    /// With `dry_run`: which tasks are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<Vec<TaskId>>,
    /// Send the same again with this to go on; nothing is left to be done if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A task that was not changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SkippedTask)]
pub(crate) struct Skipped {
    id: TaskId,
    /// As in a problem's `type`: `already_ended`, `not_ended`, `not_found`; `queue_full` where too many of their owner's tasks wait.
    code: String,
}

impl Services {
    /// What somebody who died at it had done is not done again.
    pub(crate) async fn bulk(
        &self,
        caller: &Caller,
        turn: Turn,
        request: BulkRequest,
        origin: &Origin,
    ) -> Result<BulkAnswer> {
        let BulkRequest { action, ids, filter, scope, dry_run, cursor } = request;
        let scope = scope.unwrap_or_default();
        let whose = scope.of(caller, Action::OperateQueue)?;
        let (found, mut answer) = match (ids.is_empty(), filter) {
            (false, None) => self.named(whose, &ids).await?,
            (true, Some(filter)) => {
                let filter = filter.filter()?;
                self.kept(caller, action, filter, scope, cursor).await?
            }
            (true, None) | (false, Some(_)) => {
                return Err(Error::field("filter", "must be given, or `ids`, but not both"));
            }
        };
        if dry_run == Some(true) {
            answer.tasks = Some(found.iter().map(|head| head.id).collect());
            return Ok(answer);
        }
        self.act_on_all(action, turn.key.as_ref(), found, &mut answer).await?;
        if scope == Scope::All {
            let done = format!("{}: {} of {} tasks", action.name(), answer.changed, answer.matched);
            self.audit(origin, audit::Act::by(caller, domain::audit::Action::Bulk).saying(done))
                .await;
        }
        Ok(answer)
    }

    /// The tasks with these ids, as far as they are the caller's to change.
    async fn named(&self, whose: Whose, ids: &[TaskId]) -> Result<(Vec<Head>, BulkAnswer)> {
        let mut found = self.store.heads(ids).await?;
        if let Whose::User(user) = whose {
            found.retain(|head| head.owner == user);
        }
        let known: HashSet<TaskId> = found.iter().map(|head| head.id).collect();
        let missing = ids.iter().filter(|id| !known.contains(id));
        let skipped = missing.map(|id| Skipped { id: *id, code: "not_found".to_owned() });
        let answer = BulkAnswer {
            matched: found.len(),
            skipped: skipped.collect(),
            ..BulkAnswer::default()
        };
        Ok((found, answer))
    }

    /// The next tasks that a filter keeps and that the action is for.
    async fn kept(
        &self,
        caller: &Caller,
        action: Act,
        mut filter: Filter,
        scope: Scope,
        cursor: Option<String>,
    ) -> Result<(Vec<Head>, BulkAnswer)> {
        let whose = scope.of(caller, Action::OperateQueue)?;
        if action == Act::Retry && filter.state.is_empty() {
            filter.state.push(State::Failed);
        }
        let name = format!("{action:?} {scope:?} {}", filter.name());
        let open = |cursor: String| self.cursors.open(caller.user, &name, &cursor);
        let mut place = cursor.map(open).transpose()?;
        let mut found: Vec<Head> = Vec::new();
        'full: for _ in 0..MAX_ROUNDS {
            let page = self.store.list(whose, filter.made, place.as_deref(), SIFTED).await?;
            let meant = |head: &Head| filter.keeps(head) && is_for(action, head);
            for head in page.heads.into_iter().filter(meant) {
                if found.len() == MATCHES {
                    place = found.last().map(Head::place);
                    break 'full;
                }
                found.push(head);
            }
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        let answer = BulkAnswer {
            matched: found.len(),
            cursor: place.map(|place| self.cursors.seal(caller.user, &name, &place)),
            ..BulkAnswer::default()
        };
        Ok((found, answer))
    }

    /// Those that may be taken up again before too many of their owner's wait; the others are named.
    async fn with_room(
        &self,
        heads: Vec<Head>,
        key: Option<&KeyHash>,
        answer: &mut BulkAnswer,
    ) -> Result<Vec<Head>> {
        let mut rooms: HashMap<UserId, u32> = HashMap::new();
        let mut kept = Vec::with_capacity(heads.len());
        for head in heads {
            if let Ok(Some(_)) = decided(&mut head.clone(), Act::Retry, key) {
                let room = match rooms.entry(head.owner) {
                    Entry::Occupied(room) => room.into_mut(),
                    Entry::Vacant(room) => room.insert(self.room(head.owner).await?.unwrap_or(0)),
                };
                if *room == 0 {
                    let code = Code::QueueFull.parts().0.to_owned();
                    answer.skipped.push(Skipped { id: head.id, code });
                    continue;
                }
                *room -= 1;
            }
            kept.push(head);
        }
        Ok(kept)
    }

    /// Those that cannot be changed are named; an outage ends it, and the same request may be sent again.
    async fn act_on_all(
        &self,
        action: Act,
        key: Option<&KeyHash>,
        heads: Vec<Head>,
        answer: &mut BulkAnswer,
    ) -> Result<()> {
        let mut ring = None;
        let heads = match action {
            Act::Retry => self.with_room(heads, key, answer).await?,
            Act::Cancel | Act::Review => heads,
        };
        let acts = heads.into_iter().map(|head| async move {
            let id = head.id;
            let acted = self.act(head, action, key).await;
            if let Ok(Acted::Changed(head, _)) = &acted {
                self.changed(head, None).await;
            }
            (id, acted)
        });
        let mut acts = stream::iter(acts).buffered(AT_ONCE);
        let mut outage = None;
        while let Some((id, acted)) = acts.next().await {
            match acted {
                Ok(Acted::Changed(_, change)) => {
                    answer.changed += 1;
                    ring = change.and_then(ring_after).or(ring);
                }
                Ok(Acted::AsBefore(_)) => (),
                Err(Error::Refused(problem)) => {
                    answer.skipped.push(Skipped { id, code: problem.code().to_owned() });
                }
                Err(err) => outage = Some(err),
            }
        }
        if let Some(ring) = ring {
            self.ring(ring).await;
        }
        outage.map_or(Ok(()), Err)
    }
}

/// Whether it would change anything: of the tasks that a filter keeps no others are meant.
fn is_for(action: Act, head: &Head) -> bool {
    let ended = head.task.state.is_terminal();
    match action {
        Act::Cancel => !ended && !head.task.cancel_requested,
        Act::Retry => ended,
        Act::Review => ended && head.reviewed_at.is_none(),
    }
}

fn id(text: &str) -> std::result::Result<TaskId, Fault> {
    text.parse().map_err(|err: domain::id::ParseIdError| err.to_string())
}

fn reason(value: &Value) -> std::result::Result<Reason, Fault> {
    serde_json::from_value(value.clone()).map_err(|_| "must be a reason such as `lost`".to_owned())
}
