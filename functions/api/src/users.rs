//! Accounts, as admins see and change them.

use auth::{Caller, Role, link::Kind};
use domain::{
    audit::Action,
    id::UserId,
    limits::Fault,
    problem::Code,
    view::{InvitedView, LinkView, Page, UserView},
};
use runtime::clock;
use store::{StoreError, User};
use utoipa::ToSchema;

use crate::{
    answers::Turn,
    audit::Act,
    edge::{Origin, found},
    error::{Error, Result},
    input::{
        Fields, FromBody, PageQuery, Rules,
        values::{boolean, text},
    },
    services::Services,
    sign_in::email,
};

/// Cursors of this list are good for no other.
const LIST: &str = "users";

/// Who is to come in.
#[derive(Debug, ToSchema)]
#[schema(as = InviteUser)]
pub(crate) struct Invitation {
    #[schema(format = Email, max_length = 254, example = "bob@example.org")]
    email: String,
    /// `admin`, `member` or `viewer`.
    #[schema(value_type = String, example = "member")]
    role: Option<Role>,
}

impl FromBody for Invitation {
    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            email: fields.required("email", text(address)),
            role: fields.required("role", text(|text| role(text).map(Some))),
        }
    }
}

/// What is to be different. What is absent stays.
#[derive(Debug, ToSchema)]
#[schema(as = ChangeUser)]
pub(crate) struct UserChange {
    /// `admin`, `member` or `viewer`.
    #[schema(value_type = Option<String>, example = "viewer")]
    role: Option<Role>,
    /// Ends all sign-ins at once and keeps keys from working, until the account is enabled again. An access token holds for
    /// ten minutes at most, an open socket for two hours.
    disabled: Option<bool>,
}

impl FromBody for UserChange {
    fn read(fields: &mut Fields<'_>, _: &Rules) -> Self {
        Self {
            role: fields.optional("role", text(role)),
            disabled: fields.optional("disabled", boolean),
        }
    }
}

impl Services {
    pub(crate) async fn list_users(
        &self,
        caller: &Caller,
        query: PageQuery,
    ) -> Result<Page<UserView>> {
        let limit = query.limit();
        let after: Option<UserId> = self.place(caller, LIST, query.cursor.as_deref())?;
        let mut users = self.store.list_users(after, limit + 1).await?;
        let more = users.len() > limit;
        users.truncate(limit);
        let last = users.last().filter(|_| more);
        let next_cursor =
            last.map(|user| self.cursors.seal(caller.user, LIST, &user.id.to_string()));
        Ok(Page { items: users.into_iter().map(view).collect(), next_cursor })
    }

    /// Makes an account that nobody can sign in to, and the link by which its owner can.
    pub(crate) async fn invite(
        &self,
        caller: &Caller,
        turn: Turn,
        invitation: Invitation,
        origin: &Origin,
    ) -> Result<InvitedView> {
        let Invitation { email, role } = invitation;
        let role = role.ok_or_else(|| Error::internal("an invitation without a role"))?;
        let user = User {
            id: UserId::from_uuid(turn.new_id(caller)),
            email,
            role: role.name().to_owned(),
            password: None,
            disabled: false,
            created_at: clock::now(),
            session_version: 0,
            version: 0,
        };
        match self.store.put_user(&user).await {
            Err(StoreError::Conflict) => {
                // Whoever died at it had come so far. The link that they made, if they did, nobody was told.
                let before = found(self.store.user(user.id).await)?;
                if !(turn.again && before.is_some_and(|before| before.email == user.email)) {
                    let detail = "There is an account with this mail address.";
                    return Err(Error::told(Code::EmailTaken, detail));
                }
            }
            stored => stored?,
        }
        let link = self.make_link(&user, Kind::Invite).await?;
        let act = Act::by(caller, Action::UserInvited).on(user.id);
        self.audit(origin, act.saying(format!("{} as {}", user.email, user.role))).await;
        Ok(InvitedView { user: view(user), link })
    }

    pub(crate) async fn change_user(
        &self,
        caller: &Caller,
        id: UserId,
        change: UserChange,
        origin: &Origin,
    ) -> Result<UserView> {
        // Read first: whether a demotion would be the last admin's is told apart from a race by it.
        let admins = self.store.admins().await?;
        let user = self
            .alter_user(id, |user| {
                let mut next = user.clone();
                if let Some(role) = change.role {
                    role.name().clone_into(&mut next.role);
                }
                next.disabled = change.disabled.unwrap_or(user.disabled);
                if user.leads() && !next.leads() && admins <= 1 {
                    return Err(Error::told(
                        Code::LastAdmin,
                        "Nobody else could sign in as an admin. Make somebody else admin first.",
                    ));
                }
                if change.disabled == Some(true) {
                    next.session_version += 1;
                }
                Ok(next)
            })
            .await?;
        let mut done = Vec::new();
        done.extend(change.role.map(|role| format!("role: {}", role.name())));
        done.extend(
            change
                .disabled
                .map(|disabled| if disabled { "disabled" } else { "enabled" }.to_owned()),
        );
        let act = Act::by(caller, Action::UserChanged).on(id);
        self.audit(origin, act.saying(done.join(", "))).await;
        Ok(view(user))
    }

    /// A link by which somebody chooses a new password.
    pub(crate) async fn link_user(
        &self,
        caller: &Caller,
        id: UserId,
        origin: &Origin,
    ) -> Result<LinkView> {
        let (user, link) = self.reset_link(id).await?;
        let act = Act::by(caller, Action::UserChanged).on(user.id);
        self.audit(origin, act.saying("link to choose a password")).await;
        Ok(link)
    }
}

fn view(user: User) -> UserView {
    UserView {
        id: user.id,
        email: user.email,
        role: user.role,
        disabled: user.disabled,
        invited: user.password.is_none(),
        created_at: user.created_at,
    }
}

fn role(text: &str) -> std::result::Result<Role, Fault> {
    serde_json::from_value(text.into())
        .map_err(|_| "must be `admin`, `member` or `viewer`".to_owned())
}

/// An address that mail could reach, as far as anybody can tell by looking at it.
fn address(text: &str) -> std::result::Result<String, Fault> {
    let address = email(text)?;
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    match address.split_once('@') {
        Some((name, host)) if plain(name) && plain(host) && !host.contains('@') => Ok(address),
        _ => Err("must be a mail address".to_owned()),
    }
}
