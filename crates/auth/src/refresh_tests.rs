use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn after(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

fn id() -> FamilyId {
    FamilyId::from_uuid(Uuid::from_u128(7))
}

fn shown(token: &SecretString) -> Presented {
    Presented::parse(token.expose_secret()).unwrap()
}

fn rotate(family: &Family, token: &SecretString, now: Timestamp) -> (SecretString, Family) {
    match family.present(&shown(token), now) {
        Decision::Rotate { token, next } => (token, next),
        other => panic!("expected a rotation, got {other:?}"),
    }
}

/// The name alone: what it means for a client is one word.
fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Rotate { .. } => "rotate",
        Decision::Grace { .. } => "grace",
        Decision::Reused => "reused",
        Decision::Expired => "expired",
        Decision::Revoked => "revoked",
        Decision::Unknown => "unknown",
    }
}

#[test]
fn a_token_is_used_once_and_makes_the_next() {
    let (first, family) = open(id(), START);
    let (second, next) = rotate(&family, &first, after(600));

    assert_ne!(first.expose_secret(), second.expose_secret());
    assert_eq!(shown(&second).family, id());
    assert_eq!(
        (next.generation, next.rotated_at, next.expires_at),
        (2, after(600), family.expires_at)
    );
    rotate(&next, &second, after(1200));
}

#[test]
fn a_lost_reply_is_given_again() {
    let (first, family) = open(id(), START);
    let (lost, next) = rotate(&family, &first, after(600));

    let Decision::Grace { token: again } = next.present(&shown(&first), after(610)) else {
        panic!("no grace")
    };
    assert_eq!(again.expose_secret(), lost.expose_secret());
    rotate(&next, &again, after(700));
}

#[test]
fn a_successor_takes_both_the_row_and_the_burnt_token_to_compute() {
    let [one, other] = [open(id(), START).0, open(id(), START).0];
    let [nonce, other_nonce] = [Nonce::random(), Nonce::random()];
    let secret_of =
        |nonce: &Nonce, burnt| *shown(&nonce.successor(&shown(burnt))).secret.expose_secret();

    assert_eq!(secret_of(&nonce, &one), secret_of(&nonce, &one));
    assert_ne!(secret_of(&nonce, &one), secret_of(&other_nonce, &one));
    assert_ne!(secret_of(&nonce, &one), secret_of(&nonce, &other));
}

#[test]
fn a_reused_refresh_token_kills_its_family() {
    let (first, family) = open(id(), START);
    let (second, family) = rotate(&family, &first, after(600));
    assert_eq!(name(&family.present(&shown(&first), after(611))), "reused", "after the grace");

    let (_, family) = rotate(&family, &second, after(602));
    assert_eq!(
        name(&family.present(&shown(&first), after(603))),
        "reused",
        "its successor was used"
    );
    assert_eq!(name(&family.present(&shown(&second), after(603))), "grace");
}

#[test]
fn a_thief_does_not_get_away_by_refreshing_often() {
    let (stolen, family) = open(id(), START);
    let (mut token, mut family) = rotate(&family, &stolen, after(1));
    for minute in 1..100 {
        (token, family) = rotate(&family, &token, after(60 * minute));
    }
    assert_eq!(name(&family.present(&shown(&stolen), after(6000))), "reused");
}

#[test]
fn nobody_is_signed_out_by_somebody_who_only_knows_the_family() {
    let (token, family) = open(id(), START);
    let (stranger, _) = open(id(), START);
    let [own, strange] =
        [&token, &stranger].map(|text| text.expose_secret().split_once('.').unwrap());
    let mixed = SecretString::from(format!("{}.{}", strange.0, own.1));

    let revoked = Family { revoked: true, ..family.clone() };
    for presented in [&stranger, &mixed] {
        assert_eq!(name(&family.present(&shown(presented), after(1))), "unknown");
        assert_eq!(
            name(&revoked.present(&shown(presented), after(1))),
            "unknown",
            "and nothing is told"
        );
    }
}

