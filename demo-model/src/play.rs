//! From a conversation to what the model says next.

use std::slice;

use crate::{
    canned,
    conversation::Conversation,
    directive::Play,
    errand,
    script::{Block, Script, Turn, text},
};

/// The next turn of what is played.
pub(crate) fn next_turn(play: Option<Play>, conversation: &Conversation) -> Result<Turn, String> {
    let script = match play {
        None => Script::Turns(errand::turns(conversation)),
        Some(Play::Turns(turns)) => Script::Turns(turns),
        Some(Play::Canned { name, argument }) => {
            canned::script(&name, argument.as_deref(), conversation)?
        }
    };
    let tools = deferred(&script, conversation);
    // Once is enough: what cannot be loaded is called all the same, and Claude Code says why not.
    if tools.is_empty() || conversation.just_loaded {
        let turn = script.turn(conversation.turn);
        let survived = if conversation.survived < turn.len() { conversation.survived } else { 0 };
        let heard = conversation.asides.iter().map(|said| {
            text(format!("You said: \"{said}\" I heard it, and go on with my script."))
        });
        return Ok(heard.chain(turn.into_iter().skip(survived)).collect());
    }
    Ok(vec![Block::Load { tools }])
}

/// The tools that `script` calls and that must be asked for first.
fn deferred(script: &Script, conversation: &Conversation) -> Vec<String> {
    let turns = match script {
        Script::Turns(turns) => turns.as_slice(),
        Script::Loop(turn) => slice::from_ref(turn),
    };
    let mut tools: Vec<String> = Vec::new();
    for block in turns.iter().flatten() {
        if let Block::Tool { tool, .. } = block
            && conversation.defers(tool)
            && !tools.contains(tool)
        {
            tools.push(tool.clone());
        }
    }
    tools
}
