//! Who may do what. Ownership is not decided here: the store finds a task only under its owner.

use domain::id::{FamilyId, KeyId, UserId};
use serde::{Deserialize, Serialize};

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation.
    Admin,
    /// Works with it.
    Member,
    /// Watches.
    Viewer,
}

impl Role {
    /// As accounts and tokens spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }
}

/// What a caller wants to do. Every route names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read one's own account.
    ReadSelf,
    /// See tasks, their events, runs and artifacts; open a socket.
    ReadTasks,
    /// See the tasks and the usage of everybody.
    ReadAllTasks,
    /// Create, cancel, retry, delete, and speak to a run.
    WriteTasks,
    /// Make, list and delete one's own API keys.
    ManageOwnKeys,
    /// Change one's own password, list and end one's own sign-ins.
    ManageOwnLogins,
    /// See how full the queue is, and how the service is.
    ReadQueue,
    /// Pause, resume and re-drive the queue; set limits.
    OperateQueue,
    /// Make, change and disable accounts; read who did what.
    ManageUsers,
}

impl Action {
    pub const ALL: [Self; 9] = [
        Self::ReadSelf,
        Self::ReadTasks,
        Self::ReadAllTasks,
        Self::WriteTasks,
        Self::ManageOwnKeys,
        Self::ManageOwnLogins,
        Self::ReadQueue,
        Self::OperateQueue,
        Self::ManageUsers,
    ];

    /// Whether it changes nothing.
    const fn reads(self) -> bool {
        match self {
            Self::ReadSelf | Self::ReadTasks | Self::ReadAllTasks | Self::ReadQueue => true,
            Self::WriteTasks
            | Self::ManageOwnKeys
            | Self::ManageOwnLogins
            | Self::OperateQueue
            | Self::ManageUsers => false,
        }
    }

    /// Whether it reaches beyond the access token that it is asked with: to other accounts, or to keys and sign-ins that
    /// outlive it. Then the token's word is not enough, and the account is asked.
    #[must_use]
    pub const fn is_far_reaching(self) -> bool {
        match self {
            Self::ManageOwnKeys
            | Self::ManageOwnLogins
            | Self::OperateQueue
            | Self::ManageUsers => true,
            Self::ReadSelf
            | Self::ReadTasks
            | Self::ReadAllTasks
            | Self::WriteTasks
            | Self::ReadQueue => false,
        }
    }
}

/// Whether a role may do something. Denies what is not named.
#[must_use]
pub fn may(role: Role, action: Action) -> bool {
    use Role::{Admin, Member, Viewer};
    let allowed: &[Role] = match action {
        Action::ReadSelf | Action::ReadTasks | Action::ManageOwnLogins => &[Admin, Member, Viewer],
        Action::WriteTasks | Action::ManageOwnKeys => &[Admin, Member],
        Action::ReadAllTasks | Action::ReadQueue | Action::OperateQueue | Action::ManageUsers => {
            &[Admin]
        }
    };
    allowed.contains(&role)
}

/// How a caller proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By signing in.
    Session(FamilyId),
    /// By an API key.
    Key(KeyId),
}

/// How far a credential reaches within what its user may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// It sees, and changes nothing.
    Read,
    #[default]
    Write,
}

/// Who asks. Made at the edge from a verified token or key; from there on nobody checks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    pub user: UserId,
    pub role: Role,
    pub via: Via,
    pub scope: Scope,
}

impl Caller {
    /// Whether this caller may do something.
    ///
    /// An API key manages neither keys, sign-ins nor accounts: who steals one cannot make themselves at home with it.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        let by_key = match self.via {
            Via::Session(_) => false,
            Via::Key(_) => true,
        };
        let needs_sign_in =
            matches!(action, Action::ManageOwnKeys | Action::ManageOwnLogins | Action::ManageUsers);
        let in_scope = match self.scope {
            Scope::Read => action.reads(),
            Scope::Write => true,
        };
        may(self.role, action) && in_scope && !(by_key && needs_sign_in)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_table() {
        let user = UserId::from_uuid(uuid::Uuid::nil());
        let session = Via::Session(FamilyId::from_uuid(uuid::Uuid::nil()));
        let key = Via::Key(KeyId::from_uuid(uuid::Uuid::nil()));

        let mut page = String::new();
        for role in [Role::Admin, Role::Member, Role::Viewer] {
            for action in Action::ALL {
                let answer = |via, scope| {
                    if (Caller { user, role, via, scope }).may(action) { "yes" } else { "-" }
                };
                let [session, key, reading] = [
                    answer(session, Scope::Write),
                    answer(key, Scope::Write),
                    answer(key, Scope::Read),
                ];
                let (role, action) = (format!("{role:?}"), format!("{action:?}"));
                writeln!(page, "{role:8}{action:17}{session:5}{key:5}{reading}").unwrap();
            }
        }
        insta::assert_snapshot!(page, @r"
        Admin   ReadSelf         yes  yes  yes
        Admin   ReadTasks        yes  yes  yes
        Admin   ReadAllTasks     yes  yes  yes
        Admin   WriteTasks       yes  yes  -
        Admin   ManageOwnKeys    yes  -    -
        Admin   ManageOwnLogins  yes  -    -
        Admin   ReadQueue        yes  yes  yes
        Admin   OperateQueue     yes  yes  -
        Admin   ManageUsers      yes  -    -
        Member  ReadSelf         yes  yes  yes
        Member  ReadTasks        yes  yes  yes
        Member  ReadAllTasks     -    -    -
        Member  WriteTasks       yes  yes  -
        Member  ManageOwnKeys    yes  -    -
        Member  ManageOwnLogins  yes  -    -
        Member  ReadQueue        -    -    -
        Member  OperateQueue     -    -    -
        Member  ManageUsers      -    -    -
        Viewer  ReadSelf         yes  yes  yes
        Viewer  ReadTasks        yes  yes  yes
        Viewer  ReadAllTasks     -    -    -
        Viewer  WriteTasks       -    -    -
        Viewer  ManageOwnKeys    -    -    -
        Viewer  ManageOwnLogins  yes  -    -
        Viewer  ReadQueue        -    -    -
        Viewer  OperateQueue     -    -    -
        Viewer  ManageUsers      -    -    -
        ");
    }

    #[test]
    fn the_table_lists_every_action_once() {
        for (place, action) in Action::ALL.into_iter().enumerate() {
            let expected = match action {
                Action::ReadSelf => 0,
                Action::ReadTasks => 1,
                Action::ReadAllTasks => 2,
                Action::WriteTasks => 3,
                Action::ManageOwnKeys => 4,
                Action::ManageOwnLogins => 5,
                Action::ReadQueue => 6,
                Action::OperateQueue => 7,
                Action::ManageUsers => 8,
            };
            assert_eq!(place, expected);
        }
    }

    #[test]
    fn a_role_that_does_not_exist_is_refused() {
        for text in [r#""root""#, r#""Admin""#, r#""admin ""#, r#""""#, "0", "null", r#"["admin"]"#]
        {
            assert!(serde_json::from_str::<Role>(text).is_err(), "{text}");
        }
        for role in [Role::Admin, Role::Member, Role::Viewer] {
            assert_eq!(serde_json::from_value::<Role>(role.name().into()).unwrap(), role);
        }
    }
}