#[test]
fn a_sign_in_ends() {
    const DAY: i64 = 24 * 3600;
    let (first, family) = open(id(), START);
    let (second, busy) = rotate(&family, &first, after(13 * DAY));
    let (third, busier) = rotate(&busy, &second, after(26 * DAY));
    let revoked = Family { revoked: true, ..family.clone() };

    for (family, token, at, answer) in [
        (&family, &first, 14 * DAY - 1, "rotate"),
        (&family, &first, 14 * DAY, "expired"),
        (&busy, &second, 27 * DAY - 1, "rotate"),
        (&busy, &second, 27 * DAY, "expired"),
        (&busier, &third, 30 * DAY - 1, "rotate"),
        (&busier, &third, 30 * DAY, "expired"),
        (&busier, &first, 30 * DAY, "expired"),
        (&revoked, &first, 1, "revoked"),
        (&revoked, &first, 40 * DAY, "revoked"),
    ] {
        assert_eq!(name(&family.present(&shown(token), after(at))), answer, "at {at} s");
    }
}

#[test]
fn what_is_no_refresh_token_is_refused() {
    let (token, _) = open(id(), START);
    let token = token.expose_secret();
    for text in [
        String::new(),
        PREFIX.to_owned(),
        format!("{PREFIX}."),
        format!("{token}."),
        format!("{token}.{token}"),
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        token[..token.len() - 1].to_owned(),
        token.replace('.', ""),
        token.replace(PREFIX, "errand_key_"),
        token.replace(PREFIX, ""),
        token.replace(PREFIX, "ERRAND_RT_"),
        crate::api_key::generate().0.expose_secret().to_owned(),
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln".to_owned(),
    ] {
        assert_eq!(Presented::parse(&text).err(), Some(Invalid), "{text:?}");
    }
}

#[test]
fn a_family_reads_back_as_it_was_stored_and_gives_no_token_away() {
    let (first, family) = open(id(), START);
    let (second, family) = rotate(&family, &first, after(1));
    let json = serde_json::to_string(&family).unwrap();
    assert_eq!(serde_json::from_str::<Family>(&json).unwrap(), family);

    for token in [&first, &second] {
        let (family_part, token_part) =
            token.expose_secret()[PREFIX.len()..].split_once('.').unwrap();
        for shown in [json.clone(), format!("{family:?}"), format!("{:?}", shown(token))] {
            assert!(!shown.contains(family_part) && !shown.contains(token_part), "{shown}");
        }
        let bytes = format!("{:?}", encoding::decode(token_part).unwrap());
        assert!(!format!("{:?} {family:?}", shown(token)).contains(&bytes));
    }
    let decision = format!("{:?}", family.present(&shown(&second), after(2)));
    assert!(!decision.contains(PREFIX), "{decision}");
}

/// The store's part: one row, and a write that holds only if nobody was faster.
struct Store(Family);

impl Store {
    /// What the API does with a decision. `None`: somebody was faster, so start again.
    fn carry_out(
        &mut self,
        seen: &Family,
        decision: Decision,
    ) -> Option<Result<SecretString, &'static str>> {
        match decision {
            Decision::Rotate { token, next } => {
                if self.0.generation != seen.generation || self.0.revoked {
                    return None;
                }
                self.0 = next;
                Some(Ok(token))
            }
            Decision::Grace { token } => Some(Ok(token)),
            Decision::Reused => {
                self.0.revoked = true;
                Some(Err("reused"))
            }
            refused => Some(Err(name(&refused))),
        }
    }

    fn refresh(
        &mut self,
        token: &SecretString,
        now: Timestamp,
    ) -> Result<SecretString, &'static str> {
        let seen = self.0.clone();
        let decision = seen.present(&shown(token), now);
        self.carry_out(&seen, decision).expect("nobody else is here")
    }
}

#[test]
fn twenty_parallel_refreshes_leave_one_line_and_a_user_who_is_signed_in() {
    let (token, family) = open(id(), START);
    let mut store = Store(family);

    let seen = store.0.clone();
    let decisions: Vec<_> = (0..20).map(|_| seen.present(&shown(&token), after(600))).collect();
    let replies: Vec<_> = decisions
        .into_iter()
        .map(|decision| {
            let done = store.carry_out(&seen, decision);
            done.unwrap_or_else(|| store.refresh(&token, after(601))).unwrap()
        })
        .collect();

    assert_eq!(store.0.generation, 2);
    for reply in &replies {
        let mut store = Store(store.0.clone());
        store.refresh(reply, after(1200)).expect("whichever reply the client kept, it is good");
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// One of the clients takes a token out of those that were ever given out, and the row is loaded for it.
    Load {
        client: usize,
        token: usize,
    },
    /// A client's request goes on from where it loaded.
    Finish {
        client: usize,
    },
    Wait {
        seconds: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..4_usize, 0..8_usize).prop_map(|(client, token)| Step::Load { client, token }),
        4 => (0..4_usize).prop_map(|client| Step::Finish { client }),
        2 => (0..8_i64).prop_map(|seconds| Step::Wait { seconds }),
        1 => (10..1000_i64).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the rules say, told in another way: the line of tokens in the order they were made, and when each was burnt.
#[derive(Default)]
struct Line {
    tokens: Vec<SecretString>,
    burnt_at: Vec<Timestamp>,
    revoked: bool,
}

impl Line {
    fn place(&self, token: &SecretString) -> Option<usize> {
        self.tokens.iter().position(|known| known.expose_secret() == token.expose_secret())
    }

    fn answer(&self, place: usize, now: Timestamp) -> &'static str {
        let newest = self.tokens.len() - 1;
        if self.revoked {
            "revoked"
        } else if place == newest {
            "rotate"
        } else if place + 1 == newest && now.duration_since(self.burnt_at[place]) <= GRACE {
            "grace"
        } else {
            "reused"
        }
    }
}

proptest! {
    #[test]
    fn any_interleaving_keeps_at_most_one_live_line(steps in steps()) {
        let (first, family) = open(id(), START);
        let mut store = Store(family);
        let mut line = Line { tokens: vec![first], ..Line::default() };
        let mut loaded: [Option<(usize, Family)>; 4] = Default::default();
        let mut now = START;

        for step in steps {
            match step {
                Step::Wait { seconds } => now += SignedDuration::from_secs(seconds),
                Step::Load { client, token } => {
                    // The newest is place 0, so that rotations happen often.
                    let place = line.tokens.len() - 1 - token.min(line.tokens.len() - 1);
                    loaded[client] = Some((place, store.0.clone()));
                }
                Step::Finish { client } => {
                    let Some((place, seen)) = loaded[client].take() else { continue };
                    let presented = line.tokens[place].clone();
                    let decision = seen.present(&shown(&presented), now);
                    if seen == store.0 {
                        prop_assert_eq!(name(&decision), line.answer(place, now));
                    }
                    let Some(done) = store.carry_out(&seen, decision) else {
                        prop_assert!(line.revoked || place + 1 < line.tokens.len(), "lost a race against nobody");
                        loaded[client] = Some((place, store.0.clone()));
                        continue;
                    };
                    match done {
                        Ok(token) => match line.place(&token) {
                            Some(known) => prop_assert_eq!(known, place + 1, "grace repeats the successor"),
                            None => {
                                prop_assert_eq!(place, line.tokens.len() - 1, "only the newest makes a new one");
                                line.tokens.push(token);
                                line.burnt_at.push(now);
                            }
                        },
                        Err("reused") => line.revoked = true,
                        Err(other) => prop_assert_eq!(other, "revoked"),
                    }
                }
            }

            let answers: Vec<_> =
                line.tokens.iter().map(|token| name(&store.0.present(&shown(token), now))).collect();
            let expected: Vec<_> = (0..line.tokens.len()).map(|place| line.answer(place, now)).collect();
            prop_assert_eq!(&answers, &expected);
            let live = answers.iter().filter(|answer| **answer == "rotate").count();
            prop_assert_eq!(live, usize::from(!line.revoked));
        }
    }

    #[test]
    fn after_a_reuse_no_token_of_the_family_works_again(rotations in 2..12_usize, reused in 0..10_usize) {
        let (first, family) = open(id(), START);
        let mut store = Store(family);
        let mut tokens = vec![first];
        for minute in 1..=rotations {
            let next = store.refresh(&tokens[minute - 1], after(60 * i64::try_from(minute).unwrap())).unwrap();
            tokens.push(next);
        }
        let now = after(60 * i64::try_from(rotations).unwrap()) + GRACE + SignedDuration::from_nanos(1);

        let old = &tokens[reused.min(rotations - 1)];
        prop_assert_eq!(store.refresh(old, now).err(), Some("reused"));
        for token in &tokens {
            prop_assert_eq!(store.refresh(token, now).err(), Some("revoked"));
        }
    }
}
